"""Identifiers as corpora write them, and back.

Every corpus has its own way to write the identifiers of a mention: ``D001943``,
``MESH:D001943``, ``OMIM_114480``, ``40178(Tax:6239)``, ``26395,5604;26396,5605``,
``c|SUB|C|677|T;Gene:4524;RS#:1801133``. This module reads them all into CURIEs and
writes them as PubTator files do; the readers and writers of all formats share it.

The rules:

* ``|``, ``;`` and ``+`` join concepts that the mention names together (it is
  *composite*); ``,`` separates alternatives or members (it is not).
* ``-``, ``-1`` and their like mean that an annotator looked and found nothing (the
  mention is *unlinked*); a blank or missing column says nothing at all.
* A taxon in brackets goes to the attribute ``taxon``.
* Of a variant, a dbSNP number counts before the tmVar form, which is kept in the
  attribute ``tmvar``; gene, disease, group and the like become attributes too.
* Where the writer would not make the same text again from the concepts (``D001943``
  without its name space, nested lists, a list with a hole, attributes of variants), it
  is kept in the attribute ``identifier``. It is written back for as long as it says
  what the concepts say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kgbuild.curies import NIL, pubtator_id, to_curie
from kgbuild.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.document import Mention

_SEPARATORS = re.compile(r"([|;,+])")
_TAXON = re.compile(r"(?i)\s*\(\s*(?:tax|taxon|taxid|ncbitaxid)\s*:\s*(\d+)\s*\)")
#: Characters that have a meaning in an identifier column or a line of PubTator.
_SPECIAL = re.compile(r"[|;,+%()\t\r\n]")
_ESCAPED = re.compile(r"%(7C|3B|2C|2B|25|28|29|09|0D|0A)")
#: A CURIE with its prefix in canonical (lower) case, escaped by :func:`escape`.
_PLAIN_CURIE = re.compile(r"[a-z][a-z0-9_.]*:[^|;,+\t\r\n]+")
_RS_LIST = re.compile(r"(?i)rs#?:?\s?\d+(?:\s*[,|]\s*rs#?:?\s?\d+)*")
#: Key of a part of a variant's identifier → (attribute, entity type of its values)
_VARIANT_KEYS = {
    "gene": ("gene", "Gene"),
    "correspondinggene": ("gene", "Gene"),
    "originalgene": ("original_gene", "Gene"),
    "disease": ("disease", "Disease"),
    "correspondingspecies": ("taxon", "Species"),
    "species": ("taxon", "Species"),
    "variantgroup": ("variant_group", None),
    "hgvs": ("hgvs", None),
    "ca#": ("clingen", None),
}
_VARIANT_PART = re.compile(r"([A-Za-z#]+(?:-RS#)?)\s*:(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifiers:
    """What an identifier column says.

    Attributes
    ----------
    concepts
        CURIEs in the order of the text, each once.
    composite
        Whether the mention names them all together.
    stated
        ``False`` where the column is missing or blank.
    attributes
        Further facts: taxon, tmVar form, gene, …
    """

    concepts: tuple[str, ...] = ()
    composite: bool = False
    stated: bool = True
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def method(self) -> str | None:
        """``"gold"``, ``"unlinked"`` or, where nothing is stated, ``None``."""
        if self.concepts:
            return "gold"
        return "unlinked" if self.stated else None

    def same_as(self, other: Identifiers) -> bool:
        """Whether both say the same about concepts (attributes apart)."""
        return (self.concepts, self.composite, self.stated) == (
            other.concepts,
            other.composite,
            other.stated,
        )


def escape(text: str) -> str:
    """Write characters that separate identifiers or columns as ``%7C`` and so on."""
    return _SPECIAL.sub(lambda found: f"%{ord(found.group()):02X}", text)


def unescape(text: str) -> str:
    """Undo :func:`escape`."""
    if "%" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


def parse_identifiers(entity_type: str, raw: str | None) -> Identifiers:
    """Read an identifier column.

    Parameters
    ----------
    entity_type
        Canonical type of the mention: it tells the name space of bare identifiers.
    raw
        The column, or ``None`` where it is missing.

    Examples
    --------
    >>> parse_identifiers("Disease", "D001943|D010051").concepts
    ('mesh:D001943', 'mesh:D010051')
    >>> parse_identifiers("Gene", "40178(Tax:6239)").attributes
    (('identifier', '40178(Tax:6239)'), ('taxon', 'ncbitaxon:6239'))
    >>> parse_identifiers("Disease", "-1").method
    'unlinked'
    """
    if raw is None or not raw.strip():
        return Identifiers(stated=False)
    return _parse(entity_type, re.sub(r"[\t\r\n]", " ", raw).strip())


def render_identifiers(
    entity_type: str, concepts: Iterable[str], *, composite: bool = False
) -> str:
    """Write concepts as an identifier column of a PubTator file.

    Parameters
    ----------
    entity_type
        Canonical type of the mention.
    concepts
        CURIEs; ``"-"`` comes back where there are none.
    composite
        Whether the mention names them all together.

    Raises
    ------
    ValidationError
        A concept is not a CURIE that can be read back.

    Examples
    --------
    >>> render_identifiers("Disease", ["mesh:D1", "mesh:D2"], composite=True)
    'MESH:D1|MESH:D2'
    >>> render_identifiers("Gene", ["ncbigene:672", "ncbigene:675"])
    '672,675'
    """
    concepts = tuple(concepts)
    if not concepts:
        return "-"
    return _render(entity_type, concepts, composite=composite)


def identifier_column(mention: Mention) -> str | None:
    """Return what PubTator's sixth column holds for a mention.

    The source's own writing (attribute ``identifier``) where it still says the same as
    the mention's concepts, otherwise these; ``None`` where the mention was never
    normalized.

    Raises
    ------
    ValidationError
        A concept is not a CURIE that can be read back.
    """
    says = Identifiers(
        concepts=mention.concepts,
        composite=mention.composite,
        stated=bool(mention.concepts) or mention.method is not None,
    )
    own = mention.attribute("identifier")
    if own is not None and parse_identifiers(mention.type, own).same_as(says):
        return re.sub(r"[\t\r\n]", " ", own).strip()
    if not says.stated:
        return None
    return render_identifiers(
        mention.type, mention.concepts, composite=mention.composite
    )


def written_identifiers(mention: Mention) -> Iterator[tuple[str, str]]:
    """Yield the concepts of a mention that its source writes otherwise than we do.

    Yields
    ------
    tuple of str
        CURIE, and what the source writes for it.
    """
    own = mention.attribute("identifier")
    if own is None or (mention.type == "Variant" and not _is_plain_list(own)):
        return
    for piece in _SEPARATORS.split(own)[::2]:
        bare = _TAXON.sub("", piece).strip()
        curie = to_curie(mention.type, unescape(bare)) if bare else None
        if curie in mention.concepts:
            yield str(curie), bare


@lru_cache(maxsize=65536)
def _parse(entity_type: str, raw: str) -> Identifiers:
    if entity_type == "Variant" and not _is_plain_list(raw):
        return _parse_variant(raw)
    pieces = _SEPARATORS.split(raw)
    members: list[str | None] = []
    taxa: list[str] = []
    for piece in pieces[::2]:
        taxa += _TAXON.findall(piece)
        bare = _TAXON.sub("", piece).strip()
        if bare:
            members.append(to_curie(entity_type, unescape(bare)))
    concepts = tuple(dict.fromkeys(c for c in members if c is not None))
    composite = (
        bool(concepts)
        and len(members) > 1
        and any(separator in "|;+" for separator in pieces[1::2])
    )
    attributes = {}
    if taxa:
        names = dict.fromkeys(f"ncbitaxon:{int(t)}" for t in taxa)
        attributes["taxon"] = ",".join(names)
    forms = [c.removeprefix("tmvar:") for c in concepts if c.startswith("tmvar:")]
    if forms and entity_type == "Variant":
        attributes.update(_of_gene(forms[0]))
    try:
        ours = _render(entity_type, concepts, composite=composite)
    except ValidationError:
        ours = ""
    if raw != ours:
        attributes["identifier"] = raw
    return Identifiers(
        concepts=concepts,
        composite=composite,
        attributes=tuple(sorted(attributes.items())),
    )


def _of_gene(form: str) -> dict[str, str]:
    """Part our own 3717|p|SUB|V|617|F into the gene and the change."""
    found = re.fullmatch(r"([1-9]\d*)\|([cgmnpr]\|.+)", form)
    if found is None:
        return {"tmvar": form}
    return {"gene": f"ncbigene:{found[1]}", "tmvar": found[2]}


def _is_plain_list(raw: str) -> bool:
    # Whole CURIEs, the form that _render_variant falls back to; tmVar's own form has
    # separators inside.
    parts = re.split(r"[|;,+]", raw)
    return all(p.lower() in NIL or _PLAIN_CURIE.fullmatch(p) for p in parts)


def _parse_variant(raw: str) -> Identifiers:
    cores: list[str] = []
    numbers: list[str] = []
    attributes: dict[str, str] = {}
    composite = False
    if _RS_LIST.fullmatch(raw):
        composite = "|" in raw
        numbers = re.findall(r"\d+", raw)
    else:
        for part in raw.split(";"):
            text = part.strip()
            found = _VARIANT_PART.fullmatch(text)
            key = found.group(1).lower() if found else ""
            value = found.group(2).strip() if found else ""
            if key == "tmvar":
                cores.append(unescape(value))
            elif key == "rs" or key.endswith("rs#"):
                numbers += re.findall(r"\d+", value)
            elif key in _VARIANT_KEYS:
                name, kind = _VARIANT_KEYS[key]
                if kind is not None:
                    curies = (to_curie(kind, v) for v in re.split(r"[,|;+]", value))
                    value = ",".join(dict.fromkeys(c for c in curies if c))
                if value:
                    attributes[name] = value
            elif _RS_LIST.fullmatch(text):
                numbers += re.findall(r"\d+", text)
            elif text.lower() not in NIL and not cores and not numbers:
                cores.append(unescape(text))
    if cores:
        attributes = {**_of_gene(cores[0]), **attributes}
    concepts = tuple(dict.fromkeys(f"dbsnp:rs{int(n)}" for n in numbers))
    if not concepts:
        curies = (to_curie("Variant", core) for core in cores)
        concepts = tuple(dict.fromkeys(c for c in curies if c))
    composite = composite and len(concepts) > 1
    try:
        ours = _render("Variant", concepts, composite=composite)
    except ValidationError:
        ours = ""
    if raw != ours:
        attributes["identifier"] = raw
    return Identifiers(
        concepts=concepts,
        composite=composite,
        attributes=tuple(sorted(attributes.items())),
    )


def _written(entity_type: str, curie: str) -> str:
    """Write one concept: briefly if it reads back as the same, else as a CURIE."""
    for text in (escape(_brief(curie)), escape(curie)):
        if to_curie(entity_type, unescape(text)) == curie:
            return text
    msg = (
        f"The identifier {curie!r} of a {entity_type} cannot be written so that it "
        "reads back: use a CURIE with a lower-case prefix, such as 'mesh:D001943'."
    )
    raise ValidationError(msg)


def _brief(curie: str) -> str:
    return pubtator_id(curie) if ":" in curie else curie


@lru_cache(maxsize=65536)
def _render(entity_type: str, concepts: tuple[str, ...], *, composite: bool) -> str:
    if not concepts:
        return "-"
    if entity_type == "Variant":
        return _render_variant(concepts, composite=composite)
    separator = ","
    if composite:
        separator = ";" if entity_type in {"Gene", "FamilyName", "DomainMotif"} else "|"
    parts = [_written(entity_type, curie) for curie in concepts]
    if composite and len(parts) == 1:
        parts.append("-")
    return separator.join(parts)


def _render_variant(concepts: tuple[str, ...], *, composite: bool) -> str:
    if all(re.fullmatch(r"dbsnp:rs[1-9]\d*", c) for c in concepts):
        numbers = [pubtator_id(c) for c in concepts]
        if not composite or len(numbers) > 1:
            return ("|" if composite else ",").join(numbers)
    if len(concepts) == 1 and not composite and concepts[0].startswith("tmvar:"):
        core = pubtator_id(concepts[0])
        if core == core.strip() and not re.search(r"[;%\t\r\n:]", core):
            known = to_curie("Variant", core)
            if known == concepts[0] and not _RS_LIST.fullmatch(core):
                return core
    return _plain_list(concepts, composite=composite)


def _plain_list(concepts: tuple[str, ...], *, composite: bool) -> str:
    """Write variants in the general form: whole CURIEs, their separators escaped."""
    if not concepts:
        return "-"
    parts = []
    for curie in concepts:
        text = escape(curie)
        if not _PLAIN_CURIE.fullmatch(text) or to_curie("Variant", curie) != curie:
            msg = (
                f"The identifier {curie!r} cannot be written so that it reads back: "
                "use a CURIE with a lower-case prefix, such as 'dbsnp:rs1801133'."
            )
            raise ValidationError(msg)
        parts.append(text)
    if composite and len(parts) == 1:
        parts.append("-")
    return ("|" if composite else ",").join(parts)
