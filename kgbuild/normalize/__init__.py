"""Mentions in, concept identifiers out: vocabularies and the cascade over them."""

from __future__ import annotations

from kgbuild.normalize._api import normalize
from kgbuild.normalize.candidates import Candidate, Facts
from kgbuild.normalize.download import download
from kgbuild.normalize.layers import open_vocabularies, starter_vocabulary
from kgbuild.normalize.normalizer import Link, Normalizer
from kgbuild.normalize.vocabulary import Vocabulary, build_vocabulary

__all__ = [
    "Candidate",
    "Facts",
    "Link",
    "Normalizer",
    "Vocabulary",
    "build_vocabulary",
    "download",
    "normalize",
    "open_vocabularies",
    "starter_vocabulary",
]
