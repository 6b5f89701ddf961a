"""An extractor's folder: ``relations.json``, tokenizer, encoder and head."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kgbuild._io.paths import model_folder
from kgbuild.errors import ConfigError, ResourceMissingError, above_0, from_0_to_1
from kgbuild.relations.tasks import TASKS

if TYPE_CHECKING:
    from pathlib import Path

CARD_FILE = "relations.json"
ENCODER_FILE, HEAD_FILE = "encoder.int8.onnx", "head.onnx"
FORMAT = 1
#: Name of the extractor that ships with the package.
DEFAULT = "relations-small"
#: What the head is given, in this order.
HEAD_INPUTS = (
    "hidden", "mention_tokens", "entity_mentions", "entity_types", "pairs", "places",
    "facts", "numbers",
)  # fmt: skip


def extractor_folder(source: Path | str | None) -> Path:
    """Return the folder of an extractor; see :func:`kgbuild._io.paths.model_folder`."""
    return model_folder(
        source, option="source", what="relation extractor", default=DEFAULT,
        card=CARD_FILE,
    )  # fmt: skip


def read_card(folder: Path) -> dict[str, Any]:
    """Read ``relations.json``.

    Raises
    ------
    ResourceMissingError
        It is missing, damaged, or of another release.
    """
    try:
        card: dict[str, Any] = json.loads((folder / CARD_FILE).read_text("utf-8"))
        tasks = {name: tuple(TASKS[name].predicates) for name in card["tasks"]}
        known = {name: tuple(values) for name, values in card["tasks"].items()}
        same = card["format"] == FORMAT and tasks == known
        from_0_to_1(**card.get("threshold", {}))
        above_0(**card.get("calibration", {}))
    except ConfigError as error:
        reason = str(error).removesuffix(".")
        msg = f"{folder / CARD_FILE}: {reason}: correct it, or export again."
        raise ResourceMissingError(msg) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{folder} holds no relation extractor: {CARD_FILE} is damaged."
        raise ResourceMissingError(msg) from error
    if not same:
        msg = (
            f"The relation extractor in {folder} has other predicates than this "
            "kgbuild knows: install the kgbuild that wrote it."
        )
        raise ResourceMissingError(msg)
    return card
