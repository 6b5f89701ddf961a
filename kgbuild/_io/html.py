"""Put text of any origin into HTML as it is."""

from __future__ import annotations

import html
import re

# What HTML cannot hold: control characters but tab and line feed, lone surrogates,
# non-characters. Also the controls that turn the direction of what follows: they would
# let a text reorder the page around it.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    "\ufffe\uffff]"
)


def escape(text: object) -> str:
    r"""Return text that HTML shows as it is, in element content and in attributes.

    Examples
    --------
    >>> escape('<b onclick="x">')
    '&lt;b onclick=&quot;x&quot;&gt;'
    >>> escape("a\x00b")
    'a␀b'
    """
    return html.escape(printable(text), quote=True)


def printable(text: object) -> str:
    """Return text with a visible sign in the place of each control character."""
    return _UNPRINTABLE.sub(_sign, str(text))


def _sign(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"
