"""Where bundled files and the user's own data lie."""

from __future__ import annotations

import os
from pathlib import Path

from kgbuild.errors import ResourceMissingError

_PACKAGE = Path(__file__).parents[1]


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
    named = _PACKAGE / "models" / str(source)
    for folder in (Path(source), named):
        if (folder / "model.safetensors").is_file():
            return folder
    msg = (
        f"{str(source)!r} has no weights to train on from: expected a folder with "
        "model.safetensors, as `kgbuild train` and `kgbuild export --half` write it, "
        "or the name of one under kgbuild/models of a checkout."
    )
    raise ResourceMissingError(msg)


def user_data() -> Path:
    """Return the folder of what kgbuild installs for a user.

    The environment variable ``KGBUILD_DATA`` names another than the platform's own. It
    may not be there yet.
    """
    named = os.environ.get("KGBUILD_DATA")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("kgbuild", appauthor=False)


def _find(name: str, *, installed: str, checkout: str) -> Path:
    for folder in (_PACKAGE / installed, _PACKAGE.parent / checkout):
        if (folder / name).exists():
            return folder / name
    msg = f"The bundled file {name!r} is missing: reinstall kgbuild."
    raise ResourceMissingError(msg)
