"""Packages that import a name's module when the name is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's ``__getattr__``.

    Parameters
    ----------
    package
        Its name.
    homes
        Public name → module it lives in.
    """

    def get(name: str) -> Any:
        if name not in homes:
            msg = f"{package} has no {name!r}; it has {', '.join(sorted(homes))}."
            raise AttributeError(msg)
        return getattr(import_module(homes[name]), name)

    return get
