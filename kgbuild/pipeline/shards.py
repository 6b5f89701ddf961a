"""Shards of a run: a stretch of documents annotated, written, and noted as finished."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import sha256_of, write_atomically
from kgbuild._io.progress import progress_log
from kgbuild.document import Document
from kgbuild.errors import ConfigError
from kgbuild.pipeline.annotated import failures_of
from kgbuild.pipeline.builtin import AnnotationSettings, make_pipeline
from kgbuild.pipeline.chain import Pipeline
from kgbuild.pipeline.clock import Clock
from kgbuild.pipeline.executors.ended import WorkerEndedError
from kgbuild.pipeline.states import (
    Level,
    Reused,
    States,
    changed,
    difference,
    digest_of,
    levels_of,
)
from kgbuild.pipeline.watch import MEMORY, TIRED, Limits, Notes, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kgbuild.tables import CorpusTable


#: What a run keeps for itself: a manifest a shard, whose run it is, states.
OWN = ".shards"

#: Documents that the stages look at together.
_BATCH = 64

#: The tables that a shard has a part of.
CORPUS_TABLES: tuple[CorpusTable, ...] = ("documents", "mentions", "statements")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Documents to work on, as JSON, which crosses process borders cheaply.

    Attributes
    ----------
    place
        Where it stands among all, as its files are called.
    lines
        The documents.
    digests
        Of each.
    known
        For each level, the files that may hold states of these documents.
    careful
        Whether a worker ended over it: see :mod:`kgbuild.pipeline.watch`.
    """

    place: str
    lines: tuple[str, ...]
    digests: tuple[str, ...]
    known: tuple[tuple[str, ...], ...] = ()
    careful: bool = False

    @property
    def name(self) -> str:
        """A name that tells its contents."""
        return hashlib.sha256("\n".join(self.digests).encode()).hexdigest()[:32]


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
    limits
        What a worker process may take.
    lost
        How workers were lost; known where shards are given out.
    """

    output: Path
    versions: dict[str, str]
    settings: AnnotationSettings = field(default_factory=AnnotationSettings)
    pipeline: Pipeline | None = None
    limits: Limits = field(default_factory=Limits)
    lost: Counter[str] = field(default_factory=Counter, init=False)
    _watch: Watch | None = field(default=None, init=False, repr=False)
    _start_up: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    def levels(self) -> list[Level]:
        """Return the parts of the pipeline."""
        if self.pipeline is not None:
            return levels_of(self.pipeline, None)
        return levels_of(make_pipeline(self.settings), self.settings)

    def __call__(self, shard: Shard) -> dict[str, Any]:
        """Annotate a shard, write its tables, and return its manifest."""
        clock, notes = Clock(), self._notes(shard)
        clock.add(self._start_up)
        self._start_up = {}
        with nullcontext() if self._watch is None else self._watch.over(notes):
            annotated, reused = self._annotated(shard, notes, clock)
            manifest = self._written(shard, annotated, clock)
        notes.clear()
        return {**manifest, "reused": asdict(reused), "seconds": clock.seconds}

    def _written(
        self, shard: Shard, annotated: list[Document], clock: Clock
    ) -> dict[str, Any]:
        """Write the tables of a shard, then its manifest."""
        from kgbuild.tables import tables, write_table

        clock.begin("tables")
        file = self.output / OWN / f"{shard.place}.json"
        # It tells of tables that are about to be replaced.
        file.unlink(missing_ok=True)
        frames = tables(annotated, names=CORPUS_TABLES)
        parts = parts_of(self.output, shard.place)
        for (name, path), frame in zip(parts.items(), frames, strict=True):
            write_table(frame, path, name=name, provenance=self.versions)
        statuses: dict[str, Counter[str]] = {}
        for status in (s for document in annotated for s in document.status):
            statuses.setdefault(status.stage, Counter())[status.state] += 1
        mentions = [m for document in annotated for m in document.mentions]
        manifest = {
            "shard": shard.place,
            "key": key_of(shard.name, self.levels()[-1].key),
            "sha256": [sha256_of(path) for path in parts.values()],
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
        clock.end()
        return manifest

    def started(self) -> None:
        """Load everything, and watch this process from now on.

        Raises
        ------
        ConfigError
            What is loaded is more than a worker may hold.
        """
        self.levels()
        self._watch = Watch(self.limits)
        self._start_up = {"start-up of workers": self._watch.age_s}
        if self._watch.base >= self.limits.bytes:
            msg = (
                f"A worker may hold {self.limits.bytes // 2**20:,} MB, and holds "
                f"{self._watch.base // 2**20:,} MB when models and vocabularies are "
                "loaded: raise run.memory_mb, or take fewer processes."
            )
            raise ConfigError(msg)

    @property
    def patience_s(self) -> float:
        """How long a worker may give no sign of life, in seconds."""
        return self.limits.patience_s

    def sign(self, shard: Shard) -> int | None:
        """Return something that changes as long as a worker gets on with a shard."""
        return self._notes(shard).sign()

    def tired(self) -> bool:
        """Whether this process has grown so much that a fresh one should go on."""
        return self._watch is not None and self._watch.tired()

    def again(self, shard: Shard, how: str) -> Shard:
        """Return what to do after a worker ended over a shard: the same with care.

        Where it was done with care already, the document is known, and is blamed.

        Raises
        ------
        WorkerEndedError
            No document was begun.
        """
        notes = self._notes(shard)
        why, at = notes.ended()
        if why == TIRED:
            return shard
        reason = {
            "time": f"took over {self.limits.seconds:g} s",
            MEMORY: f"took over {self.limits.bytes // 2**20:,} MB of memory",
        }.get(why or "", f"ended its worker ({how})")
        self.lost[reason] += 1
        progress_log.info("a worker is lost: shard %s %s", shard.place, reason)
        if not shard.careful:
            notes.clear()
            return replace(shard, careful=True)
        if at is None and why == MEMORY:
            msg = (
                f"A worker {reason} before it had begun with a document of shard "
                f"{shard.place}: raise run.memory_mb, or take fewer processes."
            )
            raise WorkerEndedError(msg)
        if at is None:
            msg = (
                f"A worker process ended ({how}) before it had begun with a document "
                f"of shard {shard.place}: see what it wrote to standard error."
            )
            raise WorkerEndedError(msg)
        digest, stage = at
        # Once, it may have been the machine: busy with other work, or out of memory.
        if why != MEMORY and {"strike": digest} not in notes.entries():
            notes.add({"strike": digest})
        else:
            notes.add({"blamed": digest, "stage": stage, "reason": reason})
        return shard

    def _notes(self, shard: Shard) -> Notes:
        return Notes(self.output / OWN, shard.place)

    def _annotated(
        self, shard: Shard, notes: Notes, clock: Clock
    ) -> tuple[list[Document], Reused]:
        """Annotate what no earlier run did, and keep the states for the next."""
        clock.begin("load")
        levels = self.levels()
        clock.begin("states")
        states = States(self.output / OWN / "states", [level.key for level in levels])
        work = _Work(shard, levels, states, clock)
        if shard.careful:
            work.one_by_one(notes, self._watch)
        else:
            work.in_batches(self._watch)
        if self._watch is not None:
            self._watch.rest()
        work.keep(states)
        return work.documents, work.reused


class _Work:
    """The documents of a shard on their way through the levels of a pipeline."""

    def __init__(
        self, shard: Shard, levels: list[Level], states: States, clock: Clock
    ) -> None:
        self._shard, self._levels, self._clock = shard, levels, clock
        self._known = [states.read(i, files) for i, files in enumerate(shard.known)]
        self._known += [{} for _ in levels[len(self._known) :]]
        self._read = [json.loads(line) for line in shard.lines]
        self.documents: list[Document] = []
        self._reached: list[int] = []
        for digest, data in zip(shard.digests, self._read, strict=True):
            far = self._far(digest)
            self.documents.append(
                changed(data, self._known[far - 1][digest])
                if far
                else Document.from_dict(data)
            )
            self._reached.append(far)
        reached = Counter(self._reached)
        whole, new = reached.pop(len(levels), 0), reached.pop(0, 0)
        self.reused = Reused(whole=whole, tagged=reached.total(), new=new)

    def in_batches(self, watch: Watch | None) -> None:
        """Annotate many documents at a time."""
        for number, level in enumerate(self._levels):
            todo = [i for i, far in enumerate(self._reached) if far <= number]
            for first in range(0, len(todo), _BATCH):
                if watch is not None:
                    watch.begin()
                self._through(number, level, todo[first : first + _BATCH])

    def one_by_one(self, notes: Notes, watch: Watch | None) -> None:
        """Annotate one document at a time, and note all there is to note."""
        done: dict[str, dict[str, Any]] = {}
        for each in notes.entries():
            done[each.get("done") or each.get("blamed") or ""] = each
        for i, digest in enumerate(self._shard.digests):
            entry = done.get(digest)
            if entry is not None and "blamed" in entry:
                self.documents[i] = self._blamed(i, entry["stage"], entry["reason"])
                continue
            if entry is not None:
                self._take(i, entry["states"])
                continue
            if self._reached[i] == len(self._levels):
                continue
            if watch is not None and watch.tired():
                watch.end(TIRED)
            for number, level in enumerate(self._levels):
                if self._reached[i] <= number:
                    if watch is not None:
                        watch.begin()
                    self._through(number, level, [i], partial(notes.now, digest))
            states = [known.get(digest) for known in self._known]
            if states[-1] is None:  # it failed, and has no states
                states[-1] = difference(self._read[i], self.documents[i])
            notes.add({"done": digest, "states": states})
        notes.at.unlink(missing_ok=True)

    def keep(self, states: States) -> None:
        """Write the states of all levels."""
        for number, known in enumerate(self._known):
            kept = {d: known[d] for d in self._shard.digests if d in known}
            states.write(number, self._shard.name, kept)

    def _through(
        self,
        number: int,
        level: Level,
        places: list[int],
        on_stage: Callable[[str], None] | None = None,
    ) -> None:
        def begin(stage: str) -> None:
            self._clock.begin(stage)
            if on_stage is not None:
                on_stage(stage)

        given = [self.documents[i] for i in places]
        done = list(
            level.pipeline(given, batch_size=max(1, len(given)), on_stage=begin)
        )
        self._clock.begin("states")
        for i, document in zip(places, done, strict=True):
            self.documents[i] = document
            # What failed is tried again another time.
            if not failures_of(document):
                state = difference(self._read[i], document)
                self._known[number][self._shard.digests[i]] = state

    def _take(self, i: int, states: list[str | None]) -> None:
        """Take over what a worker had done before it ended."""
        self.documents[i] = changed(self._read[i], states[-1] or "{}")
        if not failures_of(self.documents[i]):
            for known, state in zip(self._known, states, strict=True):
                if state is not None:
                    known[self._shard.digests[i]] = state

    def _blamed(self, i: int, stage: str, reason: str) -> Document:
        """Return a document as it was read, with the stage that it failed in."""
        document = Document.from_dict(self._read[i])
        if self._levels[0].pipeline.drop_mentions:
            document = document.with_mentions(())
        for level in self._levels:
            for name in level.pipeline.versions:
                if name == stage:
                    document = document.with_status(name, "failed", reason=reason)
                else:
                    document = document.with_status(
                        name, "skipped", reason=f"{stage} {reason}"
                    )
            for name in level.pipeline.switched_off:
                document = document.with_status(name, "skipped", reason="switched off")
        return document

    def _far(self, digest: str) -> int:
        return max((i + 1 for i, k in enumerate(self._known) if digest in k), default=0)


def key_of(name: str, level: str) -> str:
    """Tell shards of a name apart whose tables would differ."""
    return f"{level}-{name}"


def parts_of(output: Path, place: str) -> dict[CorpusTable, Path]:
    """Return the files of a shard, one a table."""
    return {name: output / name / f"part-{place}.parquet" for name in CORPUS_TABLES}


def place_of(group: str, number: int) -> str:
    """Return the place of a shard of a group."""
    return f"{group}{number:05d}"


def shards_of(
    documents: Iterable[Document], size: int, *, place: str = ""
) -> Iterator[Shard]:
    """Cut documents into shards, numbered behind ``place``."""
    source = iter(documents)
    for number in count():
        lines = tuple(document.to_json() for document in islice(source, size))
        if not lines:
            return
        digests = tuple(map(digest_of, lines))
        yield Shard(place=place_of(place, number), lines=lines, digests=digests)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with write_atomically(path) as stream:
        stream.write(text.encode("utf-8"))
