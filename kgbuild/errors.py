"""Exceptions that kgbuild raises on purpose, and the checks of options.

Every message is one sentence that names the value, what was expected and the fix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


#: Exit codes of the command line: all went well; some documents failed; nothing was
#: done, bad input.
OK, SOME_FAILED, BAD_INPUT = 0, 1, 2


class KgbuildError(Exception):
    """Root of all errors that kgbuild raises on purpose."""


class ConfigError(KgbuildError):
    """A setting, an option or a run configuration is wrong."""


class InputError(KgbuildError):
    """Input cannot be read as what it claims to be.

    Parameters
    ----------
    reason
        One sentence: what is wrong, what was expected, how to mend it.
    path
        The file, where there is one.
    line
        1-based line number in the (decompressed) file, where it is known.
    """

    def __init__(
        self, reason: str, *, path: Path | str | None = None, line: int | None = None
    ) -> None:
        self.reason = reason
        self.path = None if path is None else str(path)
        self.line = line
        where = "" if self.path is None else self.path
        if line is not None:
            where += f", line {line}" if where else f"line {line}"
        super().__init__(f"{where}: {reason}" if where else reason)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the keyword arguments when the error crosses a process border."""
        kind = partial(type(self), path=self.path, line=self.line)
        return (kind, (self.reason,))


class ValidationError(KgbuildError):
    """A document, mention or table breaks an invariant of the data model."""


class ResourceMissingError(KgbuildError):
    """A model, a vocabulary or another file that a stage needs is not there."""


class NotFoundError(KgbuildError, KeyError):
    """There is no such concept, document or association."""

    def __str__(self) -> str:
        """Return the sentence itself; a ``KeyError`` would show it quoted."""
        return str(self.args[0])


class EntrezError(KgbuildError):
    """NCBI's E-utilities refuse a request, or give no sound answer to it."""


class ShortfallError(EntrezError):
    """A query's result cannot be had whole.

    Parameters
    ----------
    reason
        One sentence: how many there are, how many were had, what can be done.
    expected, received
        The two numbers.
    """

    def __init__(self, reason: str, *, expected: int, received: int) -> None:
        self.reason, self.expected, self.received = reason, expected, received
        super().__init__(reason)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the keyword arguments when the error crosses a process border."""
        kind = partial(type(self), expected=self.expected, received=self.received)
        return (kind, (self.reason,))


class MissingExtraError(KgbuildError, ImportError):
    """An optional part of kgbuild is used and its packages are not installed."""

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(
            f"This needs the package {package!r}, which is not installed. "
            f"Install the extra: pip install 'kgbuild[{extra}]'"
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the two arguments, not from the message."""
        return (type(self), (self.package, self.extra))


def required(module: str, *, extra: str) -> Any:
    """Return a module of a package that an extra brings.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(module.partition(".")[0], extra) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFailure:
    """Why one document did not get through one stage.

    Attributes
    ----------
    document_id
        Id of the document, or ``None`` where it could not even be read.
    stage
        ``"read"``, or the name of a stage.
    reason
        One sentence.
    path, line
        Where the document stands, as far as it is known.
    """

    document_id: str | None
    stage: str
    reason: str
    path: str | None = None
    line: int | None = None


def at_least(least: float, **options: float) -> None:
    """Refuse options below a bound.

    Raises
    ------
    ConfigError
        The first that is.
    """
    for name, value in options.items():
        if not _is_number(value) or not value >= least:
            msg = f"{name} must be at least {least}. Got {value!r}."
            raise ConfigError(msg)


def whole_number(least: int, **options: int) -> None:
    """Refuse options that are no whole number, or one below a bound.

    Raises
    ------
    ConfigError
        The first that is.

    Examples
    --------
    >>> whole_number(1, threads=1.5)
    Traceback (most recent call last):
    kgbuild.errors.ConfigError: threads must be a whole number, at least 1. Got 1.5.
    """
    for name, value in options.items():
        if not _is_number(value, Integral) or value < least:
            msg = f"{name} must be a whole number, at least {least}. Got {value!r}."
            raise ConfigError(msg)


def above_0(**options: float) -> None:
    """Refuse options that are not above 0, or endless.

    Raises
    ------
    ConfigError
        The first that is.
    """
    for name, value in options.items():
        if not _is_number(value) or not 0 < value < math.inf:
            msg = f"{name} must be a number above 0. Got {value!r}."
            raise ConfigError(msg)


def number_from_0(**options: float) -> None:
    """Refuse options that are below 0, or endless.

    Raises
    ------
    ConfigError
        The first that is.
    """
    for name, value in options.items():
        if not _is_number(value) or not 0 <= value < math.inf:
            msg = f"{name} must be a number from 0 on. Got {value!r}."
            raise ConfigError(msg)


def from_0_to_1(**options: float) -> None:
    """Refuse options that are no share, score or probability.

    Raises
    ------
    ConfigError
        The first that is.

    Examples
    --------
    >>> from_0_to_1(threshold=2)
    Traceback (most recent call last):
    kgbuild.errors.ConfigError: threshold must be a number from 0 to 1. Got 2.
    """
    for name, value in options.items():
        if not _is_number(value) or not 0 <= value <= 1:
            msg = f"{name} must be a number from 0 to 1. Got {value!r}."
            raise ConfigError(msg)


def _is_number(value: object, kind: type = Real) -> bool:
    """Whether it is a number, NumPy's too; yes and no are none."""
    return isinstance(value, kind) and not isinstance(value, bool)


def one_of(option: str, value: object, allowed: Iterable[str]) -> None:
    """Refuse a value that an option cannot have.

    Raises
    ------
    ConfigError
        It is not among those allowed.
    """
    allowed = tuple(allowed)
    if value not in allowed:
        msg = f"The option {option} must be one of {', '.join(allowed)}. Got {value!r}."
        raise ConfigError(msg)
