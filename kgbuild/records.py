"""Documents from flat records: a JSON object or a row with a title and an abstract."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from kgbuild._io.warn import warn_user
from kgbuild.document import Document, Passage
from kgbuild.errors import ValidationError

#: What a field is → the names it goes by (lower case, letters and digits only).
FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "pmid": ("pmid", "pubmedid", "pubmed"),
    "id": ("id", "documentid", "docid", "uid", "accession", "recordid"),
    "title": ("title", "articletitle", "ti"),
    "abstract": ("abstract", "abstracttext", "ab"),
    "text": ("text", "body", "content", "fulltext"),
    "year": ("year", "publicationyear", "pubyear", "py", "date", "publicationdate"),
    "journal": ("journal", "journalbook", "journaltitle", "source", "so"),
}
_KIND = {name: kind for kind, names in FIELD_NAMES.items() for name in names}
_DOI = re.compile(
    r"(?i)(?:doi:\s*|(?:https?://)?(?:dx\.|www\.)?doi\.org/)*(10\.[\d.]+/\S+)"
)
_NOTHING = frozenset({"", "nan", "none", "null", "na", "n/a"})
#: Numbers that people give their rows and records begin below; PubMed's own are as low
#: for papers of before 1976 alone.
_LOWEST_PMID = 100_000


class OwnNumbers:
    """Tells the numbers that a file gives its records from PMIDs.

    PMIDs often stand in a field that is only called ``id``, and so do row numbers: the
    first number of the file tells which.

    Examples
    --------
    >>> OwnNumbers().name("1", field="id"), OwnNumbers().name("31234567", field="id")
    ('id:1', '31234567')
    """

    def __init__(self) -> None:
        self._pmids: bool | None = None
        #: The field that holds row numbers, once one was met.
        self.field: str | None = None

    def name(self, own: str, *, field: str, beside_pmid: bool = False) -> str:
        """Return what a document is called whose field says ``own``.

        Parameters
        ----------
        own
            The record's own id.
        field
            Name of the field.
        beside_pmid
            Whether PMIDs have a field of their own.
        """
        if not (own.isascii() and own.isdigit()):
            return own
        if self._pmids is None:
            self._pmids = int(own[:12]) >= _LOWEST_PMID
        if self._pmids and not beside_pmid:
            return own
        self.field = field
        return f"{field}:{own}"


def field_kinds(names: Sequence[str]) -> dict[str, str]:
    """Tell what the fields of a record are; of two with one meaning, the first.

    Parameters
    ----------
    names
        Field names or column headers, in their order.

    Returns
    -------
    dict
        Kind (``"pmid"``, ``"title"``, …) → the field's name.

    Examples
    --------
    >>> field_kinds(["PMID", "Article Title", "Publication Year", "DOI"])
    {'pmid': 'PMID', 'title': 'Article Title', 'year': 'Publication Year'}
    """
    kinds: dict[str, str] = {}
    # The plainest name wins: "abstract" before "abstract text", "year" before "date".
    for name in sorted(names, key=_plainness):
        kind = _KIND.get(_key(name))
        if kind is not None:
            kinds.setdefault(kind, name)
    return {k: v for name in names for k, v in kinds.items() if v == name}


def same_texts(names: Sequence[str]) -> str | None:
    """Say which two fields are one text, of which one would be lost.

    Examples
    --------
    >>> same_texts(["Title", "ti"])
    "The columns 'Title' and 'ti' both mean title: drop or rename all but one."
    """
    for kind in ("title", "abstract", "text"):
        same = [name for name in names if _KIND.get(_key(name)) == kind]
        if len(same) > 1:
            both = "both" if len(same) == 2 else "all"
            return (
                f"The columns {' and '.join(map(repr, same))} {both} mean {kind}: drop "
                "or rename all but one."
            )
    return None


def has_text(kinds: Mapping[str, str]) -> bool:
    """Whether fields of these kinds hold any text."""
    return not kinds.keys().isdisjoint({"title", "abstract", "text"})


def document_of(
    record: Mapping[str, Any],
    *,
    fallback_id: str,
    kinds: Mapping[str, str] | None = None,
    numbers: OwnNumbers | None = None,
) -> Document:
    """Make a document of a record.

    The id is the PMID, else the record's id, else ``fallback_id``; a row number, which
    is no PMID, becomes ``id:17`` with ``source_id`` in the metadata. Title, abstract
    (a text, a list of texts, or a list of objects with ``label`` and ``text``) and text
    become passages; all other fields become metadata, ``year`` as a whole number where
    it is one (``"1999.0"`` is 1999).

    Parameters
    ----------
    record
        Field names and values.
    fallback_id
        Where the record has no id of its own.
    kinds
        As :func:`field_kinds` gives them; worked out where it is not given.
    numbers
        The same for all records of a file; without it the record tells for itself.

    Raises
    ------
    ValidationError
        The record holds no text.
    """
    if kinds is None:
        kinds = field_kinds([k for k, v in record.items() if v is not None])
    if not has_text(kinds):
        names = ", ".join(map(repr, list(record)[:8])) or "none at all"
        msg = (
            "The record has no text: a field named title, abstract or text was "
            f"expected, its fields are {names}."
        )
        raise ValidationError(msg)
    if "abstract" not in kinds and "text" not in kinds:
        _warn_of_misspelled(tuple(record))
    passages = []
    if "title" in kinds:
        passages.append(Passage(text=_text(record[kinds["title"]]), section="title"))
    if "abstract" in kinds:
        passages += _sections(record[kinds["abstract"]])
    elif "title" in kinds and "text" not in kinds:
        passages.append(Passage(text="", section="abstract"))
    if "text" in kinds:
        passages += _sections(record[kinds["text"]])
    metadata = {
        key: _plain(value)
        for key, value in record.items()
        if key not in kinds.values() and value is not None and value != ""
    }
    if "year" in kinds:
        value = record[kinds["year"]]
        year = year_of(value)
        if year is not None:
            metadata["year"] = year
        if kinds["year"].lower() != "year" or (year is None and _text(value)):
            metadata["date"] = _plain(value)
    if "journal" in kinds and _text(record[kinds["journal"]]):
        metadata["journal"] = _text(record[kinds["journal"]])
    pmid = _identifier(record.get(kinds.get("pmid", ""), None))
    own = _identifier(record.get(kinds.get("id", ""), None))
    name = pmid or fallback_id
    if own and not pmid:
        name = (numbers or OwnNumbers()).name(
            own, field=kinds["id"], beside_pmid="pmid" in kinds
        )
    if own and own != name:
        metadata["source_id"] = own
    return Document(id=name, passages=tuple(passages), metadata=metadata)


def _warn_of_misspelled(names: tuple[str, ...]) -> None:
    """Say which field of a record that has only a title may be meant for its text."""
    for name in _like_abstract(names):
        warn_user(f"The field {name!r} is not read: call it 'abstract' if it is one.")


@lru_cache(maxsize=64)
def _like_abstract(names: tuple[str, ...]) -> list[str]:
    keys = {name: _key(name) for name in names}
    return [
        name
        for name, key in keys.items()
        if key not in _KIND
        and (key.startswith("abst") or get_close_matches(key, ["abstract"], cutoff=0.8))
    ]


def doi_of(value: str) -> str | None:
    """Return the DOI that a text is, without the address before it, or ``None``.

    Examples
    --------
    >>> doi_of("doi:https://doi.org/10.1/B"), doi_of("10.1000/DEF"), doi_of("Review")
    ('10.1/B', '10.1000/DEF', None)
    """
    found = _DOI.fullmatch(value.strip())
    return found[1] if found else None


def year_of(value: object) -> int | None:
    """Return the year that a value names, or ``None``.

    Examples
    --------
    >>> year_of("1999.0"), year_of(2004), year_of("2011-05-01"), year_of("n/a")
    (1999, 2004, 2011, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    found = re.match(r"\s*(\d{4})(?!\d)", str(value))
    year = int(found.group(1)) if found else 0
    return year if 1000 <= year < 3000 else None


def _identifier(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    return None if text.lower() in _NOTHING else text


def _plain(value: object) -> object:
    """Return dates as ISO 8601 texts, which JSON can hold."""
    return value.isoformat() if isinstance(value, (date, time)) else value


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def _sections(value: object) -> list[Passage]:
    if isinstance(value, (list, tuple)) and value:
        return [_section(item) for item in value]
    return [_section(value)]


def _section(value: object) -> Passage:
    if isinstance(value, Mapping):
        label = _text(value.get("label") or value.get("section") or "abstract")
        return Passage(text=_text(value.get("text")), section=label)
    return Passage(text=_text(value), section="abstract")


def _key(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _plainness(name: str) -> int:
    kind = _KIND.get(_key(name))
    return FIELD_NAMES[kind].index(_key(name)) if kind else 0
