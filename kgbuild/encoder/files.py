"""The files of an encoder that can be read without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild._io.surrogates import without_halves

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Encoding, Tokenizer

WEIGHTS_FILE, TOKENIZER_FILE = "model.safetensors", "tokenizer.json"


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load a folder's tokenizer; it neither pads nor cuts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode(tokenizer: Tokenizer, text: str) -> Encoding:
    """Cut a text into word pieces, whatever is in it; special tokens are left out."""
    return tokenizer.encode(without_halves(text), add_special_tokens=False)
