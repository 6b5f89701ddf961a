"""Controls with their widths, as the browser and its parts use them."""

from __future__ import annotations

from typing import Any

from kgbuild._io.html import escape
from kgbuild._io.markup import plain
from kgbuild.errors import required


def button(text: str, width: int) -> Any:
    """Return a button so many pixels wide."""
    w = required("ipywidgets", extra="notebook")

    return w.Button(description=text, layout=w.Layout(width=f"{width}px"))


def labelled(kind: str, label: str, pixels: int, **options: Any) -> Any:
    """Return a control, as wide as its column, with its label in front.

    Parameters
    ----------
    kind
        Name of an ipywidgets class.
    label, pixels
        What stands in front, and how wide.
    **options
        Of the class.
    """
    w = required("ipywidgets", extra="notebook")

    options.setdefault("layout", w.Layout(width="auto"))
    style = {"description_width": f"{pixels}px"}
    return getattr(w, kind)(description=label, style=style, **options)


def opener(text: str, width: int, opened: Any) -> Any:
    """Return a button that shows a control, and hides it again; hidden at first."""
    w = required("ipywidgets", extra="notebook")

    toggle = w.ToggleButton(description=text, layout=w.Layout(width=f"{width}px"))
    toggle.observe(lambda _: show(opened, shown=toggle.value), names="value")
    show(opened, shown=False)
    return toggle


def show(control: Any, *, shown: bool) -> None:
    """Show a control, or hide it, which takes no room then."""
    control.layout.display = None if shown else "none"


def message(text: str, *, wrong: bool = False) -> str:
    """Return what a control says of what it did, or why it did not (HTML)."""
    style = ' style="color:#D55E00"' if wrong else ""
    return (
        f'<div class="kgb-message" role="status"><span{style}>'
        f"{escape(plain(text, longest=1000))}</span></div>"
    )
