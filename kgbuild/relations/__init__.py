"""Typed relations between the concepts of a document, and where they are stated."""

from __future__ import annotations

from kgbuild.relations.extractor import Extractor, load_extractor
from kgbuild.relations.tasks import TASKS, Task

__all__ = ["TASKS", "Extractor", "Task", "load_extractor"]
