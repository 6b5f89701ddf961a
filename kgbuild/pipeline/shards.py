"""Shards of a run: a stretch of documents annotated, written, and noted as finished."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from kgbuild._io.files import write_atomically
from kgbuild._io.locks import LOCK_FILE
from kgbuild.document import Document
from kgbuild.errors import InputError
from kgbuild.pipeline.annotated import failures_of
from kgbuild.pipeline.builtin import AnnotationSettings, make_pipeline
from kgbuild.pipeline.chain import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.tables import CorpusTable


#: A shard's number and its documents as JSON, which crosses process borders cheaply.
Shard: TypeAlias = "tuple[int, list[str]]"

_MANIFESTS = ".shards"

#: What a run says of itself, written last.
RECORD = "run.json"

#: The tables that a shard has a part of.
CORPUS_TABLES: tuple[CorpusTable, ...] = ("documents", "mentions", "statements")


@dataclass(slots=True, kw_only=True)
class ShardWorker:
    """Annotates shards and writes them; the work of an executor.

    Attributes
    ----------
    output
        Folder of the run.
    versions
        For the tables' provenance.
    settings
        What the pipeline is made of, in each process anew.
    pipeline
        In place of settings; its stages cross to other processes by pickle.
    """

    output: Path
    versions: dict[str, str]
    settings: AnnotationSettings = field(default_factory=AnnotationSettings)
    pipeline: Pipeline | None = None

    def __call__(self, shard: Shard) -> dict[str, Any]:
        """Return a shard's manifest, made anew unless it says the shard is finished."""
        from kgbuild.tables import tables, write_table

        number, lines = shard
        documents = [Document.from_json(line) for line in lines]
        file = self.output / _MANIFESTS / f"{number:05d}.json"
        ids = hashlib.sha256("\n".join(d.id for d in documents).encode()).hexdigest()
        finished = _read_json(file)
        if finished is not None and finished["ids"] == ids:
            return finished
        pipeline = self.pipeline or make_pipeline(self.settings)
        annotated = list(pipeline(documents, batch_size=len(documents)))
        frames = tables(annotated, names=CORPUS_TABLES)
        for name, frame in zip(CORPUS_TABLES, frames, strict=True):
            path = self.output / name / f"part-{number:05d}.parquet"
            write_table(frame, path, name=name, provenance=self.versions)
        statuses: dict[str, Counter[str]] = {}
        for status in (s for document in annotated for s in document.status):
            statuses.setdefault(status.stage, Counter())[status.state] += 1
        mentions = [m for document in annotated for m in document.mentions]
        manifest = {
            "shard": number,
            "ids": ids,
            "documents": len(annotated),
            "mentions": len(mentions),
            "linked": sum(bool(m.concepts) for m in mentions),
            "without_abstract": sum(
                not d.text[len(d.title) :].strip() for d in annotated
            ),
            "status": statuses,
            "failures": [asdict(f) for d in annotated for f in failures_of(d)],
        }
        write_text(file, json.dumps(manifest))
        return manifest


def shards_of(documents: Iterable[Document], size: int) -> Iterator[Shard]:
    """Cut documents into numbered shards."""
    source = iter(documents)
    number = 0
    while lines := [document.to_json() for document in islice(source, size)]:
        yield number, lines
        number += 1


def prepare(output: Path, fingerprint: str) -> int:
    """Make the folder; forget shards of other runs. Return how many can stay."""
    folder = output / _MANIFESTS
    mark = folder / "fingerprint"
    if mark.exists() and mark.read_text("utf-8") == fingerprint:
        return len(list(folder.glob("*.json")))
    for old in folder.glob("*.json"):
        old.unlink()
    # It tells of tables that are about to go.
    (output / RECORD).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(mark, fingerprint)
    return 0


def check_own(output: Path, fingerprint: str) -> None:
    """Check that the shards in the folder are still those of this run.

    Raises
    ------
    InputError
        Another run has put its own there, past the lock: from another machine, say.
    """
    if (output / _MANIFESTS / "fingerprint").read_text("utf-8") != fingerprint:
        reason = "Another run wrote to this folder meanwhile: run again."
        raise InputError(reason, path=output)


def abandon(output: Path) -> None:
    """Remove the shards, and the folder if nothing else is in it."""
    for name in (*CORPUS_TABLES, _MANIFESTS):
        shutil.rmtree(output / name, ignore_errors=True)
    (output / LOCK_FILE).unlink(missing_ok=True)
    if not any(output.iterdir()):
        output.rmdir()


def drop_stale(output: Path, n_shards: int) -> None:
    """Remove shards beyond this run's last, which a longer run left in the folder."""
    for name in (*CORPUS_TABLES, _MANIFESTS):
        for path in sorted((output / name).glob("*[0-9].*")):
            number = path.stem.removeprefix("part-")
            if number.isdigit() and int(number) >= n_shards:
                path.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with write_atomically(path) as stream:
        stream.write(text.encode("utf-8"))


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
