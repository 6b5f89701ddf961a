"""Readers of places: bands and regions of chromosomes, reference sequences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgbuild.variants._interpret import operator_of
from kgbuild.variants.normal_form import Variant

if TYPE_CHECKING:
    from kgbuild.variants._interpret import Fields


def read_bands(match: Fields) -> Variant | None:
    operator = operator_of(match["op"])
    bands = re.findall(r"[pq][\d.]*", match["bands"])
    chromosome = match["chromosome"]
    position = "_".join(f"{chromosome}{band}" for band in bands)
    return Variant(level="c", operator=operator, position=position)


def _megabases(start: str, end: str, unit: str) -> str:
    letter = unit[:1].upper() if unit else ""
    letter = letter if letter in ("M", "K") else ""
    return f"{start.replace(',', '')}-{end.replace(',', '')}{letter}"


def read_region(match: Fields) -> Variant | None:
    text = f"Chr{match['chromosome'].upper()}:" + _megabases(
        match["first"], match["last"], match.get("unit")
    )
    kind = match.get("kind").strip().lower()
    short = {"deletion": "del", "loss": "del", "duplication": "dup", "gain": "dup"}
    kind = short.get(kind, kind)
    if kind:
        return Variant(level="", operator="CopyNumberVariant", mutant=text + kind)
    return Variant(level="", operator="GenomicRegion", mutant=text)


def read_band(match: Fields) -> Variant | None:
    return Variant(level="", operator="Chromosome", mutant=match["band"])


def read_refseq(match: Fields) -> Variant | None:
    return Variant(level="", operator="RefSeq", mutant=match.text)
