"""Running text out of XML with markup inside: inline tags and formulas.

Letters of inline elements (``<i>``, ``<sub>``, ``<sup>``, …) are kept where they stand,
as PubTator's texts do: ``Me<sub>2</sub>SO`` reads ``Me2SO``. Formulas in MathML become
one line that can be read. XML's own white space (space, tab, line ends) collapses to
single spaces; other white space, such as the no-break space, is text and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml import etree

MATHML = "{http://www.w3.org/1998/Math/MathML}"

_INLINE = frozenset({"b", "i", "sub", "sup", "u"})
_FORMULAS = frozenset({f"{MATHML}math", "math"})

#: What PubMed writes where a further abstract is not in the record.
NOT_IN_RECORD = re.compile(r"(?:\w+: )?Abstract available from the publisher\.?")
_SPACE = re.compile(r"[ \t\r\n]+")

#: Called with a child element and the list of text so far; returns whether it has
#: dealt with the child.
Special = Callable[["etree._Element", list[str]], bool]


def collapse(text: str) -> str:
    r"""Collapse XML's white space to single spaces and strip it from the ends.

    Examples
    --------
    >>> collapse(" a \n  b\tc ")
    'a b c'
    """
    if "  " in text or "\n" in text or "\t" in text or "\r" in text:
        text = _SPACE.sub(" ", text)
    return text.strip(" ")


def plain_text(element: etree._Element, *, special: Special | None = None) -> str:
    """Return all text of an element on one line.

    Parameters
    ----------
    element
        Any element; its tail is not part of it.
    special
        Deals with children that need more than their text taken, see :data:`Special`.

    Examples
    --------
    >>> from lxml import etree
    >>> plain_text(etree.fromstring("<t>Ca<sup>2+</sup> in <i>E. coli</i></t>"))
    'Ca2+ in E. coli'
    """
    if not len(element):
        return collapse(element.text or "")
    parts: list[str] = []
    _collect(element, parts, special)
    return collapse("".join(parts))


def plain_lines(element: etree._Element) -> str:
    r"""Return all text of an element; the lines of a list stay lines.

    Examples
    --------
    >>> from lxml import etree
    >>> plain_lines(etree.fromstring("<t>We found\n- one\n- two\nin all.</t>"))
    'We found\n- one\n- two\nin all.'
    >>> plain_lines(etree.fromstring("<t>We found\nnothing.</t>"))
    'We found nothing.'
    """
    parts: list[str] = []
    _collect(element, parts, None)
    text = "".join(parts)
    if "\n" in text:
        from kgbuild.text.sentences import LIST_ITEM

        lines = [line for line in map(collapse, text.split("\n")) if line]
        if sum(LIST_ITEM.match(f"{line} ") is not None for line in lines) > 1:
            return "\n".join(lines)
    return collapse(text)


def _collect(
    element: etree._Element, parts: list[str], special: Special | None
) -> None:
    if element.text:
        parts.append(element.text)
    for child in element:
        tag = child.tag
        if tag in _INLINE and special is None and not len(child):
            # Nearly all markup of PubMed; a call less for each.
            if child.text:
                parts.append(child.text)
        elif special is not None and special(child, parts):
            pass
        elif not isinstance(tag, str):
            pass  # a comment or a processing instruction, where a parser keeps them
        elif tag in _FORMULAS:
            parts.append(mathml_text(child))
        else:
            _collect(child, parts, special)
        if child.tail:
            parts.append(child.tail)


# -- MathML ---------------------------------------------------------------------------

_UNSEEN = ("mphantom", "none", "mprescripts")
_RELATIONS = frozenset("=<>≤≥≠≈≃≅∼~≡∝≪≫→←↔⇒⇔∈∉⊂⊆∼")
#: Function application, invisible times, separator and plus: nothing to see.
_INVISIBLE = dict.fromkeys((0x2061, 0x2062, 0x2063, 0x2064))
#: What stands at the top right without being a power: charges, primes, marks.
_NO_POWER = re.compile(r"\d*[+\-−–±]+|[′″‴'*∗†‡°º⊥∘ ]+|[(\[]?[a-z]+[)\]]|TM|®|™")


def mathml_text(element: etree._Element) -> str:
    """Return a formula in presentation MathML as one line of text.

    Fractions become ``a/b``, powers ``x^2``, roots ``√x``; subscripts follow their
    base (``H2O``), charges and marks too (``Ca2+``), isotope numbers go before it.
    Where presentation and annotation are both given, the annotation is left out.

    Examples
    --------
    >>> from lxml import etree
    >>> power = "<math><msup><mn>10</mn><mrow><mo>-</mo><mn>3</mn></mrow></msup></math>"
    >>> mathml_text(etree.fromstring(power))
    '10^-3'
    """
    return collapse(_math(element))


def _math(node: etree._Element) -> str:
    tag = node.tag
    if not isinstance(tag, str):
        return ""
    name = tag.rpartition("}")[2]
    build = _BUILDERS.get(name)
    if build is not None:
        return build(node)
    return _row(node)


def _token(node: etree._Element) -> str:
    text = "".join(node.itertext())
    return _SPACE.sub(" ", text).translate(_INVISIBLE).strip(" ")


def _words(node: etree._Element) -> str:
    """Text inside a formula, whose spaces at the ends are meant."""
    return _SPACE.sub(" ", "".join(node.itertext()))


def _row(node: etree._Element) -> str:
    parts = [node.text or ""]
    children = [child for child in node if isinstance(child.tag, str)]
    for index, child in enumerate(children):
        text = _math(child)
        infix = 0 < index < len(children) - 1
        if infix and text in _RELATIONS and child.tag.endswith("mo"):
            text = f" {text} "
        parts.append(text)
        # Stray text between formula elements is not MathML; it is kept all the same.
        parts.append((child.tail or "").strip())
    return _SPACE.sub(" ", "".join(parts).strip("\n\t\r"))


def _parts(node: etree._Element, count: int) -> list[str]:
    texts = [_math(child).strip() for child in node if isinstance(child.tag, str)]
    # A formula with too many or too few parts is broken; nothing of it is dropped.
    if len(texts) > count:
        texts[count - 1 :] = ["".join(texts[count - 1 :])]
    return texts + [""] * (count - len(texts))


def _group(text: str) -> str:
    """Put brackets around what would otherwise be read apart."""
    if re.fullmatch(r"√?[\w.,%′]*|[(\[{|].*[)\]}|]|[+\-−±]?[\w.,]+", text):
        return text
    return f"({text})"


def _power(base: str, above: str) -> str:
    if not above:
        return base
    marks = _NO_POWER.fullmatch(above) and not re.fullmatch(r"[\d.,]+", base)
    if marks:
        return base + above
    return f"{_group(base)}^{_group(above)}"


def _fraction(node: etree._Element) -> str:
    above, below = _parts(node, 2)
    return f"{_group(above)}/{_group(below)}"


def _superscript(node: etree._Element) -> str:
    base, above = _parts(node, 2)
    return _power(base, above)


def _both_scripts(node: etree._Element) -> str:
    base, below, above = _parts(node, 3)
    return _power(base + below, above)


def _limit(node: etree._Element, *, sign: str) -> str:
    base, limit = _parts(node, 2)
    accent = len(limit) == 1 and not limit.isalnum()
    return base + limit if accent or not limit else f"{base}{sign}{_group(limit)}"


def _under_over(node: etree._Element) -> str:
    base, below, above = _parts(node, 3)
    text = f"{base}_{_group(below)}" if below else base
    return f"{text}^{_group(above)}" if above else text


def _root(node: etree._Element) -> str:
    base, index = _parts(node, 2)
    return f"{index}√{_group(base)}"


def _multi_scripts(node: etree._Element) -> str:
    base = ""
    after: list[str] = []
    before: list[str] = []
    target = after
    for index, child in enumerate(c for c in node if isinstance(c.tag, str)):
        if child.tag.rpartition("}")[2] == "mprescripts":
            target = before
        elif index == 0:
            base = _math(child).strip()
        else:
            target.append(_math(child).strip())
    # Scripts come in pairs, lower then upper; isotope numbers are read upper first.
    left = "".join(
        (before[i + 1] if i + 1 < len(before) else "") + before[i]
        for i in range(0, len(before), 2)
    )
    lower, upper = "".join(after[0::2]), "".join(after[1::2])
    return left + _power(base + lower, upper)


def _fenced(node: etree._Element) -> str:
    separators = "".join(node.get("separators", ",").split())
    texts = [_math(child).strip() for child in node if isinstance(child.tag, str)]
    out = texts[0] if texts else ""
    for index, text in enumerate(texts[1:]):
        mark = separators[min(index, len(separators) - 1)] if separators else ""
        out += mark + (" " if mark == "," else "") + text
    return f"{node.get('open', '(')}{out}{node.get('close', ')')}"


def _table(node: etree._Element) -> str:
    return "; ".join(_math(row).strip() for row in node if isinstance(row.tag, str))


def _table_row(node: etree._Element) -> str:
    return ", ".join(_math(cell).strip() for cell in node if isinstance(cell.tag, str))


def _semantics(node: etree._Element) -> str:
    children = [child for child in node if isinstance(child.tag, str)]
    shown = [
        child
        for child in children
        if not child.tag.rpartition("}")[2].startswith("annotation")
    ]
    # An annotation repeats the formula in another notation; alone, it is the formula.
    if any(text for text in (_math(child) for child in shown)):
        return "".join(_math(child) for child in shown)
    return next((_SPACE.sub(" ", "".join(child.itertext())) for child in children), "")


_BUILDERS: dict[str, Callable[[Any], str]] = {
    "mi": _token, "mn": _token, "mo": _token, "ms": _token, "mtext": _words,
    "mspace": lambda _: " ", **dict.fromkeys(_UNSEEN, lambda _: ""),
    "mfrac": _fraction, "msup": _superscript, "msubsup": _both_scripts,
    "mover": partial(_limit, sign="^"), "munder": partial(_limit, sign="_"),
    "munderover": _under_over, "mroot": _root,
    "msqrt": lambda node: f"√{_group(_row(node).strip())}",
    "mmultiscripts": _multi_scripts,
    "mfenced": _fenced, "mtable": _table, "mtr": _table_row, "mlabeledtr": _table_row,
    "semantics": _semantics,
}  # fmt: skip
