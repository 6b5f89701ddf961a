"""Where the files of ``data/`` and ``pipelines/`` lie."""

from __future__ import annotations

from pathlib import Path

from kgbuild.errors import ResourceMissingError

_PACKAGE = Path(__file__).parent


def data_path(name: str) -> Path:
    """Return the path of a file of ``data/``.

    Parameters
    ----------
    name
        Relative to ``data/``, for example ``"vocabulary/gene.tsv"``.

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


def _find(name: str, *, installed: str, checkout: str) -> Path:
    for folder in (_PACKAGE / installed, _PACKAGE.parent / checkout):
        if (folder / name).exists():
            return folder / name
    msg = f"The bundled file {name!r} is missing: reinstall kgbuild."
    raise ResourceMissingError(msg)
