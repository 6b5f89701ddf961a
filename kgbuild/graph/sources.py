"""What a graph is built from: documents, tables, or folders of tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import polars as pl

from kgbuild._io.warn import warn_user
from kgbuild.corpus.versions import REPEATED, Repeats, newest, paper_of
from kgbuild.document import Document
from kgbuild.errors import InputError, ValidationError
from kgbuild.graph.encoding import MENTIONS
from kgbuild.graph.identifiers import mentions_in_curies, statements_in_curies
from kgbuild.inputs import documents_from
from kgbuild.tables import (
    as_frame,
    documents_from_tables,
    read_provenance,
    read_table,
    table_files,
    tables,
    validate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a graph is built from: documents; a mentions table, alone or behind a documents
#: table (or ``None``) and before a statements table; or a folder of these as Parquet.
Source: TypeAlias = (
    "Document | Iterable[Document] | pl.DataFrame | tuple[pl.DataFrame | None, ...] | "
    "Path | str"
)

#: Documents turned into tables at a time. Bounds memory, does not change the result.
DOCUMENTS = 4096

_MENTION_COLUMNS = (
    "document_id", "sentence", "start", "end", "text", "type", "score", "concepts",
    "link_score", "name", "negated", "hedged",
)  # fmt: skip
_DOCUMENT_COLUMNS = ("document_id", "text", "year", "statuses", "sentences")


class Part(NamedTuple):
    """Tables of some documents.

    Attributes
    ----------
    documents
        ``document_id, year, sentences, failed``.
    mentions
        Parts of the mentions table.
    statements
        The statements table; ``None`` where there is none or it was not asked for.
    older
        Documents that are other versions of papers: their mentions do not count.
    versions
        What made the mentions → its versions.
    """

    documents: pl.DataFrame
    mentions: Iterable[pl.DataFrame]
    statements: pl.DataFrame | None = None
    older: frozenset[str] = frozenset()
    versions: Mapping[str, Collection[str]] = MappingProxyType({})


def parts_of(source: Source, *, statements: bool = False) -> Iterator[Part]:
    """Yield what a source holds, with or without its statements."""
    if isinstance(source, str) and not Path(source[:1024]).exists() and " " in source:
        raise _unread()
    if isinstance(source, (str, Path)):
        if Path(source).is_file():
            reason = (
                "This is a file, and the folder of a run was expected: read its "
                "documents first, with kgbuild.read(path)."
            )
            raise InputError(reason, path=source)
        yield _folder(Path(source), statements=statements)
        return
    frames = [as_frame(part) for part in source] if isinstance(source, tuple) else []
    if (frame := as_frame(source)) is not None:
        if "start" not in frame.columns and {"text", "title", "abstract"} & set(
            frame.columns
        ):
            raise _unread()
        frames = [None, frame]
    if not any(frame is not None for frame in frames):
        yield from _documents(_once(source))
        return
    if len(frames) not in (2, 3) or frames[1] is None:
        msg = (
            "Give tables as (documents, mentions) or (documents, mentions, "
            "statements); documents may be None."
        )
        raise ValidationError(msg)
    said = None
    if statements:
        if len(frames) < 3 or frames[2] is None:
            msg = (
                "Statements are asked for, and the tables hold none: give (documents, "
                'mentions, statements), or edges="co-mentions".'
            )
            raise ValidationError(msg)
        said = statements_in_curies(validate(frames[2], "statements"))
    documents, mentions = frames[0], _lean(validate(frames[1], "mentions"))
    if documents is None:
        yield Part(_documents_of(mentions), [mentions], said)
    else:
        frame, older = _newest(_counted(validate(documents, "documents")))
        yield Part(frame, [mentions], said, older)


def _unread() -> InputError:
    reason = (
        "These texts carry no mentions: annotate them first, with "
        "kgbuild.annotate(texts) or 'kgbuild annotate'."
    )
    return InputError(reason)


def _once(source: Any) -> Iterator[Document]:
    """Read documents; of papers that a sequence holds several times, the newest."""
    documents = partial(documents_from, source, annotated=True)
    if isinstance(source, Document) or not isinstance(source, Sequence):
        return documents()
    times = Counter(paper_of(d.id) for d in source if isinstance(d, Document))
    papers = {paper for paper, n in times.items() if n > 1 and paper is not None}
    if not papers:
        return documents()
    return _told(
        newest(documents, documents, papers=papers, repeats=(r := Repeats())), r
    )


def _told(documents: Iterator[Document], repeats: Repeats) -> Iterator[Document]:
    """Warn in the end of papers with several versions."""
    yield from documents
    if repeats.other:
        warn_user(str(repeats))


def paper_ids(ids: pl.Series) -> pl.Series:
    """Return the series ``paper``: ids of documents without numbers of repetitions."""
    if ids.str.contains("#", literal=True).any():
        ids = ids.str.replace(REPEATED, "$1")
    return ids.alias("paper")


def _newest(documents: pl.DataFrame) -> tuple[pl.DataFrame, frozenset[str]]:
    """Leave out other versions of papers: of different texts all but the last."""
    if not documents["document_id"].str.contains("#", literal=True).any():
        return documents.drop("text", strict=False), frozenset()
    named = documents.with_columns(paper_ids(documents["document_id"]))
    several = named.filter(pl.col("paper").is_duplicated())
    texts = several.group_by("paper").agg(
        pl.col("document_id").first().alias("first"),
        pl.col("document_id").last().alias("last"),
        (pl.col("text").n_unique() > 1).alias("differ"),
    )
    kept = texts.select(pl.when("differ").then("last").otherwise("first"))
    older = frozenset(several["document_id"]) - set(kept.to_series())
    other = texts.filter("differ")["paper"].sort().to_list()
    if other:
        warn_user(str(Repeats(other=other)))
    here = pl.col("document_id").is_in(list(older))
    return documents.filter(~here).drop("text"), older


def _documents(stream: Iterator[Document]) -> Iterator[Part]:
    read, met = False, False
    while batch := list(islice(stream, DOCUMENTS)):
        met = True
        read = read or any(
            d.mentions or d.status or d.statements or not d.text.strip() for d in batch
        )
        while batch:
            # A document that comes again goes to the next round, where it is known.
            ids: set[str] = set()
            again: list[Document] = []
            now: list[Document] = []
            for document in batch:
                paper = paper_of(document.id) or document.id
                (again if paper in ids else now).append(document)
                ids.add(paper)
            documents, mentions, statements = tables(
                now, names=("documents", "mentions", "statements")
            )
            counted = _counted(documents).drop("text")
            yield Part(
                counted,
                [_lean(mentions)],
                statements_in_curies(statements),
                versions=_versions(now),
            )
            batch = again
    if met and not read:
        raise _unread()


def _versions(documents: Iterable[Document]) -> dict[str, set[str]]:
    """Return stage → versions of it that met these documents."""
    found: dict[str, set[str]] = {}
    for document in documents:
        for status in document.status:
            if status.version is not None:
                found.setdefault(status.stage, set()).add(status.version)
    return found


def _place(folder: Path, name: str) -> Path | None:
    for path in (folder / name, folder / f"{name}.parquet"):
        if path.exists():
            return path
    return None


def require_mentions(folder: Path) -> Path:
    """Return where the mentions table of a folder is.

    Raises
    ------
    InputError
        There is none.
    """
    mentions = _place(folder, "mentions")
    if mentions is None:
        reason = (
            "This folder holds no mentions table (mentions.parquet, or a folder of "
            "shards mentions/): name the output folder of a run."
        )
        raise InputError(reason, path=folder)
    return mentions


def _folder(folder: Path, *, statements: bool) -> Part:
    """Find the tables in a folder: ``mentions`` and, it is hoped, ``documents``."""
    place = partial(_place, folder)
    mentions, documents = require_mentions(folder), place("documents")
    said = None
    if statements:
        path = place("statements")
        if path is None:
            reason = (
                "Statements are asked for, and this folder holds no statements table: "
                "leave edges at co-mentions, or run the extraction first."
            )
            raise InputError(reason, path=folder)
        said = statements_in_curies(read_table(path, name="statements"))
    files = table_files(mentions)
    versions = {name: {version} for name, version in read_provenance(mentions).items()}
    if documents is None:
        whole = pl.concat([_shard(file) for file in files], how="diagonal")
        return Part(_documents_of(whole), iter([whole]), said, versions=versions)
    frame = read_table(documents, name="documents", columns=_DOCUMENT_COLUMNS)
    if "sentences" not in frame.columns:
        frame = read_table(documents, name="documents")
    frame, older = _newest(_counted(frame))
    return Part(frame, _shards(files), said, older, versions)


def _shard(file: Path) -> pl.DataFrame:
    return _lean(read_table(file, name="mentions", columns=_MENTION_COLUMNS))


def _shards(files: list[Path]) -> Iterator[pl.DataFrame]:
    """Read shards while those before are counted; small ones are put together."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_shard, files[0])
        held: list[pl.DataFrame] = []
        for file in [*files[1:], None]:
            held.append(coming.result())
            if file is not None:
                coming = reader.submit(_shard, file)
            if file is None or sum(part.height for part in held) > MENTIONS // 2:
                yield pl.concat(held, how="diagonal")
                held = []


