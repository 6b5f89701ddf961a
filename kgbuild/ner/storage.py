"""A tagger's folder: ``tagger.json``, tokenizer, weights, and what decoding needs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.files import write_atomically
from kgbuild._io.warn import warn_user
from kgbuild.encoder.files import TOKENIZER_FILE, WEIGHTS_FILE, load_tokenizer
from kgbuild.entity_types import names_for
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.ner.frameworks import framework_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from tokenizers import Tokenizer

    from kgbuild.ner.framework import Framework

CARD_FILE = "tagger.json"
#: File of the weights, by precision; the first that a folder has is used.
ONNX_FILES = {"int8": "model.int8.onnx", "fp32": "model.fp32.onnx"}
#: Name of the tagger that is used where none is named.
DEFAULT = "aio-small"
#: Asks for all types that a tagger knows.
EVERY = "all"
_SHIPPED = Path(__file__).parents[1] / "models"


def tagger_folder(source: Path | str | None) -> Path:
    """Return the folder of a tagger: itself, or that of one that ships by its name.

    Raises
    ------
    ResourceMissingError
        There is neither.
    """
    source = DEFAULT if source is None else source
    folder = Path(source)
    if folder.is_dir():
        return folder
    shipped = _SHIPPED / str(source).lower()
    if "/" not in str(source) and shipped.is_dir():
        return shipped
    names = sorted(p.parent.name for p in _SHIPPED.glob(f"*/{CARD_FILE}"))
    msg = (
        f"There is no tagger {str(source)!r}: expected a folder with {CARD_FILE}, or "
        f"one of the shipped names {', '.join(names) or '(none in this installation)'}."
    )
    raise ResourceMissingError(msg)


def onnx_file_of(folder: Path) -> Path | None:
    """Return the ONNX weights of a tagger's folder, those in int8 first."""
    files = (folder / name for name in ONNX_FILES.values())
    return next((file for file in files if file.is_file()), None)


@dataclass(frozen=True, slots=True)
class TaggerSummary:
    """What a tagger's folder says of it.

    Attributes
    ----------
    name
        As ``load_tagger`` takes it.
    types
        That it recognizes.
    megabytes
        Of its weights.
    measured
        Sentences of its ``tagger.json``: how good, how fast.
    """

    name: str
    types: tuple[str, ...]
    megabytes: float
    measured: tuple[str, ...]


def shipped_taggers() -> list[TaggerSummary]:
    """Return the taggers that ship: the default one, then the others by name."""
    found = []
    for file in sorted(_SHIPPED.glob(f"*/{CARD_FILE}")):
        card, _ = read_card(file.parent)
        types = dict.fromkeys(t for of in card["tasks"].values() for t in of)
        weights = onnx_file_of(file.parent)
        size = 0 if weights is None else weights.stat().st_size
        measured = tuple(map(str, card.get("measured", ())))
        found.append(
            TaggerSummary(file.parent.name, tuple(types), size / 1e6, measured)
        )
    return sorted(found, key=lambda tagger: tagger.name != DEFAULT)


def known_as(entity_type: str, known: Collection[str]) -> str:
    """Return what those who know some types call a type; itself where none does.

    Warns where they do not tell the type from the wider one that it lies within.

    Examples
    --------
    >>> known_as("organ", ["Anatomy", "Organ"]), known_as("cell line", ["CellLine"])
    ('Organ', 'CellLine')
    """
    own, usual, wider = names_for(entity_type)
    if own in known or usual in known:
        return own if own in known else usual
    if wider in known:
        warn_user(
            f"{usual} is not told from other {wider} here: all mentions of {wider} are "
            "the answer. `kgbuild taggers` lists who knows which types."
        )
        return wider
    return entity_type


