"""kgbuild: from biomedical literature to a knowledge graph."""

from __future__ import annotations

from kgbuild._version import __version__

__all__ = ["__version__"]
