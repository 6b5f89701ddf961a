"""The output folder of a run: whose it is, and which shards in it are finished."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from kgbuild._io.files import remove_leftovers, sha256_of
from kgbuild._io.locks import LOCK_FILE
from kgbuild._io.progress import progress_log, track
from kgbuild.errors import ConfigError, DocumentFailure, InputError
from kgbuild.pipeline.clock import Clock
from kgbuild.pipeline.shards import (
    CORPUS_TABLES,
    OWN,
    key_of,
    parts_of,
    place_of,
    shards_of,
    write_text,
)
from kgbuild.pipeline.states import Reused, States

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from kgbuild.pipeline.checkpoints import Group
    from kgbuild.pipeline.shards import Shard

#: What a run says of itself, written last.
RECORD = "run.json"


@dataclass(slots=True)
class Totals:
    """What the manifests of all shards add up to.

    Attributes
    ----------
    places, found_finished
        Those of all shards, and how many of them were finished before.
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

    places: set[str] = field(default_factory=set)
    found_finished: int = 0
    files_not_read: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    status: dict[str, Counter[str]] = field(default_factory=dict)
    failures: dict[str, list[DocumentFailure]] = field(default_factory=dict)
    reused: Reused = field(default_factory=Reused)
    clock: Clock = field(default_factory=Clock)

    def add(self, manifest: dict[str, Any]) -> None:
        """Add the manifest of a shard; one that was found says nothing of reuse."""
        self.places.add(manifest["shard"])
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
        for group in groups:
            found = self._all_finished(group)
            if found is not None:
                for manifest in found:
                    totals.add(manifest)
                self.names.update(group.shards or ())
                totals.files_not_read += 1
                continue
            names = []
            documents = totals.clock.each(
                track(group.documents, description=group.name), "read"
            )
            for shard in shards_of(documents, size, place=group.place):
                names.append(shard.name)
                done = self._finished(shard.place, shard.name)
                if done is not None:
                    totals.add(done)
                    continue
                known = tuple(index.files(shard.digests) for index in indexes)
                yield replace(shard, known=known)
            group.keep(names)
            self.names.update(names)

    def _all_finished(self, group: Group) -> list[dict[str, Any]] | None:
        """Return the manifests of a group that need not be read."""
        if group.shards is None:
            return None
        found = [
            self._finished(place_of(group.place, number), name)
            for number, name in enumerate(group.shards)
        ]
        return None if None in found else cast("list[dict[str, Any]]", found)

    def _finished(self, place: str, name: str) -> dict[str, Any] | None:
        """Return the manifest of a shard whose tables are as it says."""
        found = _read_json(self.output / OWN / f"{place}.json")
        if (
            found is None
            or found.get("key") != key_of(name, self._levels[-1])
            or found["failures"]  # which are tried again
        ):
            return None
        try:
            parts = parts_of(self.output, place).values()
            whole = found.get("sha256") == [sha256_of(path) for path in parts]
        except OSError:
            whole = False
        if not whole:
            progress_log.info("the tables of shard %s are damaged", place)
        return found if whole else None

    def drop_stale(self, places: Collection[str]) -> None:
        """Remove shards of other places, which another run left in the folder."""
        kept = {f"{place}.json" for place in places}
        for manifest in (self.output / OWN).glob("[0-9]*.json"):
            if manifest.name not in kept:
                manifest.unlink()
        kept = {
            path.name
            for place in places
            for path in parts_of(self.output, place).values()
        }
        for name in CORPUS_TABLES:
            for part in (self.output / name).glob("part-*.parquet"):
                if part.name not in kept:
                    part.unlink()

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


def _few(names: list[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if names[2:] else "")


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
