"""Stages that are quick and tell what they saw, and corpora for them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.document import Mention
from kgbuild.pipeline import ExecutionSettings, InputSettings, Pipeline, RunSettings
from kgbuild.text import SentenceSplitter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kgbuild.document import Document

WORDS = {"Captopril": "mesh:D002216", "ACE": "ncbigene:1636", "cough": "mesh:D003371"}


class Tag:
    """Finds the words; tells which documents it saw."""

    name = "recognize"

    def __init__(self, version: str = "1") -> None:
        self.version, self.seen = version, list[str]()

    def __call__(self, document: Document) -> Document:
        self.seen.append(document.id)
        if "unwell" in document.text:
            reason = "unwell"
            raise ValueError(reason)
        return document.with_mentions(
            Mention(start=at, end=at + len(word), text=word, type="Gene")
            for word in WORDS
            if (at := document.text.find(word)) >= 0
        )


class Identify:
    """Gives the words their ids, or the first of them alone."""

    name, requires = "normalize", ("recognize",)

    def __init__(self, version: str = "1", *, known: int = 3) -> None:
        self.version, self.seen, self.known = version, list[str](), known

    def __call__(self, document: Document) -> Document:
        self.seen.append(document.id)
        ids = dict(list(WORDS.items())[: self.known])
        return document.with_mentions(
            replace(m, concepts=(ids[m.text],)) if m.text in ids else m
            for m in document.mentions
        )


def pipeline(*, tag: str = "1", known: int = 3) -> tuple[Pipeline, Tag, Identify]:
    tagger, identify = Tag(tag), Identify(f"v{known}", known=known)
    return Pipeline([SentenceSplitter(), tagger, identify]), tagger, identify


def corpus(file: Path, numbers: Iterable[int], *, ill: int = -1) -> Path:
    rows = (
        {"pmid": n, "title": f"Captopril {n}.", "year": 1990 + n % 9,
         "abstract": f"{'unwell ' * (n == ill)}ACE and {'cough' * (n % 3)} of ß {n}."}
        for n in numbers
    )  # fmt: skip
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def settings(folder: Path, *files: Path, shard_size: int = 8) -> RunSettings:
    return RunSettings(
        input=InputSettings(files=files),
        output=folder,
        run=ExecutionSettings(shard_size=shard_size),
    )


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Everything a run leaves that must not depend on how it went."""
    kept = [*folder.glob("*/*.parquet"), folder / "graph.graphml",
            folder / "failed.jsonl"]  # fmt: skip
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept}
