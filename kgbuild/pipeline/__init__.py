"""Whole runs: stages chained, results in shards, every document accounted for."""

from __future__ import annotations

from kgbuild.pipeline.annotate import (
    STAGES,
    AnnotatedCorpus,
    AnnotationSettings,
    annotate,
    make_stages,
    pipe,
)
from kgbuild.pipeline.run import RunResult, run
from kgbuild.pipeline.settings import RunSettings, load_settings

__all__ = [
    "STAGES",
    "AnnotatedCorpus",
    "AnnotationSettings",
    "RunResult",
    "RunSettings",
    "annotate",
    "load_settings",
    "make_stages",
    "pipe",
    "run",
]