def _lean(mentions: pl.DataFrame) -> pl.DataFrame:
    """Keep what the graph needs; flags are there together or not at all.

    Identifiers become CURIEs, however whoever made the table writes them.
    """
    flags = {"negated", "hedged"} & set(mentions.columns)
    frame = mentions.select([c for c in _MENTION_COLUMNS if c in mentions.columns])
    return mentions_in_curies(frame if len(flags) == 2 else frame.drop(flags))


def _counted(documents: pl.DataFrame) -> pl.DataFrame:
    """Keep what the graph needs; split texts whose sentences nobody counted."""
    if "sentences" not in documents.columns:
        from kgbuild.text import document_sentences

        counts = [
            len(document_sentences(document))
            for document in documents_from_tables(documents)
        ]
        column = pl.Series("sentences", counts, dtype=pl.UInt32)
        documents = documents.with_columns(column)
    failed = pl.element().struct.field("state") == "failed"
    return documents.select(
        "document_id",
        "year",
        "sentences",
        "text",
        # Whether any stage failed: what it should have found would be missed.
        failed=pl.col("statuses").list.eval(failed).list.any().fill_null(value=False),
    )


def _documents_of(mentions: pl.DataFrame) -> pl.DataFrame:
    """Make do without a documents table: no years, sentences as far as mentions go."""
    return mentions.group_by("document_id", maintain_order=True).agg(
        pl.lit(None, pl.Int16).first().alias("year"),
        (pl.col("sentence").max() + 1).alias("sentences"),
        pl.lit(value=False).first().alias("failed"),
    )
