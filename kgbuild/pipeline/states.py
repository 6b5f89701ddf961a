"""What documents looked like after some of the stages, kept for the next run.

A pipeline is cut before ``normalize``: what comes first (tagging) is costly and does
not depend on vocabularies. After each of the two parts, a run keeps how every document
differs from how it was read, in one file a shard. The files stand in a folder named
after all that decides what they hold: names, versions and settings of the stages. So a
later run finds, by the SHA of a document's text and metadata, what need not be done
again, however the documents are ordered and cut into shards by then.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kgbuild._io.files import lines, write_atomically
from kgbuild._version import __version__
from kgbuild.document import Document
from kgbuild.errors import InputError
from kgbuild.pipeline.builtin import stage_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from kgbuild.pipeline.builtin import AnnotationSettings
    from kgbuild.pipeline.chain import Pipeline

_log = logging.getLogger(__name__)

#: The first of these begins the part that vocabularies decide.
_BY_VOCABULARY = frozenset({"normalize", "link"})

#: Bytes of a document's digest, in files; the index of a run keeps the first eight.
_DIGEST = 16


class Level(NamedTuple):
    """A part of a pipeline, and the name of what it leaves.

    Attributes
    ----------
    pipeline
        Its stages.
    key
        Of them and all before them, their versions and settings.
    """

    pipeline: Pipeline
    key: str


def levels_of(pipeline: Pipeline, settings: AnnotationSettings | None) -> list[Level]:
    """Cut a pipeline, and name what its parts leave.

    Parameters
    ----------
    pipeline
        The whole.
    settings
        Those that it was made of; ``None`` where somebody made it of stages.
    """
    names = list(pipeline.versions)
    at = next((i for i, name in enumerate(names) if name in _BY_VOCABULARY), 0)
    parts = pipeline.split(at) if at else (pipeline,)
    known: Any = [
        __version__, pipeline.drop_mentions, pipeline.drop_statements
    ]  # fmt: skip
    own = [{}] * len(names) if settings is None else stage_settings(settings)
    described = zip(pipeline.versions.items(), own, strict=True)
    levels = []
    for part in parts:
        known.append([next(described) for _ in part.stages])
        known.append(part.switched_off)
        text = json.dumps(known, sort_keys=True, default=str)
        levels.append(Level(part, hashlib.sha256(text.encode()).hexdigest()[:16]))
    return levels


def digest_of(line: str) -> str:
    """Return the digest of a document as it was read."""
    data = line.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_DIGEST).hexdigest()


def difference(before: Mapping[str, Any], after: Document) -> str:
    """Return as JSON what a document has that it had not when it was read."""
    changed = {k: v for k, v in after.to_dict().items() if before.get(k) != v}
    return json.dumps(changed, separators=(",", ":"))


def changed(before: Mapping[str, Any], difference: str) -> Document:
    """Return the document of :func:`difference`."""
    return Document.from_dict({**before, **json.loads(difference)})


class States:
    """The files of all levels in a folder.

    Parameters
    ----------
    folder
        Where they are; it need not be there.
    keys
        Of the levels, in order.
    """

    def __init__(self, folder: Path, keys: Sequence[str]) -> None:
        self.folder, self.keys = folder, tuple(keys)

    def write(self, level: int, shard: str, states: Mapping[str, str]) -> None:
        """Keep the states of a shard's documents after a level, by digest."""
        file = self._file(level, shard)
        ids = file.with_suffix(".ids")
        if ids.exists() and ids.stat().st_size >= _DIGEST * len(states):
            return
        with write_atomically(file) as stream:
            for digest, state in states.items():
                stream.write(f"{digest}\t{state}\n".encode("utf-8", "surrogatepass"))
        # Last: where it is there, the states are.
        with write_atomically(ids) as stream:
            stream.write(bytes.fromhex("".join(states)))

    def read(self, level: int, shards: Iterable[str]) -> dict[str, str]:
        """Return the states in some files, by digest; damaged ones are removed."""
        out: dict[str, str] = {}
        for shard in shards:
            file = self._file(level, shard)
            try:
                found = [line.partition("\t") for _, line in lines(file)]
            except InputError as error:
                _log.warning("%s (what it held is worked on again)", error)
                file.unlink(missing_ok=True)
                file.with_suffix(".ids").unlink(missing_ok=True)
                continue
            out.update((digest, state) for digest, _, state in found)
        return out

    def collect_garbage(self, shards: Collection[str]) -> None:
        """Remove what is neither of these levels nor of these shards."""
        for folder in self._folders():
            if folder.name not in self.keys:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            for file in folder.iterdir():
                if file.name.partition(".")[0] not in shards:
                    file.unlink()

    def index(self, level: int) -> Index:
        """Return where the documents of a level are found."""
        return Index(self.folder / self.keys[level])

    def _file(self, level: int, shard: str) -> Path:
        return self.folder / self.keys[level] / f"{shard}.zst"

    def _folders(self) -> Iterator[Path]:
        if self.folder.exists():
            yield from (path for path in self.folder.iterdir() if path.is_dir())


class Index:
    """Finds the file that a document is in; 12 bytes a document.

    Parameters
    ----------
    folder
        Of a level.
    """

    def __init__(self, folder: Path) -> None:
        files = sorted(folder.glob("*.ids"))
        self._names = [file.stem for file in files]
        found = [_first_words(file.read_bytes()) for file in files]
        keys = np.concatenate([np.zeros(0, np.uint64), *found])
        of = np.repeat(
            np.arange(len(files), dtype=np.uint32), [len(each) for each in found]
        )
        order = np.argsort(keys, kind="stable")
        self._keys, self._of = keys[order], of[order]

    def __len__(self) -> int:
        return len(self._keys)

    def files(self, digests: Sequence[str]) -> tuple[str, ...]:
        """Return which files have some of these documents."""
        if not len(self):
            return ()
        wanted = _first_words(bytes.fromhex("".join(digests)))
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self) - 1)
        there = self._of[place[self._keys[place] == wanted]]
        return tuple(self._names[i] for i in np.unique(there))


def _first_words(digests: bytes) -> NDArray[np.uint64]:
    digests = digests[: len(digests) // _DIGEST * _DIGEST]  # of a file that is cut off
    words = np.frombuffer(digests, dtype=">u8").reshape(-1, _DIGEST // 8)
    return words[:, 0].astype(np.uint64)


@dataclass(slots=True)
class Reused:
    """How many documents of a run came from where.

    Attributes
    ----------
    whole
        Found as the run would make them.
    tagged
        Found as they were before normalization.
    new
        All stages were run.
    """

    whole: int = 0
    tagged: int = 0
    new: int = 0
