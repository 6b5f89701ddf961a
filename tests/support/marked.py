"""Sentences in which [A] and [B] mark two mentions."""

from __future__ import annotations

import re


def marked(line: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without brackets, and where the names in them stand."""
    text, spans = "", []
    for piece in re.findall(r"\[.*?\]|[^\[\]]+", line):
        name = piece.strip("[]") if piece[0] == "[" else piece
        if piece[0] == "[":
            spans.append((len(text), len(text) + len(name)))
        text += name
    return text, spans
