"""Fetching the official vocabulary files: resumable, checked, from any host.

Nothing else in :mod:`kgbuild.normalize` reaches the network.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kgbuild._io import http
from kgbuild.errors import ConfigError, KgbuildError, ResourceMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class DownloadError(KgbuildError):
    """A file could not be fetched, or what came is not what was announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An official vocabulary file.

    Attributes
    ----------
    name
        As the user names it, for example ``"ctd-diseases"``.
    url
        Where its publisher offers it.
    file
        What it is called here.
    types
        Entity types it is compiled for.
    format
        See :data:`kgbuild.normalize.sources.FORMATS`.
    licence
        Its publisher's terms, in a word.
    checksum
        Where its MD5 is, or ``None``.
    under
        Root of the terms that are taken, or empty.
    """

    name: str
    url: str
    file: str
    types: tuple[str, ...]
    format: str
    licence: str
    checksum: str | None = None
    under: str = ""


def offers(*, year: int | None = None) -> dict[str, Offer]:
    """Return the known files by name.

    Parameters
    ----------
    year
        Of releases that carry one in their name (MeSH); this year by default.
    """
    year = year or dt.datetime.now(tz=dt.UTC).year
    known = {}
    for name, data in catalog()["files"].items():
        url = data["url"].replace("{year}", str(year))
        file = data.get("file", url.rpartition("/")[2]).replace("{year}", str(year))
        known[name] = Offer(
            name=name,
            url=url,
            file=file,
            types=tuple(data["type"].split(",")),
            format=data["format"],
            licence=data["licence"],
            checksum=data.get("checksum"),
            under=data.get("under", ""),
        )
    return known


def download(
    names: Sequence[str],
    *,
    output: Path | str,
    year: int | None = None,
    hosts: Mapping[str, str] | None = None,
    mirror: Path | str | None = None,
) -> list[Path]:
    """Fetch official vocabulary files.

    A file that is already whole is not fetched again; one that was cut off goes on
    where it stopped, if the server still has the same one.

    Parameters
    ----------
    names
        Keys of :func:`offers`.
    output
        Folder to write to.
    year
        Of releases that carry one in their name; this year by default.
    hosts
        Host → base address of a mirror that has the same paths, for example
        ``{"ftp.ncbi.nlm.nih.gov": "https://mirror.example.org/ncbi"}``.
    mirror
        A folder that has the files; then nothing reaches the network.

    Returns
    -------
    list of Path
        The files, in the order of ``names``.

    Raises
    ------
    ConfigError
        There is no file of that name.
    ResourceMissingError
        The mirror folder lacks a file.
    DownloadError
        The server refuses, or what came is not what was announced.
    """
    known = offers(year=year)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        what = repr(unknown[0]) if unknown else "none"
        msg = f"names must be of {', '.join(known)}. Got {what} instead."
        raise ConfigError(msg)
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    targets = []
    for name in names:
        offer = known[name]
        target = folder / offer.file
        if mirror is not None:
            _copy(Path(mirror) / offer.file, target)
        else:
            _fetch(offer, target, hosts=hosts or {})
        targets.append(target)
    return targets


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        msg = f"The mirror folder has no {source.name}: put the file into {source}."
        raise ResourceMissingError(msg)
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _fetch(offer: Offer, target: Path, *, hosts: Mapping[str, str]) -> None:
    url = _at(offer.url, hosts)
    note = target.with_name(f"{target.name}.source.json")
    if target.exists() and note.exists():
        return
    part = target.with_name(f"{target.name}.part")
    try:
        with http.client() as client:
            expected = None
            if offer.checksum is not None:
                text = http.get_text(_at(offer.checksum, hosts), client=client)
                stated = re.match(r"[0-9a-fA-F]{32}\b", text)
                expected = stated.group().lower() if stated else None
            source = http.download(url, part, client=client)
    except http.AnswerError as error:
        advice = (
            "name another year or host, or fetch the file yourself"
            if error.final
            else "try again, it goes on from here"
        )
        msg = f"{url} could not be fetched ({error.reason}): {advice}."
        raise DownloadError(msg) from error
    fault = None
    if expected is not None and _md5(part) != expected:
        fault = "came with another checksum than announced: fetch it again"
    elif target.suffix == ".gz" and not _starts_gzip(part):
        fault = "did not send a .gz file: the address may have changed"
    if fault is not None:
        part.unlink()
        msg = f"{url} {fault}."
        raise DownloadError(msg)
    part.replace(target)
    note.write_text(json.dumps(source, indent=1, sort_keys=True) + "\n", "utf-8")


def _at(url: str, hosts: Mapping[str, str]) -> str:
    """Return the address with its host replaced, where the user named another."""
    parts = urlsplit(url)
    base = hosts.get(parts.netloc)
    if base is None:
        return url
    if urlsplit(base).scheme not in {"http", "https"}:
        msg = f"A host must be an http or https address. Got {base!r} instead."
        raise ConfigError(msg)
    return base.rstrip("/") + parts.path


def _md5(path: Path) -> str:
    # MD5 is what the publishers offer; it guards against accidents, not attackers.
    with path.open("rb") as stream:
        return hashlib.file_digest(
            stream, lambda: hashlib.md5(usedforsecurity=False)
        ).hexdigest()


def _starts_gzip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


@cache
def catalog() -> dict[str, Any]:
    """Return what ``downloads.toml`` lists: files, packages, tables and their order."""
    text = (files("kgbuild.normalize") / "downloads.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
