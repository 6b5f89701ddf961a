"""Typed relations between the concepts of a document, and where they are stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.lazy import lazy

if TYPE_CHECKING:
    from kgbuild.relations.extractor import Extractor, load_extractor
    from kgbuild.relations.tasks import TASKS, Task

__all__ = ["TASKS", "Extractor", "Task", "load_extractor"]

#: A run's settings name the tasks, and need no numpy for it.
__getattr__ = lazy(
    __name__,
    {
        "TASKS": "kgbuild.relations.tasks",
        "Extractor": "kgbuild.relations.extractor",
        "Task": "kgbuild.relations.tasks",
        "load_extractor": "kgbuild.relations.extractor",
    },
)
