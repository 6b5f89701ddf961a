"""What users pass as options: one value or several, and names that must be known."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePath
from typing import Any

from kgbuild.entity_types import asked_type, canonical_type, entity_types
from kgbuild.errors import ConfigError


def listed(option: str, value: Any, *, kinds: tuple[type, ...] = (str,)) -> list[Any]:
    """Return several values as a list, and one as a list of one.

    Raises
    ------
    ConfigError
        There is none, or one is of another kind.

    Examples
    --------
    >>> listed("types", "Gene"), listed("types", ("Gene", "Disease"))
    (['Gene'], ['Gene', 'Disease'])
    """
    alone = isinstance(value, (str, PurePath, Mapping, *kinds))
    values = list(value) if isinstance(value, Iterable) and not alone else [value]
    strange = [v for v in values if not isinstance(v, kinds) or v == ""]
    if strange or not values:
        got = repr(strange[0]) if strange else "none at all"
        wanted = " or ".join(kind.__name__ for kind in kinds)
        msg = f"The option {option} must be {wanted}, one or a list. Got {got}."
        raise ConfigError(msg)
    return values


def names_in(option: str, value: Any, *, kinds: tuple[type, ...] = (str,)) -> list[Any]:
    """Return names as :func:`listed` does; a single text may have several, with commas.

    Examples
    --------
    >>> names_in("types", "Gene, Disease"), names_in("types", ["Gene"])
    (['Gene', 'Disease'], ['Gene'])
    """
    if isinstance(value, str):
        value = split_at_commas(value) or value
    return listed(option, value, kinds=kinds)


def known(
    option: str, values: Iterable[str], names: Collection[str], *, hint: str = ""
) -> None:
    """Refuse values that are none of the names, with the nearest of these.

    Examples
    --------
    >>> known("types", ["Gen"], ["Disease", "Gene"])
    Traceback (most recent call last):
    kgbuild.errors.ConfigError: The option types must be among Disease, Gene. Got \
'Gen': did you mean 'Gene'?
    """
    for value in values:
        if value not in names:
            msg = (
                f"The option {option} must be among {', '.join(names)}{hint}. "
                f"Got {value!r}{did_you_mean(value, names) or '.'}"
            )
            raise ConfigError(msg)


def did_you_mean(value: str, names: Iterable[str]) -> str:
    """Return ``": did you mean …?"`` with the nearest of the names, or nothing.

    Several with commas between them, as the command line has them, are a list here.

    Examples
    --------
    >>> did_you_mean("Genes", ["Disease", "Gene"]), did_you_mean("Fruit", ["Gene"])
    (": did you mean 'Gene'?", '')
    >>> did_you_mean("Gene,Disease", ["Disease", "Gene"])
    ": give several as a list, ['Gene', 'Disease']."
    """
    if len(parts := split_at_commas(value)) > 1:
        return f": give several as a list, {[*parts]!r}."
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(value.casefold(), folded, n=1)
    return f": did you mean {folded[near[0]]!r}?" if near else ""


def split_at_commas(text: str) -> tuple[str, ...]:
    """Return what a command line or an address lists with commas.

    Examples
    --------
    >>> split_at_commas("Gene, Disease,")
    ('Gene', 'Disease')
    """
    return tuple(part.strip() for part in text.split(",") if part.strip())


def known_types(
    option: str, values: Any, *, also: Iterable[str] = (), exact: bool = False
) -> list[str]:
    """Return entity types by the names that they have here; refuse unknown ones.

    A narrower type that is not here is the wider one that is: an organ, anatomy.

    Parameters
    ----------
    option
        Its name.
    values
        One type or several; a text may have them with commas.
    also
        Types that are here; known are those of :func:`entity_types`, too.
    exact
        Refuse a narrower type that is not here, where the wider one is.

    Examples
    --------
    >>> known_types("types", "cell line"), known_types("types", "X", also=["X"])
    (['CellLine'], ['X'])
    """
    own = dict.fromkeys(map(str, also))
    types = [v if v in own else asked_type(v) for v in names_in(option, values)]
    known(option, types, {**dict.fromkeys(entity_types()), **own})
    wider = {t: canonical_type(t) for t in types if t not in own}
    wider = {kind: wide for kind, wide in wider.items() if wide in own and wide != kind}
    for kind, wide in wider.items() if exact else ():
        msg = (
            f"Nothing is of the type {kind!r} of the option {option}, which is called "
            f"{wide!r} here: ask for that."
        )
        raise ConfigError(msg)
    return [wider.get(kind, kind) for kind in types]


def known_type_pairs(
    option: str, values: Any, *, also: Iterable[str] = ()
) -> list[tuple[str, str]]:
    """Return pairs of entity types, as :func:`known_types`; one pair does for several.

    Examples
    --------
    >>> known_type_pairs("type_pairs", ("gene", "Disease"))
    [('Gene', 'Disease')]
    """
    alone = isinstance(values, str) or not isinstance(values, Iterable)
    given = [values] if alone else list(values)
    if not alone and all(isinstance(value, str) for value in given):
        given = [given]
    out = []
    for pair in given:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            msg = (
                f"The option {option} must hold pairs of types, like ('Gene', "
                f"'Disease'). Got {pair!r}."
            )
            raise ConfigError(msg)
        one, other = known_types(option, pair, also=also)
        out.append((one, other))
    return out
