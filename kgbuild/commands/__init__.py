"""The commands of ``kgbuild``, one group a module with a ``register`` function."""

from __future__ import annotations
