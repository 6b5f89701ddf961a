"""The frameworks there are, by the name that recipes and ``tagger.json`` write."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from kgbuild.errors import one_of

if TYPE_CHECKING:
    from kgbuild.ner.framework import Framework

#: Name → module with an object ``FRAMEWORK``, imported when it is asked for.
FRAMEWORKS = {
    "aio": "kgbuild.ner.aio.framework",
    "mrc": "kgbuild.ner.mrc.framework",
}


def framework_of(name: str) -> Framework:
    """Return a framework.

    Raises
    ------
    ConfigError
        There is none of that name.
    """
    one_of("framework", name, FRAMEWORKS)
    framework: Framework = import_module(FRAMEWORKS[name]).FRAMEWORK
    return framework