def read_card(folder: Path) -> tuple[dict[str, Any], Framework]:
    """Read ``tagger.json``; return it and the framework that it names.

    Raises
    ------
    ResourceMissingError
        It is missing, damaged, or of another release.
    """
    try:
        card: dict[str, Any] = json.loads((folder / CARD_FILE).read_text("utf-8"))
        version, name = card["format"], str(card.get("framework", "aio"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{folder} holds no tagger: its {CARD_FILE} is missing or damaged."
        raise ResourceMissingError(msg) from error
    framework = framework_of(name)
    if version not in framework.formats:
        msg = (
            f"The tagger in {folder} has the format {version!r}; this kgbuild reads "
            f"{' and '.join(map(str, framework.formats))}: install the kgbuild that "
            "wrote it."
        )
        raise ResourceMissingError(msg)
    return card, framework


def threshold_of(card: Mapping[str, Any], folder: Path) -> float | dict[str, float]:
    """Return the threshold of a ``tagger.json``: one number, or a table of them.

    Raises
    ------
    ResourceMissingError
        It is neither.
    """
    stated = card.get("threshold", 0.0)
    try:
        if isinstance(stated, dict):
            return {str(task): float(value) for task, value in stated.items()}
        return float(stated)
    except (TypeError, ValueError) as error:
        msg = (
            f"The threshold {stated!r} in {folder / CARD_FILE} is no number and no "
            "table of numbers: export the tagger again, or correct the file."
        )
        raise ResourceMissingError(msg) from error


def checked_threshold(
    threshold: Any, tasks: Mapping[str, Collection[str]]
) -> float | dict[str, float]:
    """Return a threshold of scores, or a table of them.

    Raises
    ------
    ConfigError
        It is neither, a number is not from 0 to 1, or a key of the table names no task,
        no type of one, and not the ``others``.
    """
    table = dict(threshold) if isinstance(threshold, Mapping) else {"": threshold}
    known = {"others", *tasks, *(f"{t}.{kind}" for t in tasks for kind in tasks[t])}
    for key, value in table.items():
        name = f"threshold[{key!r}]" if key else "threshold"
        if key and key not in known:
            msg = f"{name} is of no task: name one of the tagger's ({', '.join(tasks)})"
            msg += ', a type of one ("ALL.Gene"), or the others.'
            raise ConfigError(msg)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and 0 <= value <= 1):
            msg = f"{name} must be a number from 0 to 1. Got {value!r}."
            raise ConfigError(msg)
    return table if isinstance(threshold, Mapping) else threshold


def write_description(
    network: Any, tokenizer: Tokenizer, folder: Path, *, card: Mapping[str, Any]
) -> None:
    """Write everything but the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    for name, values in network.arrays().items():
        packed = io.BytesIO()
        np.save(packed, values, allow_pickle=False)
        with write_atomically(folder / name) as stream:
            stream.write(packed.getvalue())
    whole = {**card, **network.description()}
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    with write_atomically(folder / CARD_FILE) as stream:
        stream.write(text.encode())


def save_tagger(
    network: Any, tokenizer: Tokenizer, folder: Path, *, card: Mapping[str, Any]
) -> None:
    """Write a tagger to train on, to export or to run by torch."""
    from kgbuild.encoder.backbone import save_network

    folder.mkdir(parents=True, exist_ok=True)
    save_network(network, tokenizer, folder)
    write_description(network, tokenizer, folder, card=card)


def load_network(folder: Path) -> tuple[Any, Tokenizer, dict[str, Any]]:
    """Load what :func:`save_tagger` wrote: network, tokenizer, ``tagger.json``.

    Raises
    ------
    ResourceMissingError
        The folder holds no weights of a tagger.
    """
    from kgbuild.encoder import backbone

    card, framework = read_card(folder)
    if not (folder / WEIGHTS_FILE).is_file():
        msg = (
            f"{folder} has no weights for torch: expected {WEIGHTS_FILE}, as "
            "`kgbuild train` and `kgbuild export --half` write it."
        )
        raise ResourceMissingError(msg)
    network = framework.empty_network(backbone.empty_encoder(folder), card)
    backbone.fill_network(network, folder)
    return network, load_tokenizer(folder), card
