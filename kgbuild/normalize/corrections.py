"""What a reader knows better than the normalizer: corrections that every run reads.

A corrections file is a table (CSV or TSV) with the columns ``text`` and ``id``, and
``type``, ``context`` and ``document`` where they are wanted::

    text,type,context,document,id
    EPO,Gene,eosinophil,,ncbigene:8288
    control,,,,none

A row holds for every mention of that text (case and blanks do not matter), of that
type, in documents that have that id, or whose title, abstract and sections hold
``context`` anywhere, as it is written there but for case and blanks; of several rows
the one that says most holds. ``none`` takes the identifier away; several identifiers
with ``|`` between them are all meant together (``COX-1/2``).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines, write_atomically
from kgbuild._io.options import known_types
from kgbuild._io.warn import warn_user
from kgbuild.curies import has_shape, parse_curie
from kgbuild.document import NAME_SEPARATOR
from kgbuild.entity_types import asked_type, entity_types, served_by
from kgbuild.errors import ConfigError, InputError
from kgbuild.normalize.candidates import Link
from kgbuild.stage import require_document

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from kgbuild.document import Document, Mention

_COLUMNS = ("text", "type", "context", "document", "id")
_NONE = {"none", "-", "unlinked"}
#: How many rows are named in a warning.
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One row of a corrections file.

    Attributes
    ----------
    text
        Of the mention.
    concept
        CURIE, or ``None`` where the mention means no concept; of several that are meant
        together, all with ``|`` between them.
    type, context, document
        What else must hold; empty where it need not.
    """

    text: str
    concept: str | None
    type: str = ""
    context: str = ""
    document: str = ""

    @classmethod
    def of(cls, row: Mapping[str, str]) -> Correction:
        """Make a correction of the cells of a row.

        Raises
        ------
        ConfigError
            There is no text, or the id is neither an identifier nor ``none``.
        """
        text, told = (" ".join(row.get(name, "").split()) for name in ("text", "id"))
        if not text or not told:
            msg = "A correction needs a text and an id; the id may be 'none'."
            raise ConfigError(msg)
        kind = asked_type(row["type"]) if row.get("type") else ""
        concept = None
        if told.lower() not in _NONE:
            curies = [parse_curie(t, entity_type=kind or None) for t in _apart(told)]
            if not all(curie and has_shape(curie) for curie in curies):
                msg = (
                    f"{told!r:.80} is no identifier: write one such as mesh:D001943 or "
                    "ncbigene:672, several as ncbigene:5742|ncbigene:5743, or none."
                )
                raise ConfigError(msg)
            concept = "|".join(dict.fromkeys(filter(None, curies)))
        return cls(
            text=text,
            concept=concept,
            type=kind,
            context=" ".join(row.get("context", "").split()),
            document=row.get("document", ""),
        )

    @property
    def concepts(self) -> tuple[str, ...]:
        """The CURIEs, one by one."""
        return tuple(_apart(self.concept or ""))

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it holds for: a file has one row of each."""
        return (_fold(self.text), self.type, _fold(self.context), self.document)

    @property
    def weight(self) -> tuple[bool, bool, bool]:
        """How much the row says: of several that fit, the greatest holds."""
        return (bool(self.document), bool(self.context), bool(self.type))

    def fits(self, mention: Mention, document: Document, text: str) -> bool:
        """Whether it holds for a mention of its text in a document of a folded text."""
        return (
            self.type in ("", mention.type)
            and self.document in ("", document.id)
            and (not self.context or _fold(self.context) in text)
        )


def read_corrections(path: Path | str) -> list[Correction]:
    """Read a corrections file.

    Parameters
    ----------
    path
        CSV, or TSV where the first line holds a tab; UTF-8.

    Returns
    -------
    list of Correction
        In the order of the file.

    Raises
    ------
    InputError
        A column is missing or unknown, an id is none, or two rows contradict each
        other; the line is named.
    """
    path = Path(path)
    rows = list(lines(path))
    first = rows[0][1] if rows else ""
    reader = csv.reader(
        (line for _, line in rows), delimiter="\t" if "\t" in first else ","
    )
    head = [cell.strip().lower() for cell in next(reader, [])]
    wrong = [name for name in head if name not in _COLUMNS]
    if wrong or not {"text", "id"} <= set(head):
        reason = (
            "The first line of a corrections file names the columns text and id, and "
            f"type, context and document as wanted. Got {first.strip()[:80]!r}."
        )
        raise InputError(reason, path=path, line=1)
    found: list[Correction] = []
    seen: dict[tuple[str, str, str, str], tuple[int, str | None]] = {}
    for row in reader:
        number = reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            reason = f"The row has {len(row)} cells, the first line {len(head)}."
            raise InputError(reason, path=path, line=number)
        correction = _read_row(
            dict(zip(head, map(str.strip, row), strict=True)), path, number
        )
        before = seen.setdefault(correction.key, (number, correction.concept))
        if before[1] != correction.concept:
            here, there = (c or "none" for c in (correction.concept, before[1]))
            reason = (
                f"{correction.text!r} is corrected to {here} here and to {there} in "
                f"line {before[0]}: drop one, or tell them apart by type, context or "
                "document."
            )
            raise InputError(reason, path=path, line=number)
        found.append(correction)
    return found


def _read_row(row: dict[str, str], path: Path, number: int) -> Correction:
    try:
        return Correction.of(row)
    except ConfigError as error:
        raise InputError(str(error), path=path, line=number) from error


def change_corrections(
    path: Path | str,
    *,
    put: Correction | None = None,
    drop: Correction | None = None,
) -> Correction | None:
    """Put a correction into a file of them, or take one out.

    Parameters
    ----------
    path
        Made where it is not there. Other rows stay, in their order.
    put
        Takes the place of the row of the same text, type, context and document.
    drop
        Is taken out, whatever its id.

    Returns
    -------
    Correction or None
        What stood there for the same mentions before.

    Raises
    ------
    InputError
        What is there is no corrections file; it is left as it is.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp(), "corrections.csv")
    >>> change_corrections(path, put=Correction(text="control", concept=None))
    >>> print(path.read_text())
    text,type,context,document,id
    control,,,,none
    <BLANKLINE>
    """
    path = Path(path)
    rows: dict[tuple[str, str, str, str], Correction] = {}
    tabs = path.suffix.lower() == ".tsv"
    if path.exists():
        rows = {row.key: row for row in read_corrections(path)}
        tabs = "\t" in next(line for _, line in lines(path))
    before = None
    if drop is not None:
        before = rows.pop(drop.key, None)
    if put is not None:
        before = rows.get(put.key)
        rows[put.key] = put
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if tabs else ",", lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(
        (row.text, row.type, row.context, row.document, row.concept or "none")
        for row in rows.values()
    )
    with write_atomically(path) as stream:
        stream.write(text.getvalue().encode())
    return before


class Corrector:
    """Stage that puts corrections in the place of what normalization gave.

    Parameters
    ----------
    corrections
        A file, see :func:`read_corrections`, or rows.
    name_of
        Gives the preferred name of a CURIE, or ``None``; a concept without one is
        called by its identifier, for the text is another's name.
    types_of
        Gives the entity types whose vocabularies have a CURIE. Rows without a type hold
        for mentions of these alone.
    known_as
        Gives the CURIE that vocabularies of a type put in the place of one: ChEBI's
        aspirin is MeSH's. Rows with either mean one concept.
    types
        Entity types that rows may have beside those of
        :func:`~kgbuild.entity_types.entity_types`.

    Attributes
    ----------
    name
        ``"correct"``.
    version
        Of the rows: another file is another version.

    Raises
    ------
    InputError
        The file is not as it should be; a row's type is unknown, or its identifier is
        that of another type of thing.
    """

    name = "correct"
    requires = ("normalize",)

    def __init__(
        self,
        corrections: Path | str | Sequence[Correction],
        *,
        name_of: Callable[[str], str | None] | None = None,
        types_of: Callable[[str], Collection[str]] | None = None,
        known_as: Callable[[str, str], str] | None = None,
        types: Collection[str] = (),
    ) -> None:
        path = None
        if isinstance(corrections, (str, Path)):
            path = corrections
            corrections = read_corrections(path)
        self.rows = tuple(corrections)
        self._rows: dict[str, list[Correction]] = {}
        self._types_of = types_of or _of_no_type
        self._known_as = known_as or _as_it_is
        for row in self.rows:
            try:
                self._check(row, types)
            except ConfigError as error:
                raise InputError(str(error), path=path) from error
            self._rows.setdefault(_fold(row.text), []).append(row)
        for rows in self._rows.values():
            rows.sort(key=lambda row: row.weight, reverse=True)
        self._name_of = name_of
        text = repr([(key, rows) for key, rows in sorted(self._rows.items())])
        self.version = hashlib.sha256(text.encode()).hexdigest()[:16]

    def _check(self, row: Correction, types: Collection[str]) -> None:
        if row.type:
            known_types(f"type of the correction of {row.text!r}", row.type, also=types)
        if row.type and not self._may_mean(row, row.type):
            others = {t for c in row.concepts for t in self._types_of(c)}
            of = " or ".join(sorted(others)) or "another type of thing"
            msg = (
                f"{row.text!r} is corrected to {row.concept}, which is of {of} and of "
                f"no {row.type}: mend the row's id or type."
            )
            raise ConfigError(msg)

    def _may_mean(self, row: Correction, kind: str) -> bool:
        """Whether a mention of a type may have the identifiers of a row."""
        known = entity_types()
        for concept in row.concepts if kind in known else ():
            prefix = concept.partition(":")[0]
            fitting = {name for name, one in known.items() if prefix in one.prefixes}
            listed = set(self._types_of(concept))
            if prefix not in known[kind].prefixes and kind not in listed:
                if fitting or listed:
                    return False
            elif listed and not listed & {kind, served_by(kind)}:
                return False
        return True

    def __call__(self, document: Document) -> Document:
        """Return the document with its mentions corrected."""
        require_document(document)
        text = _fold(document.text)
        return document.with_mentions(
            self._corrected(mention, document, text) for mention in document.mentions
        )

    def _corrected(self, mention: Mention, document: Document, text: str) -> Mention:
        for row in self._rows.get(_fold(mention.text), ()):
            if row.fits(mention, document, text) and self._may_mean(row, mention.type):
                break
        else:
            return mention
        concepts = tuple(
            dict.fromkeys(self._known_as(c, mention.type) for c in row.concepts)
        )
        name = None
        if concepts and self._name_of is not None:
            names = [self._name_of(concept) or concept for concept in concepts]
            name = NAME_SEPARATOR.join(names)
        return Link(
            concepts=concepts,
            name=name,
            method="correction" if concepts else "unlinked",
            composite=len(concepts) > 1,
        ).on(mention)


class Unmet:
    """Rows of corrections that have held for no mention so far.

    Parameters
    ----------
    corrections
        The rows.

    Attributes
    ----------
    rows
        Those that are left.
    """

    def __init__(self, corrections: Iterable[Correction]) -> None:
        self.rows = list(corrections)

    @property
    def texts(self) -> set[str]:
        """What their mentions would be called, in small letters."""
        return {row.text.lower() for row in self.rows}

    def add(self, document: Document) -> None:
        """Take out the rows that fit a mention of a corrected document."""
        if not self.rows:
            return
        text = _fold(document.text)
        said: dict[str, list[Mention]] = {}
        for mention in document.mentions:
            said.setdefault(_fold(mention.text), []).append(mention)
        self.rows = [
            row
            for row in self.rows
            if not any(
                row.fits(mention, document, text)
                and (mention.method == "correction" or mention.concepts == row.concepts)
                for mention in said.get(_fold(row.text), ())
            )
        ]

    def warn(self) -> None:
        """Warn of rows that are left, once for all of them."""
        if not self.rows:
            return
        shown = ", ".join(repr(row.text) for row in self.rows[:_SHOWN])
        more = len(self.rows) - _SHOWN
        rest = f" and {more} more" if more > 0 else ""
        message = (
            f"{len(self.rows)} of the corrections changed no mention; their text was "
            "not found here, or type, context, document or the kind of identifier do "
            f"not fit: {shown}{rest}."
        )
        warn_user(message)


def _of_no_type(_: str) -> tuple[str, ...]:
    return ()


def _as_it_is(curie: str, _: str) -> str:
    return curie


def _apart(told: str) -> list[str]:
    """Cut identifiers apart; a variant's own bars stay (``tmvar:p|SUB|V|600|E``)."""
    return re.split(r"\s*[|;]\s*(?=[A-Za-z][\w.]*:)", told) if told else []


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
