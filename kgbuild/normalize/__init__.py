"""Mentions in, concept identifiers out: vocabularies and the cascade over them."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any

from kgbuild.normalize._api import normalize
from kgbuild.normalize.building import build_vocabulary
from kgbuild.normalize.candidates import Candidate, Facts, Link
from kgbuild.normalize.corrections import (
    Correction,
    Corrector,
    Unmet,
    change_corrections,
    read_corrections,
)
from kgbuild.normalize.download import download
from kgbuild.normalize.explanation import Explanation
from kgbuild.normalize.layers import open_vocabularies, starter_vocabulary
from kgbuild.normalize.naming import concepts_called, names_of
from kgbuild.normalize.normalizer import Normalizer
from kgbuild.normalize.vocabulary import Vocabulary

__all__ = [
    "Candidate",
    "Correction",
    "Corrector",
    "Explanation",
    "Facts",
    "Link",
    "Normalizer",
    "Unmet",
    "Vocabulary",
    "build_vocabulary",
    "change_corrections",
    "concepts_called",
    "download",
    "names_of",
    "normalize",
    "open_vocabularies",
    "read_corrections",
    "starter_vocabulary",
]


_SIGNATURE = inspect.signature(normalize)


class _CallablePackage(ModuleType):
    """Lets ``kgbuild.normalize`` be both this package and the function in it."""

    __signature__ = _SIGNATURE

    def __call__(self, *args: Any, **options: Any) -> Any:
        return normalize(*args, **options)

    def __repr__(self) -> str:
        return f"<kgbuild.normalize{_SIGNATURE}: function and package>"


sys.modules[__name__].__class__ = _CallablePackage
