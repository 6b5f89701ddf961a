"""A tagger's folder: ``tagger.json``, tokenizer, weights, and what decoding needs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.files import write_atomically
from kgbuild._io.paths import model_folder, shipped_models
from kgbuild._io.warn import warn_user
from kgbuild.encoder.files import TOKENIZER_FILE, WEIGHTS_FILE, load_tokenizer
from kgbuild.entity_types import names_for
from kgbuild.errors import ConfigError, ResourceMissingError, from_0_to_1, whole_number
from kgbuild.ner.frameworks import framework_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tokenizers import Tokenizer

    from kgbuild.ner.framework import Framework

CARD_FILE = "tagger.json"
#: File of the weights, by precision; the first that a folder has is used.
ONNX_FILES = {"int8": "model.int8.onnx", "fp32": "model.fp32.onnx"}
#: Name of the tagger that is used where none is named.
DEFAULT = "aio-small"
#: Asks for all types that a tagger knows.
EVERY = "all"


def tagger_folder(source: Path | str | None) -> Path:
    """Return the folder of a tagger; see :func:`kgbuild._io.paths.model_folder`."""
    return model_folder(
        source, option="tagger", what="tagger", default=DEFAULT, card=CARD_FILE
    )


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
    for folder in shipped_models(CARD_FILE):
        card, _ = read_card(folder)
        types = dict.fromkeys(t for of in card["tasks"].values() for t in of)
        weights = onnx_file_of(folder)
        size = 0 if weights is None else weights.stat().st_size
        measured = tuple(map(str, card.get("measured", ())))
        found.append(TaggerSummary(folder.name, tuple(types), size / 1e6, measured))
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
        It is neither, a number is not from 0 to 1, or a key is of no task.
    """
    tasks = card.get("tasks", {})
    try:
        return checked_threshold(card.get("threshold", 0.0), tasks)
    except ConfigError as error:
        raise damaged(folder / CARD_FILE, error) from error


def size_in(
    card: Mapping[str, Any], key: str, folder: Path, *, least: int, default: int
) -> int:
    """Return a whole number of a ``tagger.json``.

    Raises
    ------
    ResourceMissingError
        It is none, or below a bound.
    """
    value: int = card.get(key, default)
    try:
        whole_number(least, **{key: value})
    except ConfigError as error:
        raise damaged(folder / CARD_FILE, error) from error
    return value


def damaged(file: Path, error: ConfigError) -> ResourceMissingError:
    """Make an error of what is wrong with a model's file."""
    reason = str(error).removesuffix(".")
    return ResourceMissingError(f"{file}: {reason}: correct it, or export again.")


def checked_scores(threshold: Any) -> float | dict[str, float]:
    """Return a threshold of scores, or a table of them.

    Raises
    ------
    ConfigError
        A number is not from 0 to 1.
    """
    if not isinstance(threshold, Mapping):
        from_0_to_1(threshold=threshold)
        return float(threshold)
    from_0_to_1(**{f"threshold[{key!r}]": value for key, value in threshold.items()})
    return dict(threshold)


def checked_threshold(
    threshold: Any, tasks: Mapping[str, Collection[str]]
) -> float | dict[str, float]:
    """Return what :func:`checked_scores` does, for a tagger of these tasks.

    Raises
    ------
    ConfigError
        A key of the table names no task, no type of one, and not the ``others``.
    """
    scores = checked_scores(threshold)
    known = {"others", *tasks, *(f"{t}.{kind}" for t in tasks for kind in tasks[t])}
    for key in scores if isinstance(scores, dict) else ():
        if key not in known:
            msg = (
                f"threshold[{key!r}] is of no task: name one of the tagger's "
                f'({", ".join(tasks)}), a type of one ("ALL.Gene"), or the others.'
            )
            raise ConfigError(msg)
    return scores


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
