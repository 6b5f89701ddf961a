"""Recognition of entities by one AIO-tagged single-head tagger."""

from __future__ import annotations
