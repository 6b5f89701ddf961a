"""Where files lie: what is bundled, and the user's cache, data and configuration."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from kgbuild.errors import ConfigError, ResourceMissingError

#: A path in settings that begins so lies in the package's own ``data/``.
BUNDLED = "bundled:"

_PACKAGE = Path(__file__).parents[1]
#: The models that ship, a folder each.
_MODELS = _PACKAGE / "models"


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


def checked_place(
    option: str, place: object, *, what: str = "a folder or a name"
) -> Path:
    """Return the path of a place that a user names.

    Parameters
    ----------
    option
        That names it.
    place
        The path, or a text.
    what
        What it must name.

    Raises
    ------
    ConfigError
        It is neither a path nor a text, or an empty one.
    """
    if not isinstance(place, str | os.PathLike) or not str(place):
        kind = type(place).__name__
        got = repr(place) if place == "" else f"{kind} {place!r:.60}"
        msg = f"{option} must be {what}, a Path or a text. Got {got}."
        raise ConfigError(msg)
    return Path(place)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; no path can be too long to ask."""
    try:
        return path.is_dir()
    except OSError:
        return False


def shipped_model(name: Path | str) -> Path | None:
    """Return the folder of a model that ships, by its name in any case."""
    bare = len(Path(name).parts) == 1 and "/" not in str(name)
    folder = _MODELS / str(name).lower()
    return folder if bare and is_folder(folder) else None


def shipped_models(file: str) -> list[Path]:
    """Return the folders of those models that ship which have a file, by name."""
    return sorted(path.parent for path in _MODELS.glob(f"*/{file}"))


def model_folder(
    source: Path | str | None, *, option: str, what: str, default: str, card: str
) -> Path:
    """Return the folder of a model: itself, or that of one that ships by its name.

    Parameters
    ----------
    source
        A folder or a name; the default one where it is ``None``.
    option
        That it was given by.
    what
        Kind of model.
    default
        Name of the one that ships.
    card
        File that every such folder has.

    Raises
    ------
    ConfigError
        ``source`` is no folder and no name.
    ResourceMissingError
        There is no such model.
    """
    source = checked_place(option, default if source is None else source)
    shipped = shipped_model(source)
    for folder in (source, shipped):
        if folder is not None and is_file(folder / card):
            return folder
    names = ", ".join(folder.name for folder in shipped_models(card))
    why = "is a file" if is_file(source) else ""
    if is_folder(source):
        why = f"is a folder without {card}"
    msg = (
        f"There is no {what} {str(source)!r}"
        f"{f', which {why}' if why else ''}: expected a folder with {card}, or one "
        f"of the shipped names {names or '(none in this installation)'}."
    )
    raise ResourceMissingError(msg)


def is_file(path: Path | str) -> bool:
    """Tell whether there is such a file; no file has a name that is too long."""
    try:
        return Path(path).is_file()
    except OSError:
        return False


def weights_path(source: Path | str) -> Path:
    """Return the folder of a tagger to fine-tune from.

    Parameters
    ----------
    source
        A folder, or the name of one under ``kgbuild/models`` of a checkout: what is
        installed lacks these weights, which are twice as large as all the rest.

    Raises
    ------
    ConfigError
        ``source`` is no folder and no name.
    ResourceMissingError
        There are no weights of that name or in that folder.
    """
    source = checked_place("The tagger to start from", source)
    named = shipped_model(source)
    for folder in (source, named):
        if folder is not None and is_file(folder / "model.safetensors"):
            return folder
    there = [folder.name for folder in shipped_models("model.safetensors")]
    what = "is a file" if is_file(source) else "is no folder"
    if named is not None or is_folder(source):
        what = "ships in int8, for use alone" if named is not None else "holds none"
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
