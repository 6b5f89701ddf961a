"""NCBI Taxonomy's dump: ``taxdump.tar.gz``, or ``names.dmp`` with ``nodes.dmp`` beside.

Columns are separated by ``<tab>|<tab>``. Besides the names of the dump, species get
their abbreviated form ("E. coli"); of the many species it may mean, the one with most
strains and isolates below it comes first.
"""

from __future__ import annotations

import tarfile
from array import array
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from kgbuild.errors import InputError
from kgbuild.normalize.sources._entry import Entry, Status
from kgbuild.normalize.sources._reading import MAX_LINE, open_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Largest taxon number that is believed; keeps a hostile file from filling the memory.
MAX_TAXON = 20_000_000

_CLASSES: dict[str, Status] = {
    "synonym": "synonym",
    "equivalent name": "synonym",
    "genbank common name": "synonym",
    "common name": "synonym",
    "acronym": "synonym",
    "genbank acronym": "synonym",
    "includes": "related",
    "in-part": "related",
    "blast name": "related",
}


def read(path: Path) -> Iterator[Entry]:
    """Yield all taxa.

    Parameters
    ----------
    path
        ``taxdump.tar.gz`` or ``names.dmp``.

    Raises
    ------
    InputError
        A file is missing, a line is malformed, or the tree has a cycle.
    """
    parents, species = _nodes(path)
    weights = descendants(parents, path)
    merged = _merged(path)
    current = 0
    names: list[tuple[str, str]] = []
    for number, fields in _rows(path, "names.dmp"):
        if len(fields) < 4:
            reason = "names.dmp: four columns were expected: download it again."
            raise InputError(reason, path=path, line=number)
        taxon = _number(fields[0], path, number)
        if taxon != current:
            if names:
                yield from _entry(current, names, parents, species, weights, merged)
            current, names = taxon, []
        names.append((fields[1], fields[3]))
    if names:
        yield from _entry(current, names, parents, species, weights, merged)


def abbreviated(name: str) -> str | None:
    """Return the usual short form of a binomial, or ``None``.

    Examples
    --------
    >>> abbreviated("Escherichia coli"), abbreviated("Human betaherpesvirus 5")
    ('E. coli', None)
    """
    parts = name.split()
    if len(parts) != 2 or not all(p.isalpha() for p in parts):
        return None
    genus, epithet = parts
    if not (genus.istitle() and epithet.islower() and epithet not in {"sp", "virus"}):
        return None
    return f"{genus[0]}. {epithet}"


def _entry(
    taxon: int,
    names: list[tuple[str, str]],
    parents: array[int],
    species: bytearray,
    weights: array[int],
    merged: dict[int, list[int]],
) -> Iterator[Entry]:
    scientific = next((n for n, kind in names if kind == "scientific name"), None)
    if scientific is None or taxon == 1:
        return
    others: dict[str, Status] = {}
    for name, kind in names:
        if kind in _CLASSES and name != scientific:
            others.setdefault(name, _CLASSES[kind])
    known = taxon < len(parents)
    if known and species[taxon]:
        short = abbreviated(scientific)
        if short:
            others.setdefault(short, "related")
    parent = parents[taxon] if known else 0
    yield Entry(
        concept=f"ncbitaxon:{taxon}",
        name=scientific,
        names=tuple(others.items()),
        # A species stands before its genus of the same name, and before its strains.
        weight=(2 if known and species[taxon] else 0)
        + (weights[taxon].bit_length() if known else 0),
        aliases=tuple(f"ncbitaxon:{old}" for old in merged.get(taxon, ())),
        parents=(f"ncbitaxon:{parent}",) if parent not in {0, 1, taxon} else (),
    )


