"""An extractor's folder: ``relations.json``, tokenizer, encoder and head."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kgbuild.errors import ResourceMissingError
from kgbuild.relations.tasks import TASKS

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
_SHIPPED = Path(__file__).parents[1] / "models"


def extractor_folder(source: Path | str | None) -> Path:
    """Return the folder of an extractor: itself, or that of one that ships by its name.

    Raises
    ------
    ResourceMissingError
        There is neither.
    """
    source = DEFAULT if source is None else source
    for folder in (Path(source), _SHIPPED / str(source).lower()):
        if (folder / CARD_FILE).is_file():
            return folder
    names = sorted(p.parent.name for p in _SHIPPED.glob(f"*/{CARD_FILE}"))
    msg = (
        f"There is no relation extractor {str(source)!r}: expected a folder with "
        f"{CARD_FILE}, or one of the shipped names {', '.join(names) or '(none)'}."
    )
    raise ResourceMissingError(msg)


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
