"""The files of an encoder that can be read without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

WEIGHTS_FILE, TOKENIZER_FILE = "model.safetensors", "tokenizer.json"


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load a folder's tokenizer; it neither pads nor cuts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
