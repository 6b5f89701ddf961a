"""Pieces of HTML that pages and notebooks share: links, chips, whole pages.

Every text that comes in goes through :func:`kgbuild._io.html.escape`.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from kgbuild._io.html import escape, printable
from kgbuild.curies import url_of
from kgbuild.entity_types import colour_of, entity_types

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The page's own resources only: no script, no request.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def plain(text: object, *, longest: int = 80) -> str:
    r"""Return text on one line for a control that shows plain text.

    Examples
    --------
    >>> plain("a\n  b\x00")
    'a b␀'
    """
    line = " ".join(printable(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def counted(n: int, noun: str) -> str:
    """Return ``"1 document"`` or ``"1,234 documents"``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def concept_link(curie: str, *, text: str | None = None) -> str:
    """Return the id (or ``text``) as a link to its web page, if it has one."""
    shown = escape(curie if text is None else text)
    url = url_of(curie)
    if url is None:
        return f'<span title="{escape(curie)}">{shown}</span>'
    return _anchor(url, shown, title=curie)


def document_link(document_id: str, *, pmid: int | None = None) -> str:
    """Return the document's id, linked to PubMed where it is a PMID."""
    if pmid is None and document_id.isascii() and document_id.isdigit():
        pmid = int(document_id) if 0 < int(document_id[:12]) < 2**32 else None
    if pmid is None:
        return escape(document_id)
    url = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
    return _anchor(url, f"PMID {pmid}", title="PubMed")


def _anchor(url: str, shown: str, *, title: str) -> str:
    return (
        # Notebooks strip the underline of links: without it nobody would find them.
        f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer" '
        f'style="color:inherit;text-decoration:underline" title="{escape(title)}">'
        f"{shown}</a>"
    )


def type_border(entity_type: str) -> str:
    """Return the CSS of a border to the left in the type's colour."""
    return f"border-left:4px solid {colour_of(entity_type)};padding-left:6px"


def tint(colour: str, alpha: float) -> str:
    """Return ``#rrggbb`` with an opacity, as CSS; lies well on light and on dark."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def type_order(types: Iterable[str]) -> list[str]:
    """Sort entity types: those of the table in its order, then others by name."""
    known = list(entity_types())
    return sorted(
        set(types), key=lambda t: (known.index(t) if t in known else len(known), t)
    )


def chip(entity_type: str, *, note: str = "") -> str:
    """Return a small label in the type's colour."""
    colour = colour_of(entity_type)
    shown = escape(entity_type) + (f" {escape(note)}" if note else "")
    return (
        f'<span class="kgb-chip" style="background-color:{tint(colour, 0.22)};'
        f'border-bottom:2px solid {colour};padding:0 .35em;border-radius:3px">'
        f"{shown}</span>"
    )


def fallback(body: str, *, live: str) -> str:
    """Return an output that is seen only where the widget before it is not.

    A notebook that is opened again, converted, or shown on the web has no widgets:
    there a second output (safe HTML), below that of the widget, must say what it said.
    That the widget is there is known by the class ``live`` inside it.
    """
    # Where the rule is unknown or stripped, both are shown: never none.
    before = f".jp-OutputArea-child:has(.{live})"
    return (
        f"<style>{before} + .jp-OutputArea-child:has(.kgb-static-{live})"
        "{display:none}</style>"
        f'<div class="kgb-static kgb-static-{live}">{body}</div>'
    )


def page(title: str, body: str, *, css: str = "", script: str = "") -> str:
    """Return a whole page that loads nothing and runs nothing but ``script``.

    Whatever else should get into the page as a script is not run: the policy names the
    one script by its digest.
    """
    policy = CONTENT_SECURITY_POLICY
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
        body += f"<script>{script}</script>"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        f'content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{css}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )
