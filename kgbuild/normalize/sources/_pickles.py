"""Pickles read as data: never loaded, so that nothing of them can be run.

The instructions of a pickle are followed for texts, numbers, lists and dictionaries.
What would call or make something is kept as it stands, as a :class:`Made`.
"""

from __future__ import annotations

import pickletools
from dataclasses import dataclass
from typing import Any

_EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = frozenset(
    [
        "BINFLOAT", "BININT", "BININT1", "BININT2", "BINUNICODE", "SHORT_BINUNICODE",
        "SHORT_BINBYTES", "BYTEARRAY8",
    ]
)  # fmt: skip
_GETS = frozenset(["BINGET", "LONG_BINGET"])
_TUPLES = {"TUPLE1": -1, "TUPLE2": -2, "TUPLE3": -3}
_CALLS = frozenset(["STACK_GLOBAL", "REDUCE", "NEWOBJ"])


@dataclass(slots=True)
class Made:
    """What a pickle would have made.

    Attributes
    ----------
    of
        The module or the callable.
    given
        The name in that module, or what the callable would have been given.
    state
        What the object would have been filled with.
    """

    of: Any
    given: Any
    state: Any = None


def plain(data: bytes, *, objects: bool = False) -> Any:
    """Return what a pickle holds, without loading it.

    Parameters
    ----------
    data
        The pickle.
    objects
        Take pickles of objects, too, each a :class:`Made`.

    Raises
    ------
    ValueError, LookupError, TypeError, AttributeError
        It is no pickle, or holds something else.
    """
    stack: list[Any] = []
    marks: list[int] = []
    memo: list[Any] = []
    for opcode, given, _ in pickletools.genops(data):
        name = opcode.name
        if name in _VALUES:
            stack.append(given)
        elif name == "MEMOIZE":
            memo.append(stack[-1])
        elif name in _GETS:
            stack.append(memo[int(given or 0)])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name == "MARK":
            marks.append(len(stack))
        elif name in {"APPEND", "APPENDS"}:
            items = _taken(stack, marks.pop() if name == "APPENDS" else -1)
            stack[-1].extend(items)
        elif name in {"SETITEM", "SETITEMS"}:
            items = _taken(stack, marks.pop() if name == "SETITEMS" else -2)
            stack[-1].update(zip(items[::2], items[1::2], strict=True))
        elif name == "TUPLE" or name in _TUPLES:
            start = _TUPLES[name] if name in _TUPLES else marks.pop()
            stack.append(tuple(_taken(stack, start)))
        elif objects and name in _CALLS:
            stack.append(Made(*_taken(stack, -2)))
        elif objects and name == "BUILD":
            (state,) = _taken(stack, -1)
            stack[-1].state = state
        elif name not in {"PROTO", "FRAME", "STOP"}:
            msg = f"{name} is no plain value"
            raise ValueError(msg)
    return stack.pop()


def columns_of(frame: Made) -> dict[str, list[Any]]:
    """Return the columns of a pandas data frame of numbers (int64) and texts.

    Raises
    ------
    ValueError, LookupError, TypeError, AttributeError
        It is no such frame.
    """
    _, _, _, parts = frame.state["_mgr"].state
    (facts,) = parts.values()
    names = facts["axes"][0].given[1]["data"].state[4]
    found: dict[str, list[Any]] = {}
    for block in facts["blocks"]:
        places = memoryview(block["mgr_locs"].given[0]).cast("q").tolist()
        values = block["values"]
        if values.state is not None:
            cells = values.state[4]
        else:
            cells = memoryview(values.given[0]).cast("q").tolist()
        height = len(cells) // len(places)
        for row, place in enumerate(places):
            found[names[place]] = cells[row * height : (row + 1) * height]
    return found


def _taken(stack: list[Any], start: int) -> list[Any]:
    items = stack[start:]
    del stack[start:]
    return items
