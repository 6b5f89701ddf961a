"""Nearest names: an index of a vocabulary's names in the space of the name encoder.

Beside ``disease.vocab`` lies the folder ``disease.neighbours``:

``facts.json``   encoder, vocabulary, kind of index, its measured recall
``keys.txt``     the simplified keys of the names, one a line, in the rows' order
``lines.npy``    ``(n + 1,) int64``: where each line of ``keys.txt`` starts
``vectors.npy``  ``(n, dimension) float32``: exact search; up to 200,000 names
``index.faiss``  inverted lists, for more names than that

All of it is read through memory maps. An index belongs to one version of the encoder
and one of the vocabulary; with others it is refused.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from kgbuild.normalize.calibration import Calibration
    from kgbuild.normalize.name_encoder.encoder import NameEncoder

logger = logging.getLogger(__name__)

SUFFIX = ".neighbours"
FACTS_FILE = "facts.json"
_KEYS, _LINES = "keys.txt", "lines.npy"
_VECTORS, _INDEX = "vectors.npy", "index.faiss"
_FORMAT = 1

#: Up to so many names the search is exact.
EXACT_UP_TO = 200_000
#: Recall of the ten nearest that inverted lists must reach; more lists are read until
#: they do.
WANTED_RECALL = 0.98

#: Types that nearest names are looked up for. Names of species and of cell lines that
#: differ in a letter or a digit are different things, however near they lie; of the
#: genes that the rules leave, nearest names found one in nine right.
INDEXED_TYPES = frozenset({"Disease", "Chemical"})

#: Longest name that is indexed; longer ones are formulas.
_LONGEST = 200
#: Names encoded between two steps of the progress bar.
_PORTION = 2_048
#: Names that one core encodes in a second; measured were 570 (formulas) to 1,480.
_A_SECOND = 1_000
#: How many distinct texts' neighbours are remembered.
_CACHE_SIZE = 100_000
#: Digits of a similarity that count, so that it does not depend on how many texts are
#: looked up at once.
_DIGITS = 4

#: Look-ups that are worth a product of matrices: what faiss chose in earlier versions.
_MATRIX_FROM = 20

Kind = Literal["exact", "lists"]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A name near a text.

    Attributes
    ----------
    key
        Simplified key of the name: look it up in the vocabulary.
    similarity
        Cosine, in [-1, 1], rounded to four digits.
    """

    key: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """What ``facts.json`` says.

    Attributes
    ----------
    encoder
        Version of the encoder.
    vocabulary
        Version of the vocabulary.
    type
        Entity type.
    names, dimension
        Number and width of the vectors.
    kind
        ``"exact"`` or ``"lists"``.
    recall
        Share of the ten nearest that the search finds, measured when built.
    probes
        Inverted lists read per look-up; 0 where exact.
    format
        Of the folder.
    """

    encoder: str
    vocabulary: str
    type: str
    names: int
    dimension: int
    kind: Kind
    recall: float = 1.0
    probes: int = 0
    format: int = _FORMAT


