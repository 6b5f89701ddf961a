"""Warnings that point to the line of the user, however deep in kgbuild they arise."""

from __future__ import annotations

import sys
import warnings


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the nearest line that is not of kgbuild.

    Two warnings of one call that say the same are shown once, as Python does for one
    place.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back and _is_own(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level + 1)


def _is_own(module: str) -> bool:
    return module.partition(".")[0] == "kgbuild"