def _nodes(path: Path) -> tuple[array[int], bytearray]:
    """Return each taxon's parent, and whether it is a species."""
    parents: array[int] = array("i", [0])
    species = bytearray(1)
    for number, fields in _rows(path, "nodes.dmp"):
        if len(fields) < 3:
            reason = "nodes.dmp: three columns were expected: download it again."
            raise InputError(reason, path=path, line=number)
        taxon = _number(fields[0], path, number)
        parent = _number(fields[1], path, number)
        if taxon >= len(parents):
            more = taxon + 1 - len(parents)
            parents.extend([0] * more)
            species.extend(bytes(more))
        parents[taxon] = parent
        species[taxon] = fields[2] == "species"
    return parents, species


def descendants(parents: array[int], path: Path) -> array[int]:
    """Count the taxa below each taxon.

    Parameters
    ----------
    parents
        At each taxon's place, its parent; 0 where there is no such taxon.
    path
        Named in the error.

    Raises
    ------
    InputError
        Following the parents runs in a circle.
    """
    size = len(parents)
    waiting = array("i", bytes(4 * size))
    for taxon, parent in enumerate(parents):
        if parent and parent != taxon and parent < size:
            waiting[parent] += 1
    counts = array("i", bytes(4 * size))
    ready = [t for t in range(size) if parents[t] and not waiting[t]]
    done = 0
    while ready:
        taxon = ready.pop()
        done += 1
        parent = parents[taxon]
        if parent == taxon or parent >= size:
            continue
        counts[parent] += counts[taxon] + 1
        waiting[parent] -= 1
        if not waiting[parent] and parents[parent]:
            ready.append(parent)
    total = sum(1 for parent in parents if parent)
    if done != total:
        reason = (
            f"nodes.dmp: {total - done:,} taxa are their own ancestors; a tree was "
            "expected: download it again."
        )
        raise InputError(reason, path=path)
    return counts


def _merged(path: Path) -> dict[int, list[int]]:
    """Return taxon → numbers that were merged into it, where the file is there."""
    merged: dict[int, list[int]] = {}
    for number, fields in _rows(path, "merged.dmp", needed=False):
        if len(fields) >= 2:
            new = _number(fields[1], path, number)
            merged.setdefault(new, []).append(_number(fields[0], path, number))
    return merged


def _number(text: str, path: Path, line: int) -> int:
    if text.isascii() and text.isdigit() and int(text[:12]) <= MAX_TAXON:
        return int(text)
    reason = f"{text[:40]!r} is no taxon number: check the file."
    raise InputError(reason, path=path, line=line)


def _rows(
    path: Path, member: str, *, needed: bool = True
) -> Iterator[tuple[int, list[str]]]:
    with _open(path, member, needed=needed) as stream:
        number = 0
        while stream is not None and (raw := stream.readline(MAX_LINE + 1)):
            number += 1
            if len(raw) > MAX_LINE:
                reason = f"{member}: a line is longer than {MAX_LINE:,} bytes."
                raise InputError(reason, path=path, line=number)
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                reason = f"{member}: this line is not UTF-8."
                raise InputError(reason, path=path, line=number) from error
            fields = line.rstrip("\r\n").removesuffix("\t|").split("\t|\t")
            yield number, [field.strip() for field in fields]


@contextmanager
def _open(path: Path, member: str, *, needed: bool) -> Iterator[IO[bytes] | None]:
    """Open a member of the archive, or a file beside ``names.dmp``; unpack nothing."""
    if ".tar" not in path.name:
        beside = path.with_name(member)
        if not beside.is_file():
            if needed:
                reason = f"{member} is missing beside it: unpack the whole taxdump."
                raise InputError(reason, path=path)
            yield None
            return
        with open_bounded(beside) as stream:
            yield stream
        return
    with open_bounded(path) as packed:
        try:
            with tarfile.open(fileobj=packed, mode="r|") as archive:
                for info in archive:
                    if info.isfile() and info.name.removeprefix("./") == member:
                        inside = archive.extractfile(info)
                        if inside is not None:
                            yield inside
                            return
        except tarfile.TarError as error:
            reason = f"This is no sound tar archive ({error}): download it again."
            raise InputError(reason, path=path) from error
    if needed:
        reason = f"{member} is not in this archive: expected NCBI's taxdump.tar.gz."
        raise InputError(reason, path=path)
    yield None
