"""Where files lie: what is bundled, and the user's cache, data and configuration."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from kgbuild.errors import ConfigError, ResourceMissingError

#: A path in settings that begins so lies in the package's own ``data/``.
BUNDLED = "bundled:"

_PACKAGE = Path(__file__).parents[1]


def user_cache() -> Path:
    """Return the folder of what can be fetched again.

    ``KGBUILD_CACHE``, or ``kgbuild`` in the user's cache folder.
    """
    named = os.environ.get("KGBUILD_CACHE")
    folder = named or platformdirs.user_cache_path("kgbuild", appauthor=False)
    return Path(folder).expanduser()


def user_data() -> Path:
    """Return the folder of what kgbuild installs for a user; it may not be there yet.

    ``KGBUILD_DATA``, or ``kgbuild`` in the user's data folder.

    Raises
    ------
    ConfigError
        It is a file.
    """
    named = os.environ.get("KGBUILD_DATA")
    folder = Path(named or platformdirs.user_data_path("kgbuild", appauthor=False))
    folder = folder.expanduser()
    if folder.is_file():
        msg = (
            f"{folder} is a file, not the folder of what is installed: name a folder "
            "with KGBUILD_DATA."
        )
        raise ConfigError(msg)
    return folder


def user_config() -> Path:
    """Return the path of the user's settings, which need not be there.

    ``KGBUILD_CONFIG``, or ``kgbuild/config.toml`` in the user's configuration folder.
    """
    named = os.environ.get("KGBUILD_CONFIG")
    folder = platformdirs.user_config_path("kgbuild", appauthor=False)
    return Path(named or folder / "config.toml").expanduser()


def data_path(name: str) -> Path:
    """Return the path of a file of ``data/``, for example ``"vocabulary/gene.tsv"``.

    Raises
    ------
    ResourceMissingError
        There is no such file in this installation.
    """
    return _find(name, installed="_data", checkout="data")


def pipeline_path(name: str) -> Path:
    """Return the path of a file of ``pipelines/``, for example ``"quickstart.toml"``.

    Raises
    ------
    ResourceMissingError
        There is no such file in this installation.
    """
    return _find(name, installed="_pipelines", checkout="pipelines")


def weights_path(source: Path | str) -> Path:
    """Return the folder of a tagger to fine-tune from.

    Parameters
    ----------
    source
        A folder, or the name of one under ``kgbuild/models`` of a checkout: what is
        installed lacks these weights, which are twice as large as all the rest.

    Raises
    ------
    ResourceMissingError
        There are no weights of that name or in that folder.
    """
    named = _PACKAGE / "models" / str(source).lower()
    for folder in (Path(source), named):
        if (folder / "model.safetensors").is_file():
            return folder
    there = sorted(p.parent.name for p in named.parent.glob("*/model.safetensors"))
    what = "is no folder"
    if named.is_dir() or Path(source).is_dir():
        what = "ships in int8, for use alone" if named.is_dir() else "holds none"
    msg = (
        f"There are no weights to train on in {str(source)!r}, which {what}: expected "
        "a folder with model.safetensors, as `kgbuild train` and `kgbuild export "
        "--half` write it, or one under kgbuild/models of a checkout "
        f"({', '.join(there) or 'this installation has none'})."
    )
    raise ResourceMissingError(msg)


def _find(name: str, *, installed: str, checkout: str) -> Path:
    for folder in (_PACKAGE / installed, _PACKAGE.parent / checkout):
        if (folder / name).exists():
            return folder / name
    msg = f"The bundled file {name!r} is missing: reinstall kgbuild."
    raise ResourceMissingError(msg)
