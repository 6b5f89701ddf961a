"""Stages chained over documents, and whole runs: every document accounted for."""

from __future__ import annotations

from kgbuild.pipeline.annotate import annotate, annotate_file, pipe
from kgbuild.pipeline.annotated import AnnotatedCorpus, failures_of
from kgbuild.pipeline.builtin import (
    ALL_STAGES,
    STAGES,
    AnnotationSettings,
    make_pipeline,
)
from kgbuild.pipeline.chain import Pipeline
from kgbuild.pipeline.loading import load_settings
from kgbuild.pipeline.run import RunResult, run
from kgbuild.pipeline.settings import (
    ExecutionSettings,
    FetchSettings,
    GraphSettings,
    InputSettings,
    Neo4jSettings,
    ReportSettings,
    RunSettings,
)

__all__ = [
    "ALL_STAGES",
    "STAGES",
    "AnnotatedCorpus",
    "AnnotationSettings",
    "ExecutionSettings",
    "FetchSettings",
    "GraphSettings",
    "InputSettings",
    "Neo4jSettings",
    "Pipeline",
    "ReportSettings",
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
