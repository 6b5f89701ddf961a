"""What the encoder sees of a token besides its word piece: case and spacing.

The small encoder is uncased, and a gene symbol often differs from an English word in
nothing but its capitals ("CAT", "cat"). Instead of a cased vocabulary, which would
double the embedding table, each token carries one of eight *token types* through the
``token_type_ids`` input that every BERT has: four letter cases, times whether white
space stands before the token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Number of token types: 4 letter cases x 2 kinds of spacing.
N_TOKEN_TYPES = 8


def token_types(text: str, offsets: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Return the token type of every token.

    Parameters
    ----------
    text
        The sentence as it stands in the document, case and all.
    offsets
        Half-open code-point offsets of each token in ``text``; special tokens have
        ``start == end``.

    Returns
    -------
    numpy.ndarray
        ``(n_tokens,) int64``: case (0 none or lower, 1 Capitalised, 2 CAPITALS,
        3 mIxed) plus 4 where no white space stands before the token.

    Examples
    --------
    >>> token_types("the ACE-I mRNA", [(0, 3), (4, 7), (7, 8), (8, 9), (10, 14)])
    array([0, 2, 4, 6, 3])
    """
    types = np.zeros(len(offsets), dtype=np.int64)
    for i, (start, end) in enumerate(offsets):
        if start == end:
            continue
        piece = text[start:end]
        if piece.islower() or not piece.isalnum():
            kind = 0
        elif piece.isupper():
            kind = 2
        elif piece[0].isupper() and piece[1:].islower():
            kind = 1
        elif piece.isdigit():
            kind = 0
        else:
            kind = 3
        if start > 0 and not text[start - 1].isspace():
            kind += 4
        types[i] = kind
    return types