class NameIndex:
    """The names of one vocabulary; made by :func:`build_index` or :func:`open_index`.

    Attributes
    ----------
    facts
        See :class:`IndexFacts`.
    """

    def __init__(
        self,
        facts: IndexFacts,
        *,
        keys: bytes | NDArray[np.uint8],
        lines: NDArray[np.int64],
        vectors: NDArray[np.float32] | None,
        lists: Any = None,
    ) -> None:
        self.facts = facts
        # As plain arrays: every element of a mapped one becomes a mapped array again.
        self._keys = keys if isinstance(keys, bytes) else np.asarray(keys)
        self._lines = np.asarray(lines)
        self._vectors = None if vectors is None else np.asarray(vectors)
        self._lists = lists

    def __len__(self) -> int:
        return self.facts.names

    def __repr__(self) -> str:
        return (
            f"NameIndex({self.facts.type}, {len(self):,} names, {self.facts.kind}, "
            f"recall {self.facts.recall:.3f})"
        )

    def search(
        self, vectors: NDArray[np.float32], *, limit: int
    ) -> list[list[Neighbour]]:
        """Return the nearest names of every vector, best first.

        Parameters
        ----------
        vectors
            ``(n, dimension) float32`` of unit length.
        limit
            How many names a vector.
        """
        faiss = _faiss()
        count = min(limit, len(self))
        if not len(vectors) or not count:
            return [[] for _ in vectors]
        if self._vectors is not None:
            vectors = np.ascontiguousarray(vectors)
            _, rows = faiss.knn(
                vectors, self._vectors, count, metric=faiss.METRIC_INNER_PRODUCT
            )
            # Products of matrices differ in their last bits with the number of vectors;
            # what a name is like must not depend on the others of its batch.
            scores = np.einsum("nd,nkd->nk", vectors, self._vectors[rows])
        else:
            scores, rows = self._lists.search(np.ascontiguousarray(vectors), count)
        return [
            sorted(
                (
                    Neighbour(self.key(row), round(float(score), _DIGITS))
                    for score, row in zip(*pair, strict=True)
                    if row >= 0
                ),
                key=lambda found: (-found.similarity, found.key),
            )
            for pair in zip(scores, rows, strict=True)
        ]

    def key(self, row: int) -> str:
        """Return the simplified key of a row."""
        start, end = int(self._lines[row]), int(self._lines[row + 1]) - 1
        return bytes(self._keys[start:end]).decode("utf-8")


def index_folder(vocabulary: Path | str) -> Path:
    """Return where the index of a compiled vocabulary lies."""
    return Path(vocabulary).with_suffix(SUFFIX)


def build_index(
    vocabulary: Vocabulary,
    *,
    encoder: NameEncoder | None = None,
    exact_up_to: int = EXACT_UP_TO,
) -> NameIndex:
    """Encode the names of a vocabulary, and store them beside it.

    Names that share a simplified key are one; formulas (over 200 characters) are left
    out.

    Parameters
    ----------
    vocabulary
        A compiled one's index is written beside its file, replacing an older one; that
        of a vocabulary in memory stays in memory.
    encoder
        The shipped one by default.
    exact_up_to
        With more names than this, inverted lists are searched instead of all names.

    Returns
    -------
    NameIndex
        Opened for reading.

    Raises
    ------
    ResourceMissingError
        faiss is not installed.
    InputError
        The vocabulary has no name to index.
    """
    from kgbuild.normalize.name_encoder.encoder import NameEncoder

    _faiss()
    encoder = encoder or NameEncoder()
    names = [
        (key, text) for key, text in vocabulary.names_by_key() if len(text) <= _LONGEST
    ]
    if not names:
        reason = (
            f"This vocabulary has no {vocabulary.type} name that can be indexed: build "
            "it without an index."
        )
        raise InputError(reason, path=vocabulary.path)
    packed = "".join(f"{key}\n" for key, _ in names).encode()
    sizes = [len(key.encode()) + 1 for key, _ in names]
    lines = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    vectors = _encoded([text for _, text in names], vocabulary, encoder)
    lists, probes, recall = None, 0, 1.0
    if len(names) > exact_up_to:
        lists, probes, recall = _inverted_lists(vectors)
    facts = IndexFacts(
        encoder=encoder.version,
        vocabulary=vocabulary.version,
        type=vocabulary.type,
        names=len(names),
        dimension=encoder.dimension,
        kind="exact" if lists is None else "lists",
        recall=round(recall, 4),
        probes=probes,
    )
    if vocabulary.path is None:
        return NameIndex(
            facts, keys=packed, lines=lines,
            vectors=vectors if lists is None else None, lists=lists,
        )  # fmt: skip
    target = index_folder(vocabulary.path)
    _write(target, facts, packed=packed, lines=lines, vectors=vectors, lists=lists)
    shutil.rmtree(_part(vocabulary.path), ignore_errors=True)
    return open_index(vocabulary, encoder=encoder)


def _part(vocabulary: Path) -> Path:
    """Return where the vectors of an unfinished index wait for the next run."""
    return index_folder(vocabulary).with_name(f".{index_folder(vocabulary).name}.part")


