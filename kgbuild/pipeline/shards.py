"""Shards of a run: a stretch of documents annotated, written, and noted as finished."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import remove_leftovers, sha256_of, write_atomically
from kgbuild._io.locks import LOCK_FILE
from kgbuild._io.progress import progress_log, track
from kgbuild.document import Document
from kgbuild.errors import ConfigError, DocumentFailure, InputError
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

    from kgbuild.pipeline.checkpoints import Group
    from kgbuild.tables import CorpusTable


#: What a run keeps for itself: a manifest a shard, whose run it is, states.
OWN = ".shards"

#: What a run says of itself, written last.
RECORD = "run.json"

#: Documents that the stages look at together.
_BATCH = 64

#: The tables that a shard has a part of.
CORPUS_TABLES: tuple[CorpusTable, ...] = ("documents", "mentions", "statements")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Documents to work on, as JSON, which crosses process borders cheaply.

    Attributes
    ----------
    number
        Its place.
    lines
        The documents.
    digests
        Of each.
    known
        For each level, the files that may hold states of these documents.
    careful
        Whether a worker ended over it: see :mod:`kgbuild.pipeline.watch`.
    """

    number: int
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
        file = self.output / OWN / f"{shard.number:05d}.json"
        # It tells of tables that are about to be replaced.
        file.unlink(missing_ok=True)
        frames = tables(annotated, names=CORPUS_TABLES)
        parts = parts_of(self.output, shard.number)
        for (name, path), frame in zip(parts.items(), frames, strict=True):
            write_table(frame, path, name=name, provenance=self.versions)
        statuses: dict[str, Counter[str]] = {}
        for status in (s for document in annotated for s in document.status):
            statuses.setdefault(status.stage, Counter())[status.state] += 1
        mentions = [m for document in annotated for m in document.mentions]
        manifest = {
            "shard": shard.number,
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
        progress_log.info("a worker is lost: shard %d %s", shard.number, reason)
        if not shard.careful:
            notes.clear()
            return replace(shard, careful=True)
        if at is None:
            msg = (
                f"A worker process ended ({how}) before it had begun with a document "
                f"of shard {shard.number}: see what it wrote to standard error."
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
        return Notes(self.output / OWN, shard.number)

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
        count = Counter(self._reached)
        whole, new = count.pop(len(levels), 0), count.pop(0, 0)
        self.reused = Reused(whole=whole, tagged=count.total(), new=new)

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


def parts_of(output: Path, number: int) -> dict[CorpusTable, Path]:
    """Return the files of a shard, one a table."""
    return {
        name: output / name / f"part-{number:05d}.parquet" for name in CORPUS_TABLES
    }


def shards_of(
    documents: Iterable[Document], size: int, *, first: int = 0
) -> Iterator[Shard]:
    """Cut documents into numbered shards."""
    source = iter(documents)
    number = first
    while lines := tuple(document.to_json() for document in islice(source, size)):
        yield Shard(number=number, lines=lines, digests=tuple(map(digest_of, lines)))
        number += 1


@dataclass(slots=True)
class Totals:
    """What the manifests of all shards add up to.

    Attributes
    ----------
    shards, found_finished
        How many there are, and how many of them were finished before.
    files_not_read
        How many files had been read before, and all of their shards finished.
    counts
        Of documents, mentions, …, as a manifest has them.
    status
        Stage → state → documents.
    failures
        By shard.
    reused
        What was not done again.
    clock
        What the workers were busy with.
    """

    shards: int = 0
    found_finished: int = 0
    files_not_read: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    status: dict[str, Counter[str]] = field(default_factory=dict)
    failures: dict[int, list[DocumentFailure]] = field(default_factory=dict)
    reused: Reused = field(default_factory=Reused)
    clock: Clock = field(default_factory=Clock)

    def add(self, manifest: dict[str, Any]) -> None:
        """Add the manifest of a shard; one that was found says nothing of reuse."""
        self.shards += 1
        self.clock.add(manifest.get("seconds", {}))
        for name in ("documents", "mentions", "linked", "without_abstract"):
            self.counts[name] += manifest[name]
        for stage, states in manifest["status"].items():
            self.status.setdefault(stage, Counter()).update(states)
        if manifest["failures"]:
            failures = [DocumentFailure(**f) for f in manifest["failures"]]
            self.failures[manifest["shard"]] = failures
        reused = manifest.get("reused")
        if reused is None:
            self.found_finished += 1
            self.reused.whole += manifest["documents"]
        else:
            for name, count in reused.items():
                setattr(self.reused, name, getattr(self.reused, name) + count)


#: What every run writes, and would replace.
_WRITTEN = (*CORPUS_TABLES, RECORD, "graph.json", "report.html", "failed.jsonl")


class Folder:
    """The output folder of a run, as far as shards go.

    Parameters
    ----------
    output
        The folder.
    levels
        Keys of the levels, in order.
    """

    def __init__(self, output: Path, levels: list[str]) -> None:
        self.output, self._levels = output, levels
        self.states = States(output / OWN / "states", levels)
        self.names: set[str] = set()

    def check_own(self, parts: frozenset[str]) -> None:
        """Check that the folder is free, or holds an earlier state of this run.

        Raises
        ------
        ConfigError
            It holds the tables, or files of the names that a run writes, of another.
        """
        before = _read_json(self._owner)
        if before is None and self._owner.exists():
            msg = (
                f"{self._owner} is damaged, so that nothing tells whose results these "
                "are: name another output, or give --overwrite to make them anew."
            )
            raise ConfigError(msg)
        if before is None:
            there = [name for name in _WRITTEN if (self.output / name).exists()]
            if there:
                msg = (
                    f"{self.output} holds {', '.join(there)} that no run of this "
                    "kgbuild wrote there: name another output, or give --overwrite to "
                    "replace them."
                )
                raise ConfigError(msg)
        elif not parts.issuperset(before["parts"]):
            msg = (
                f"{self.output} holds the run of {_few(before['parts'])}, and this one "
                f"reads {_few(sorted(parts))}: name another output, or give "
                "--overwrite to replace it."
            )
            raise ConfigError(msg)

    def exported(self) -> list[str]:
        """Return which exports may be here, also of runs that did not finish."""
        if record := _read_json(self.output / RECORD):
            return list(record.get("settings", {}).get("graph", {}).get("exports", ()))
        return list((_read_json(self._exports) or {}).get("exports", ()))

    def claim(
        self,
        parts: frozenset[str],
        *,
        exports: Iterable[str] = (),
        overwrite: bool = False,
    ) -> bool:
        """Say whose the folder is from now on; return whether it was nobody's.

        To overwrite is to keep nothing of what is there, but for what the same run has
        done that was stopped while it overwrote.
        """
        fresh = not self._owner.exists()
        written = [*dict.fromkeys([*self.exported(), *exports])]
        self._claim = json.dumps({"parts": sorted(parts), "levels": self._levels})
        if overwrite and not fresh:
            stopped = not (self.output / RECORD).exists()
            if not (stopped and self._owner.read_bytes() == self._claim.encode()):
                shutil.rmtree(self.output / OWN)
        write_text(self._exports, json.dumps({"exports": written}))
        # It tells of tables that are about to go.
        (self.output / RECORD).unlink(missing_ok=True)
        for file in (self.output / OWN).glob("trouble-*"):
            file.unlink()
        for name in (OWN, *CORPUS_TABLES):
            remove_leftovers(self.output / name)
        for name in ("graph.*", "report.html", "failed.jsonl", RECORD):
            remove_leftovers(self.output, name)
        write_text(self._owner, self._claim)
        return fresh

    def check_claim(self) -> None:
        """Check that no other run has claimed the folder meanwhile.

        Raises
        ------
        InputError
            One has, past the lock: from another machine, say.
        """
        if self._owner.read_text("utf-8") != self._claim:
            reason = "Another run wrote to this folder meanwhile: run again."
            raise InputError(reason, path=self.output)

    def unfinished(
        self, groups: Iterable[Group], totals: Totals, *, size: int
    ) -> Iterator[Shard]:
        """Yield the shards that are still to do; add up the others."""
        indexes = [self.states.index(i) for i in range(len(self._levels))]
        number = 0
        for group in groups:
            found = self._all_finished(group, number)
            if found is not None:
                group.skip()
                for manifest in found:
                    totals.add(manifest)
                self.names.update(group.shards or ())
                totals.files_not_read += 1
                number += len(found)
                continue
            names = []
            documents = totals.clock.each(
                track(group.documents, description=group.name), "read"
            )
            for shard in shards_of(documents, size, first=number):
                names.append(shard.name)
                done = self._finished(shard.number, shard.name)
                if done is not None:
                    totals.add(done)
                    continue
                known = tuple(index.files(shard.digests) for index in indexes)
                yield replace(shard, known=known)
            group.keep(names)
            self.names.update(names)
            number += len(names)

    def _all_finished(self, group: Group, first: int) -> list[dict[str, Any]] | None:
        """Return the manifests of a group that need not be read."""
        found = []
        for number, name in enumerate(group.shards or (), start=first):
            manifest = self._finished(number, name)
            if manifest is None:
                return None
            found.append(manifest)
        return None if group.shards is None else found

    def _finished(self, number: int, name: str) -> dict[str, Any] | None:
        """Return the manifest of a shard whose tables are as it says."""
        found = _read_json(self.output / OWN / f"{number:05d}.json")
        if (
            found is None
            or found.get("key") != key_of(name, self._levels[-1])
            or found["failures"]  # which are tried again
        ):
            return None
        parts = parts_of(self.output, number).values()
        try:
            whole = found.get("sha256") == [sha256_of(path) for path in parts]
        except OSError:
            whole = False
        if not whole:
            progress_log.info("the tables of shard %d are damaged", number)
        return found if whole else None

    def drop_stale(self, n_shards: int) -> None:
        """Remove shards beyond the last, which a longer run left in the folder."""
        for name in (OWN, *CORPUS_TABLES):
            for path in sorted((self.output / name).glob("*[0-9].*")):
                number = path.stem.removeprefix("part-")
                if number.isdigit() and int(number) >= n_shards:
                    path.unlink()

    def abandon(self) -> None:
        """Remove the shards, and the folder if nothing else is in it."""
        for name in (*CORPUS_TABLES, OWN):
            shutil.rmtree(self.output / name, ignore_errors=True)
        (self.output / LOCK_FILE).unlink(missing_ok=True)
        if not any(self.output.iterdir()):
            self.output.rmdir()

    @property
    def _owner(self) -> Path:
        return self.output / OWN / "owner"

    @property
    def _exports(self) -> Path:
        return self.output / OWN / "exports.json"


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with write_atomically(path) as stream:
        stream.write(text.encode("utf-8"))


def _few(names: list[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if names[2:] else "")


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
