"""Reading, writing and converting files of documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from kgbuild._io.files import (
    cannot_write,
    check_apart,
    check_writable,
    write_atomically,
)
from kgbuild._io.markup import counted
from kgbuild._io.unique_ids import SeenIds
from kgbuild._io.warn import warn_user
from kgbuild.corpus._pubmed_versions import pubmed_files
from kgbuild.corpus._writing import Listener, repeated_id
from kgbuild.corpus.formats import (
    Format,
    format_for_writing,
    format_of,
)
from kgbuild.corpus.mention_relations import with_relations
from kgbuild.corpus.versions import Repeats, is_repetition, newest, paper_of
from kgbuild.entity_types import canonical_type, entity_types
from kgbuild.errors import (
    ConfigError,
    DocumentFailure,
    InputError,
    ValidationError,
)
from kgbuild.inputs import documents_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kgbuild.corpus._writing import Writer
    from kgbuild.corpus.conll import Scheme
    from kgbuild.document import Document
    from kgbuild.inputs import DocumentSource

#: What happens to documents and mentions that cannot be read or written: collected into
#: one warning, raised at once, or handed to a function one by one.
OnError = Literal["warn", "raise"] | Callable[[DocumentFailure], None]

#: How many failures the one warning spells out.
_SHOWN = 3


class CorpusWarning(UserWarning):
    """Some documents or mentions of a file were left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a conversion did.

    Attributes
    ----------
    documents
        How many were written.
    failures
        What was left out, and why.
    """

    documents: int
    failures: tuple[DocumentFailure, ...] = ()


def read(
    path: Path | str | Sequence[Path | str],
    *,
    format: str | None = None,  # noqa: A002
    on_error: OnError = "warn",
    relations: Path | str | None = None,
    entity_type: str | None = None,
    once: bool = False,
) -> Iterator[Document]:
    r"""Read documents from a file, one by one.

    Parameters
    ----------
    path
        Any of the formats in :data:`~kgbuild.corpus.formats.FORMATS`; ``.gz`` and
        ``.zst`` are decompressed. Also several files, read one after the other as one
        corpus; and a folder of ``pubmed*.xml.gz``, baseline and update files, see
        :func:`~kgbuild.corpus.pubmed_xml.read_pubmed_xml`.
    format
        Name of the format; told by suffix and content where it is not given.
    on_error
        What happens to a document, or a mention, that cannot be read: ``"warn"`` leaves
        it out and says so in one warning at the end; ``"raise"`` raises; a function is
        called with each :class:`~kgbuild.errors.DocumentFailure` at once. A file that
        is bad as a whole (missing, cut off, of another format) always raises.
    relations
        A table of relations between the file's mentions, see
        :mod:`kgbuild.corpus.mention_relations`; they become statements.
    entity_type
        What a CoNLL file marks whose tags name no type (``B``, ``I``, ``O``).
    once
        Give each paper (PMID, ``PMC…``, ``doi:…``) once, in its newest version: by the
        date of revision that its metadata tell, else the last. The file is read more
        than once then. Graphs and runs are made so.

    Returns
    -------
    iterator of Document
        In the file's order. Ids are unique: the second document with the id ``x`` is
        ``x#2``, its metadata say ``source_id`` and, where it is one, ``pmid``.

    Raises
    ------
    InputError
        The file cannot be read; at the call, or while reading.
    ConfigError
        There is no format of that name.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> file = Path(mkdtemp()) / "cohort.csv"
    >>> _ = file.write_text("pmid,title\n1,Captopril inhibits ACE.\n")
    >>> [(document.id, document.title) for document in read(file)]
    [('1', 'Captopril inhibits ACE.')]
    """
    _check(on_error)
    several = _several(path)
    files = [Path(cast("Path | str", path))] if several is None else several
    if not files:
        msg = "There is no file to read: name one."
        raise ConfigError(msg)
    if entity_type is not None and not entity_type.strip():
        msg = f"The type must be a name such as 'Gene'. Got {entity_type!r} instead."
        raise ConfigError(msg)
    chosen = [(file, format_of(file, name=format)) for file in files]
    return _read(chosen, on_error, relations, entity_type, once=once)


def _check(on_error: OnError) -> None:
    if on_error not in {"warn", "raise"} and not callable(on_error):
        msg = (
            f"on_error must be 'warn', 'raise' or a function. Got {on_error!r} instead."
        )
        raise ConfigError(msg)


def _several(path: Path | str | Sequence[Path | str]) -> list[Path] | None:
    """Return the files of a list, or of a folder with PubMed files in it."""
    if not isinstance(path, (str, Path)):
        return [Path(file) for file in path]
    folder = Path(path)
    if folder.is_dir():
        if (found := pubmed_files(folder)) or not (folder / "documents").is_dir():
            return found or None
        reason = (
            "This is the folder of a run: kgbuild.KnowledgeGraph.load reads its graph, "
            "and its tables are Parquet files."
        )
        raise InputError(reason, path=folder)
    return None


def _read(
    files: list[tuple[Path, Format]],
    on_error: OnError,
    relations: Path | str | None,
    entity_type: str | None,
    *,
    once: bool,
) -> Iterator[Document]:
    first = files[0][0]
    what = first if len(files) == 1 else f"{first} and the files with it"
    collector = _Collector(on_error, doing=f"reading {what}")
    # Updates of PubMed replace and delete records of earlier files.
    pubmed = [file for file, form in files if form.name == "pubmed-xml"]
    parts: list[tuple[Path | list[Path], Format]] = [
        (pubmed if file in pubmed and len(files) > 1 else file, form)
        for file, form in files
        if file not in pubmed[1:]
    ]

    if entity_type is not None and canonical_type(entity_type) not in entity_types():
        known = ", ".join(entity_types())
        collector.notes.append(
            f"{entity_type!r} is none of kgbuild's types ({known}): it is kept as "
            "it is."
        )

    def documents(listener: Listener) -> Iterator[Document]:
        read = (
            form.read(file, on_failure=listener, entity_type=entity_type)
            for file, form in parts
        )
        found = _unique(_encodable(chain.from_iterable(read), listener, first))
        if relations is not None:
            found = with_relations(found, relations, on_failure=listener)
        return found

    if not once or len(pubmed) == len(files):
        yield from documents(collector)
    else:
        repeats = Repeats()
        # What earlier readings have to leave out, the last has to as well.
        quietly = partial(documents, _Deaf())
        papers = {paper_of(d.id) or "" for d in quietly() if is_repetition(d.id)}
        yield from newest(
            quietly, partial(documents, collector), papers=papers, repeats=repeats
        )
        collector.notes.append(str(repeats))
    collector.finish()


def _encodable(
    documents: Iterable[Document], listener: Listener, what: Path
) -> Iterator[Document]:
    """Leave out documents that no file can hold: JSON can write half a character."""
    for document in documents:
        texts = (
            document.id,
            *(passage.text for passage in document.passages),
            *(text for text in document.metadata.values() if isinstance(text, str)),
        )
        try:
            for text in texts:
                text.encode()
        except UnicodeEncodeError as error:
            reason = _half_a_character(error)
            name = document.id.encode("utf-8", "backslashreplace").decode()
            listener(
                DocumentFailure(
                    document_id=name, stage="read", reason=reason, path=str(what)
                )
            )
        else:
            yield document


def _half_a_character(error: UnicodeEncodeError) -> str:
    return (
        f"The document holds a lone surrogate ({error.object[error.start]!r}), "
        "which is no character and cannot be written: mend its source."
    )


def _unique(documents: Iterable[Document]) -> Iterator[Document]:
    seen = SeenIds()
    for document in documents:
        name = seen.unique(document.id)
        if name != document.id:
            metadata = {**document.metadata, **repeated_id(name)}
            if document.pmid is not None:
                metadata["pmid"] = document.pmid
            document = replace(document, id=name, metadata=metadata)
        yield document


def write(
    documents: DocumentSource,
    path: Path | str,
    *,
    format: str | None = None,  # noqa: A002
    on_error: OnError = "raise",
    scheme: Scheme | None = None,
) -> int:
    """Write documents to a file; it is there whole, or not at all.

    Parameters
    ----------
    documents
        Anything that :func:`kgbuild.inputs.documents_from` reads; streamed.
    path
        ``.gz`` and ``.zst`` compress.
    format
        Name of the format; told by the suffix where it is not given.
    on_error
        What happens to a document that the format cannot hold: as for :func:`read`.
    scheme
        Tags of a CoNLL file: ``"BIO"`` (the default) or ``"BIOES"``.

    Returns
    -------
    int
        How many documents were written.

    Raises
    ------
    ConfigError
        The format is unknown or cannot be written, or has no such scheme.
    ValidationError
        The format cannot hold a document, and ``on_error`` is ``"raise"``.
    InputError
        The place cannot be written to.

    Warns
    -----
    CorpusWarning
        Once, where the format cannot hold mentions or relations that there are.
    """
    path = Path(path)
    _check(on_error)
    chosen = format_for_writing(path, name=format)
    if path.is_dir():
        reason = "This is a folder, a file was expected: name a file in it."
        raise InputError(reason, path=path)
    check_writable(path)
    writer = chosen.make_writer(scheme=scheme)
    collector = _Collector(on_error, doing=f"writing {path}")
    count = mentions = statements = 0
    try:
        with write_atomically(path) as stream:
            stream.write(writer.head)
            for document in documents_from(documents):
                data = _encoded(writer, document, path, collector)
                if data is None:
                    continue
                if count:
                    stream.write(writer.between)
                stream.write(data)
                count += 1
                mentions += len(document.mentions)
                statements += len(document.statements)
            stream.write(writer.tail)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(cannot_write(error), path=path) from error
    notes = list(writer.notes())
    lost = [] if chosen.keeps_mentions or not mentions else [(mentions, "mention")]
    if statements and not chosen.keeps_statements:
        lost.append((statements, "statement"))
    if lost:
        what = " and ".join(counted(number, name) for number, name in lost)
        holds = "text and mentions" if chosen.keeps_mentions else "only text"
        notes.append(f"{chosen.name} holds {holds}: left out {what}.")
    if notes:
        warn_user(f"{path}: {' '.join(notes)}", CorpusWarning)
    collector.finish()
    return count


def _encoded(
    writer: Writer, document: Document, path: Path, collector: _Collector
) -> bytes | None:
    try:
        return writer.encode(document)
    except UnicodeEncodeError as error:
        reason = _half_a_character(error)
    except ValidationError as error:
        reason = str(error)
    except (TypeError, ValueError) as error:
        reason = f"The document cannot be written ({error}): its metadata must be JSON."
    failure = DocumentFailure(
        document_id=document.id, stage="write", reason=reason, path=str(path)
    )
    if collector.raises:
        msg = f"Document {document.id}: {reason}"
        raise ValidationError(msg)
    collector(failure)
    return None


def convert(
    source: Path | str,
    target: Path | str,
    *,
    source_format: str | None = None,
    target_format: str | None = None,
    relations: Path | str | None = None,
    entity_type: str | None = None,
    scheme: Scheme | None = None,
) -> Conversion:
    """Convert a file to another format; the target is written whole or not at all.

    Parameters
    ----------
    source, target
        Files; ``.gz`` and ``.zst`` are decompressed and compressed.
    source_format, target_format
        Names of formats; told by suffix and content where they are not given.
    relations, entity_type
        As for :func:`read`.
    scheme
        As for :func:`write`.

    Returns
    -------
    Conversion
        How many documents were written, and what was left out.

    Raises
    ------
    InputError
        The source cannot be read, or not one document of it; or it is the target.
    ConfigError
        A format is unknown.
    """
    failures: list[DocumentFailure] = []
    check_apart(source, target)
    format_for_writing(target, name=target_format)

    def documents() -> Iterator[Document]:
        empty = True
        for document in read(
            source,
            format=source_format,
            on_error=failures.append,
            relations=relations,
            entity_type=entity_type,
        ):
            empty = False
            yield document
        if empty and failures:
            first = failures[0]
            reason = f"No document could be read; the first reason: {first.reason}"
            raise InputError(reason, path=source, line=first.line)
        if empty:
            reason = "The file holds no document: check the file and its format."
            raise InputError(reason, path=source)

    count = write(
        documents(), target, format=target_format, on_error=failures.append,
        scheme=scheme,
    )  # fmt: skip
    return Conversion(documents=count, failures=tuple(failures))


class _Deaf(Listener):
    """For a reading that another follows, which tells."""

    def __call__(self, failure: DocumentFailure) -> None:
        """Do nothing."""


class _Collector(Listener):
    """What readers call with failures, according to ``on_error``."""

    def __init__(self, on_error: OnError, *, doing: str) -> None:
        super().__init__()
        #: Further sentences for the end.
        self.notes: list[str] = []
        self._on_error = on_error
        self._doing = doing
        self._count = 0
        self._first: list[str] = []

    @property
    def raises(self) -> bool:
        return self._on_error == "raise"

    def __call__(self, failure: DocumentFailure) -> None:
        if self._on_error == "raise":
            name = "" if failure.document_id is None else f"{failure.document_id}: "
            reason = f"{name}{failure.reason}"
            raise InputError(reason, path=failure.path, line=failure.line)
        if callable(self._on_error):
            self._on_error(failure)
            return
        self._count += 1
        if len(self._first) < _SHOWN:
            self._first.append(describe(failure))

    def finish(self) -> None:
        """Warn once of all that was left out, and of what the file writes otherwise."""
        if self.differing:
            warn_user(
                f"While {self._doing}: kept {counted(self.differing, 'mention')} that "
                "the file writes otherwise than the text does (case, accents, Greek "
                "letters, dashes, blanks, '...'), as the text has it.",
                CorpusWarning,
            )
        for name in self.row_numbers:
            self.notes.append(
                f"The numbers in {name!r} are taken for those of rows, not for PMIDs; "
                f"documents are called {name}:1 and so on. If they are PMIDs, call it "
                "'pmid'."
            )
        if any(self.notes):
            said = " ".join(filter(None, self.notes))
            warn_user(f"While {self._doing}: {said}", CorpusWarning)
        if not self._count:
            return
        more = self._count - len(self._first)
        listed = "\n  ".join(
            [*self._first, f"and {more} more"] if more else self._first
        )
        warn_user(
            f"While {self._doing}, documents, mentions or relations were left out, "
            f"{self._count:,} in all:\n  {listed}",
            CorpusWarning,
        )


def describe(failure: DocumentFailure) -> str:
    """Say in one line what was left out, where and why."""
    where = "" if failure.line is None else f"line {failure.line}"
    if failure.document_id is not None:
        where += f"{', ' if where else ''}document {failure.document_id}"
    return f"{where}: {failure.reason}" if where else failure.reason


__all__ = [
    "Conversion",
    "CorpusWarning",
    "OnError",
    "convert",
    "describe",
    "read",
    "write",
]