def _encoded(
    texts: Sequence[str], vocabulary: Vocabulary, encoder: NameEncoder
) -> NDArray[np.float32]:
    """Encode names, in portions that a run which is stopped leaves to the next.

    Returns
    -------
    array
        ``(len(texts), dimension) float32``.
    """
    from kgbuild._io.progress import track

    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    kept, done = None, 0
    if vocabulary.path is not None:
        part = _part(vocabulary.path)
        facts = f"{vocabulary.version}:{encoder.version}".encode()
        kept = part / hashlib.sha256(facts).hexdigest()[:16]
        if not kept.is_file():
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            kept.touch()
        size = _PORTION * vectors[:1].nbytes
        done = min(kept.stat().st_size // size * _PORTION, len(texts))
        earlier = np.fromfile(kept, dtype=np.float32, count=done * encoder.dimension)
        vectors[:done] = earlier.reshape(done, encoder.dimension)
        with kept.open("r+b") as stream:
            stream.truncate(done * vectors[:1].nbytes)
    starts = range(done, len(texts), _PORTION)
    for start in track(starts, description=vocabulary.type, unit="portion"):
        portion = encoder.encode(texts[start : start + _PORTION])
        vectors[start : start + _PORTION] = portion
        if kept is not None:
            with kept.open("ab") as stream:
                portion.astype(np.float32, copy=False).tofile(stream)
    return vectors


def ensure_index(
    vocabulary: Vocabulary,
    *,
    encoder: NameEncoder | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> NameIndex:
    """Open the index of a compiled vocabulary; make it where it is not there.

    Parameters
    ----------
    vocabulary
        A compiled one.
    encoder
        The shipped one by default.
    say
        Called with a sentence before and after the work.
    """
    from kgbuild.encoder.scorer import usable_cores
    from kgbuild.normalize.name_encoder.encoder import NameEncoder

    encoder = encoder or NameEncoder()
    try:
        return open_index(vocabulary, encoder=encoder)
    except (InputError, ResourceMissingError):
        cores = encoder.threads or usable_cores()
        minutes = math.ceil(vocabulary.n_names / (_A_SECOND * cores) / 60)
        say(
            f"{vocabulary.type}: indexing {vocabulary.n_names:,} names, about "
            f"{minutes} min on {cores} free cores"
        )
    made = build_index(vocabulary, encoder=encoder)
    say(
        f"{vocabulary.type}: near names of {len(made):,}, {made.facts.kind} search, "
        f"recall {made.facts.recall:.3f}"
    )
    return made


def open_index(vocabulary: Vocabulary, *, encoder: NameEncoder) -> NameIndex:
    """Open the index that lies beside a compiled vocabulary.

    Raises
    ------
    ResourceMissingError
        There is none, or faiss is not installed.
    InputError
        It is damaged, or was made with another encoder or of another vocabulary.
    """
    if vocabulary.path is None or not index_folder(vocabulary.path).is_dir():
        msg = (
            f"There is no index of nearest names beside {vocabulary.path}: make it "
            "with 'kgbuild vocab index'."
        )
        raise ResourceMissingError(msg)
    faiss = _faiss()
    folder = index_folder(vocabulary.path)
    again = "make it again with 'kgbuild vocab index', or delete the folder."
    try:
        facts = IndexFacts(**json.loads((folder / FACTS_FILE).read_text("utf-8")))
        if facts.format != _FORMAT:
            reason = f"This index has format {facts.format}, not {_FORMAT}: {again}"
            raise InputError(reason, path=folder)
        for what, found, wanted in (
            ("the name encoder", facts.encoder, encoder.version),
            ("the vocabulary", facts.vocabulary, vocabulary.version),
        ):
            if found != wanted:
                reason = (
                    f"This index belongs to {what} {found!r}, but {wanted!r} is here: "
                    f"{again}"
                )
                raise InputError(reason, path=folder)
        lines = np.load(folder / _LINES, mmap_mode="r", allow_pickle=False)
        keys = np.memmap(folder / _KEYS, dtype=np.uint8, mode="r")
        vectors = lists = None
        n = facts.names
        sound = lines.shape == (n + 1,) and lines.dtype == np.int64
        sound = sound and int(lines[-1]) == len(keys)
        if facts.kind == "exact":
            vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
            sound = sound and vectors.shape == (n, encoder.dimension)
            sound = sound and vectors.dtype == np.float32
        else:
            lists = faiss.read_index(str(folder / _INDEX), faiss.IO_FLAG_MMAP)
            sound = sound and (lists.ntotal, lists.d) == (n, encoder.dimension)
            faiss.extract_index_ivf(lists).nprobe = facts.probes
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = f"This index cannot be read ({error}): {again}"
        raise InputError(reason, path=folder) from error
    if not sound:
        reason = f"The files of this index do not belong together: {again}"
        raise InputError(reason, path=folder)
    return NameIndex(facts, keys=keys, lines=lines, vectors=vectors, lists=lists)


class Neighbours:
    """Nearest names in the vocabularies of a normalizer.

    Parameters
    ----------
    indexes
        Per entity type, those of its vocabularies.
    encoder
        That the indexes were made with.
    paths
        Of the vocabularies, per entity type, so that the object can be pickled;
        without them it cannot.

    Attributes
    ----------
    version
        Of the encoder.
    calibration
        Of the encoder, per entity type.
    """

    version: str
    calibration: Mapping[str, Calibration]

    def __init__(
        self,
        indexes: Mapping[str, Sequence[NameIndex]],
        *,
        encoder: NameEncoder,
        paths: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.indexes = {kind: tuple(given) for kind, given in indexes.items()}
        self.encoder = encoder
        self.version = encoder.version
        self.calibration = encoder.calibration
        self._paths = paths
        self._found: dict[tuple[str, str, int], tuple[Neighbour, ...]] = {}

    @classmethod
    def of(
        cls,
        vocabularies: Mapping[str, Sequence[Vocabulary]],
        *,
        encoder: NameEncoder | None = None,
    ) -> Neighbours | None:
        """Open the indexes that lie beside compiled vocabularies.

        Parameters
        ----------
        vocabularies
            Per entity type.
        encoder
            The shipped one by default.

        Returns
        -------
        Neighbours or None
            ``None`` where no vocabulary has an index, and where faiss is not installed
            (a warning says so once).

        Raises
        ------
        InputError
            An index does not fit its vocabulary or the encoder.
        """
        from kgbuild.normalize.name_encoder.encoder import NameEncoder

        having = {
            kind: [v for v in given if v.path and index_folder(v.path).is_dir()]
            for kind, given in vocabularies.items()
        }
        having = {kind: given for kind, given in having.items() if given}
        if not having:
            return None
        if not has_faiss():
            _warn_of_missing_faiss()
            return None
        encoder = encoder or NameEncoder()
        return cls(
            {
                kind: [open_index(v, encoder=encoder) for v in given]
                for kind, given in having.items()
            },
            encoder=encoder,
            paths={k: [str(v.path) for v in given] for k, given in having.items()},
        )

    def __repr__(self) -> str:
        kinds = ", ".join(
            f"{kind}: {sum(map(len, given)):,} names"
            for kind, given in self.indexes.items()
        )
        return f"Neighbours({kinds}; {self.version})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._paths is None:
            msg = "An index in memory cannot cross a process border: compile to disk."
            raise TypeError(msg)
        return (_open_again, (dict(self._paths), self.encoder))

    def nearest(
        self, texts: Sequence[str], *, entity_type: str, limit: int
    ) -> list[tuple[Neighbour, ...]]:
        """Return the nearest names of every text, best first.

        Parameters
        ----------
        texts
            Mentions; distinct ones are looked up once.
        entity_type
            Whose vocabularies are searched.
        limit
            Names a text.
        """
        indexes = self.indexes.get(entity_type, ())
        if not indexes:
            return [() for _ in texts]
        if len(self._found) > _CACHE_SIZE:
            self._found.clear()
        new = [
            text
            for text in dict.fromkeys(texts)
            if (text, entity_type, limit) not in self._found
        ]
        vectors = self.encoder.encode(new)
        found: list[dict[str, float]] = [{} for _ in new]
        for index in indexes:
            for best, near in zip(
                found, index.search(vectors, limit=limit), strict=True
            ):
                for one in near:
                    best[one.key] = max(one.similarity, best.get(one.key, -1.0))
        for text, best in zip(new, found, strict=True):
            ordered = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
            self._found[text, entity_type, limit] = tuple(
                Neighbour(key, similarity) for key, similarity in ordered[:limit]
            )
        return [self._found[text, entity_type, limit] for text in texts]


def _open_again(paths: dict[str, list[str]], encoder: NameEncoder) -> Neighbours:
    vocabularies = {
        kind: [Vocabulary.open(path) for path in given] for kind, given in paths.items()
    }
    opened = Neighbours.of(vocabularies, encoder=encoder)
    if opened is None:
        msg = (
            "The indexes of nearest names are gone: make them with 'kgbuild vocab "
            "index'."
        )
        raise ResourceMissingError(msg)
    return opened


def _inverted_lists(vectors: NDArray[np.float32]) -> tuple[Any, int, float]:
    """Return inverted lists in half precision, how many to read, and their recall.

    Half the memory of a graph (HNSW) over vectors in single precision, and readable
    through a memory map. Among 286,125 names 64 of 2,048 lists gave a recall of 0.986
    at twice the speed of exact search.
    """
    faiss = _faiss()
    n, width = vectors.shape
    n_lists = max(1, 2 ** round(math.log2(4 * math.sqrt(n))))
    quantizer = faiss.IndexFlatIP(width)
    lists = faiss.IndexIVFScalarQuantizer(
        quantizer, width, n_lists, faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
    )  # fmt: skip
    lists.cp.seed, lists.cp.niter = 1, 8
    lists.cp.max_points_per_centroid = 64
    lists.train(vectors)
    lists.add(vectors)
    asked = vectors[np.random.default_rng(1).permutation(n)[:500]]
    # Mentions are not names: move the questions off the names they were.
    noise = np.random.default_rng(2).standard_normal(asked.shape, dtype=np.float32)
    asked = asked + 0.4 * noise / np.sqrt(width, dtype=np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    _, true = faiss.knn(asked, vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)
    probes, recall = 4, 0.0
    while True:
        probes = min(2 * probes, n_lists)
        lists.nprobe = probes
        _, found = lists.search(asked, 10)
        hits = [len(set(a) & set(b)) for a, b in zip(true, found, strict=True)]
        recall = float(np.mean(hits)) / 10
        if recall >= WANTED_RECALL or probes == n_lists:
            return lists, probes, recall


def _write(
    target: Path,
    facts: IndexFacts,
    *,
    packed: bytes,
    lines: NDArray[np.int64],
    vectors: NDArray[np.float32],
    lists: Any,
) -> None:
    """Write a folder beside the target, then put it in its place."""
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        (beside / _KEYS).write_bytes(packed)
        np.save(beside / _LINES, lines)
        if lists is None:
            np.save(beside / _VECTORS, vectors)
        else:
            _faiss().write_index(lists, str(beside / _INDEX))
        text = json.dumps(asdict(facts), indent=1, ensure_ascii=False)
        (beside / FACTS_FILE).write_text(f"{text}\n", "utf-8")
        beside.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def has_faiss() -> bool:
    """Tell whether faiss is installed."""
    from importlib.util import find_spec

    return find_spec("faiss") is not None


@cache
def _warn_of_missing_faiss() -> None:
    logger.warning(
        "faiss is not installed: mentions are linked by rules alone, without nearest "
        "names; pip install faiss-cpu"
    )


def _faiss() -> Any:
    if not has_faiss():
        msg = "Nearest names need faiss, which is not installed: pip install faiss-cpu."
        raise ResourceMissingError(msg)
    import faiss

    # From so many look-ups on faiss multiplies matrices, and does not go through all
    # names for each. Left alone, version 1.15 does so from 128,000 only.
    if faiss.cvar.distance_compute_blas_threshold > _MATRIX_FROM:
        faiss.cvar.distance_compute_blas_threshold = _MATRIX_FROM
    return faiss
