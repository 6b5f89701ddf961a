"""Stages chained over documents, and whole runs: every document accounted for."""

from __future__ import annotations

from kgbuild.pipeline.annotate import annotate, annotate_file, pipe
from kgbuild.pipeline.annotated import AnnotatedCorpus, failures_of
from kgbuild.pipeline.builtin import STAGES, AnnotationSettings, make_pipeline
from kgbuild.pipeline.chain import Pipeline
from kgbuild.pipeline.run import RunResult, run
from kgbuild.pipeline.settings import GraphSettings, RunSettings, load_settings

__all__ = [
    "STAGES",
    "AnnotatedCorpus",
    "AnnotationSettings",
    "GraphSettings",
    "Pipeline",
    "RunResult",
    "RunSettings",
    "annotate",
    "annotate_file",
    "failures_of",
    "load_settings",
    "make_pipeline",
    "pipe",
    "run",
]
