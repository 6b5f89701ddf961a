"""JSON values one by one from a file of any size."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, BinaryIO

from kgbuild.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

#: A single value above this many characters is refused.
MAX_VALUE = 64 * 2**20

_CHUNK_BYTES = 2**18
_SPACE = re.compile(r"[ \t\r\n]*")


def loads(text: str) -> Any:
    """Parse JSON; ``NaN`` and ``Infinity``, which JSON has not, read as ``None``.

    Raises
    ------
    ValueError
        This is not JSON, or nested too deeply; the message is a sentence.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        msg = f"This is not JSON ({error.msg} at character {error.pos + 1})."
        raise ValueError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"This is no JSON that kgbuild reads ({error})."
        raise ValueError(msg) from error


def seems_cut(text: str) -> bool:
    """Whether text looks like a JSON object that ends too early."""
    text = text.rstrip()
    if not text.startswith(("{", "[")):
        return False
    try:
        _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        return _incomplete(error, len(text))
    except (ValueError, RecursionError):
        return False
    return False


def iter_values(
    stream: BinaryIO, *, path: Path, keys: Collection[str] = ()
) -> Iterator[tuple[int, Any]]:
    """Yield ``(line, value)`` of what a JSON file holds, in flat memory.

    The file is one array, one object, or several of either in a row, in UTF-8. Where a
    top-level object has an array under one of ``keys``, its items are yielded instead.

    Raises
    ------
    InputError
        The file is not JSON in UTF-8, or ends too early; earlier values were yielded.
    """
    buffer = _Buffer(stream, path)
    while (character := buffer.peek()) != "":
        if character == "[":
            yield from _items(buffer)
        elif character == "{":
            yield from _object(buffer, keys)
        else:
            reason = "an object '{' or an array '[' was expected"
            raise buffer.error(reason)


def _items(buffer: _Buffer) -> Iterator[tuple[int, Any]]:
    buffer.expect("[")
    if buffer.peek() == "]":
        buffer.expect("]")
        return
    while True:
        buffer.peek()
        line = buffer.line()
        yield line, buffer.value()
        if buffer.expect(",]") == "]":
            return


def _object(buffer: _Buffer, keys: Collection[str]) -> Iterator[tuple[int, Any]]:
    line = buffer.line()
    buffer.expect("{")
    fields: dict[str, Any] = {}
    streamed = False
    more = buffer.peek() != "}"
    if not more:
        buffer.expect("}")
    while more:
        if buffer.peek() != '"':
            reason = "a name in double quotes was expected"
            raise buffer.error(reason)
        key = buffer.value()
        buffer.expect(":")
        if key in keys and buffer.peek() == "[":
            streamed = True
            yield from _items(buffer)
        else:
            fields[key] = buffer.value()
        more = buffer.expect(",}") == ","
    if not streamed:
        yield line, fields


class _Buffer:
    """A window on the decoded file, growing until a whole value is in it."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._counted = 0
        self._line = 1
        self._ended = False

    def line(self) -> int:
        """1-based line of the present place."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def error(self, reason: str) -> InputError:
        if self._ended and self._at >= len(self._text):
            reason = f"The JSON ends too early ({reason}): copy it again."
        else:
            shown = self._text[self._at : self._at + 20]
            reason = f"This is not JSON: {reason} at {shown!r}; mend the file."
        return InputError(reason, path=self._path, line=self.line())

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._fill()

    def expect(self, characters: str) -> str:
        """Step over one of these characters and return it."""
        found = self.peek()
        if not found or found not in characters:
            raise self.error(" or ".join(map(repr, characters)) + " was expected")
        self._at += 1
        return found

    def value(self) -> Any:
        """Read a whole value."""
        while True:
            self.peek()
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or not _incomplete(error, len(self._text)):
                    if _incomplete(error, len(self._text)):
                        self._at = len(self._text)
                        reason = "a value was not closed"
                        raise self.error(reason) from error
                    self._at = error.pos
                    raise self.error(error.msg) from error
            except (ValueError, RecursionError) as error:
                raise self.error(str(error)) from error
            else:
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._fill()

    def _fill(self) -> None:
        """Double what is in the window."""
        self.line()
        kept = self._text[self._at :]
        if len(kept) > MAX_VALUE:
            reason = (
                f"A single JSON value is over {MAX_VALUE // 2**20} million characters "
                "long: the file is damaged or not of this format."
            )
            raise InputError(reason, path=self._path, line=self._line)
        raw = self._stream.read(max(_CHUNK_BYTES, len(kept)))
        self._ended = not raw
        try:
            more = self._decoder.decode(raw, final=self._ended)
        except UnicodeDecodeError as error:
            reason = (
                "This is not UTF-8; text in UTF-8 was expected: convert it, for "
                "example with iconv."
            )
            line = self._line + kept.count("\n") + raw.count(b"\n", 0, error.start)
            raise InputError(reason, path=self._path, line=line) from error
        if "\0" in more:
            reason = "This is a binary file; JSON in UTF-8 was expected."
            raise InputError(reason, path=self._path, line=self._line)
        self._text, self._at, self._counted = kept + more, 0, 0


def _incomplete(error: json.JSONDecodeError, length: int) -> bool:
    """Whether more text could mend the error: it lies at the text's end."""
    return error.msg.startswith("Unterminated string") or error.pos >= length - 12


def _nothing(constant: str) -> None:
    del constant


_DECODER = json.JSONDecoder(parse_constant=_nothing)
