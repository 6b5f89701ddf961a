"""Errors of configuration files, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


def describe(error: ValidationError) -> str:
    """Put a pydantic error into one sentence that names every wrong key."""
    parts = []
    for item in error.errors(include_url=False):
        where = ".".join(str(p) for p in item["loc"]) or "the file"
        if item["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
            parts.append(f"{where} is not a known key")
        else:
            text = item["msg"][0].lower() + item["msg"][1:]
            got = (
                "" if item["type"].startswith("missing") else f", got {item['input']!r}"
            )
            parts.append(f"{where}: {text}{got}")
    return "; ".join(parts) + "."
