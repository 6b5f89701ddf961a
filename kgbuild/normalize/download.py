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

from kgbuild.errors import ConfigError, KgbuildError, ResourceMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TIMEOUT_S = 60.0


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
    """

    name: str
    url: str
    file: str
    types: tuple[str, ...]
    format: str
    licence: str
    checksum: str | None = None


def offers(*, year: int | None = None) -> dict[str, Offer]:
    """Return the known files by name.

    Parameters
    ----------
    year
        Of releases that carry one in their name (MeSH); this year unless told.
    """
    year = year or dt.datetime.now(tz=dt.UTC).year
    found = {}
    for name, data in catalog()["files"].items():
        url = data["url"].replace("{year}", str(year))
        file = data.get("file", url.rpartition("/")[2]).replace("{year}", str(year))
        found[name] = Offer(
            name=name,
            url=url,
            file=file,
            types=tuple(data["type"].split(",")),
            format=data["format"],
            licence=data["licence"],
            checksum=data.get("checksum"),
        )
    return found


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
        Of releases that carry one in their name; this year unless told.
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
    got = []
    for name in names:
        offer = known[name]
        target = folder / offer.file
        if mirror is not None:
            _copy(Path(mirror) / offer.file, target)
        else:
            _fetch(offer, target, hosts=hosts or {})
        got.append(target)
    return got


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
    import httpx2
    import stamina

    url = _at(offer.url, hosts)
    note = target.with_name(f"{target.name}.source.json")
    if target.exists() and note.exists():
        return
    expected = None
    retry = stamina.retry(
        on=(httpx2.TransportError, _UnfinishedError), attempts=5, timeout=None
    )
    try:
        with httpx2.Client(follow_redirects=True, timeout=_TIMEOUT_S) as client:
            if offer.checksum is not None:
                text = _text(client, _at(offer.checksum, hosts))
                found = re.match(r"[0-9a-fA-F]{32}\b", text)
                expected = found.group().lower() if found else None
            facts = retry(_one_try)(client, url, target)
    except (httpx2.HTTPError, _UnfinishedError) as error:
        msg = f"{url} could not be fetched ({error}): try again, it goes on from here."
        raise DownloadError(msg) from error
    part = _part(target)
    if expected is not None and _md5(part) != expected:
        part.unlink()
        msg = f"{url} came with another checksum than announced: fetch it again."
        raise DownloadError(msg)
    if part.suffixes[-2:-1] == [".gz"] and not _starts_gzip(part):
        part.unlink()
        msg = f"{url} did not send a .gz file: the address may have changed."
        raise DownloadError(msg)
    part.replace(target)
    _state(target).unlink(missing_ok=True)
    note.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", "utf-8")


class _UnfinishedError(Exception):
    """The connection ended before the announced length, or the server is busy."""


def _one_try(client: Any, url: str, target: Path) -> dict[str, Any]:
    """Fetch the rest of a file into its part; return what the server said of it."""
    part, state = _part(target), _state(target)
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    known = _read_state(state)
    if have and known.get("url") == url and known.get("etag"):
        headers["Range"] = f"bytes={have}-"
        headers["If-Range"] = known["etag"]
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == 416:
            part.unlink(missing_ok=True)
            msg = "the part that was there does not fit any more"
            raise _UnfinishedError(msg)
        if answer.status_code == 429 or answer.status_code >= 500:
            msg = f"the server answers {answer.status_code}"
            raise _UnfinishedError(msg)
        if answer.status_code not in {200, 206}:
            msg = (
                f"{url} is not there (the server answers {answer.status_code}): name "
                "another year or host, or fetch the file yourself."
            )
            raise DownloadError(msg)
        going_on = answer.status_code == 206
        already = have if going_on else 0
        length = answer.headers.get("Content-Length")
        total = already + int(length) if length and length.isdigit() else None
        etag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        # A weak tag must not be used to go on from.
        etag = "" if etag.startswith("W/") else etag
        state.write_text(json.dumps({"url": url, "etag": etag}), "utf-8")
        _write(answer, part, already=already, total=total, name=target.name)
    size = part.stat().st_size
    if total is not None and size != total:
        msg = f"{size:,} of {total:,} bytes came"
        raise _UnfinishedError(msg)
    return {
        "url": url,
        "bytes": size,
        "last_modified": answer.headers.get("Last-Modified"),
        "fetched": dt.datetime.now(tz=dt.UTC).isoformat("T", "seconds"),
    }


def _write(
    answer: Any, part: Path, *, already: int, total: int | None, name: str
) -> None:
    import sys

    from tqdm.auto import tqdm

    quiet = not (sys.stderr.isatty() or "ipykernel" in sys.modules)
    with (
        part.open("ab" if already else "wb") as out,
        tqdm(
            desc=name, initial=already, total=total, unit="B", unit_scale=True,
            delay=2.0, disable=quiet,
        ) as bar,
    ):  # fmt: skip
        for chunk in answer.iter_raw():
            out.write(chunk)
            bar.update(len(chunk))


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


def _text(client: Any, url: str) -> str:
    answer = client.get(url)
    if answer.status_code != 200 or len(answer.content) > 10_000:
        msg = f"The checksum {url} is not there (answer {answer.status_code})."
        raise DownloadError(msg)
    return str(answer.text)


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _state(target: Path) -> Path:
    return target.with_name(f"{target.name}.part.json")


def _read_state(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


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
