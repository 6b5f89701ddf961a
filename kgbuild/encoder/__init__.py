"""The small transformer that the tagger and the name encoder share."""

from __future__ import annotations

from kgbuild.encoder.token_types import N_TOKEN_TYPES, token_types

__all__ = ["N_TOKEN_TYPES", "token_types"]
