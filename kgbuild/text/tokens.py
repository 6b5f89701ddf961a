"""Words for tagging: offset-preserving, without a model."""

from __future__ import annotations

import re

# A run of letters (with the marks that combine with them), a run of digits, or one
# other character. Python's \w holds letters, digits, marks of some scripts and "_".
_TOKEN = re.compile(
    r"""
      [^\W\d_]+(?:[\u0300-\u036f\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f]+[^\W\d_]*)*
    | \d+
    | \S
    """,
    re.VERBOSE,
)


def token_spans(
    text: str, *, start: int = 0, end: int | None = None
) -> list[tuple[int, int]]:
    """Split text into words, numbers and single signs, as AIO tagging needs them.

    Letters and digits part ("BRCA1" is two tokens), so that a mention that ends inside
    a word of the writer's still ends at a token. Combining marks stay with their
    letter.

    Parameters
    ----------
    text
        The text.
    start, end
        Only this stretch of it, for example a sentence; offsets stay those of
        ``text``.

    Returns
    -------
    list of (int, int)
        Half-open code-point offsets, sorted and disjoint. Every character that is not
        white space is in exactly one of them.

    Examples
    --------
    >>> text = "β-Actin, p.V600E"
    >>> [text[a:b] for a, b in token_spans(text)]
    ['β', '-', 'Actin', ',', 'p', '.', 'V', '600', 'E']
    """
    stop = len(text) if end is None else end
    return [found.span() for found in _TOKEN.finditer(text, start, stop)]
