"""The word pieces of a text, remembered word by word.

Nearly every word of an abstract stood in another one a moment ago. A tokenizer of
BERT's parts words at blanks, and so does what is told of a piece besides (see
:mod:`kgbuild.encoder.token_types`): a text's pieces are those of its words, one behind
the other, and to look words up is faster than to work them out.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kgbuild.encoder.files import encode
from kgbuild.encoder.token_types import token_types

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

#: Words remembered, of all tokenizers together: some 10 MB.
_REMEMBERED = 32_768


class Pieces(NamedTuple):
    """The word pieces of a text, without special tokens.

    Attributes
    ----------
    ids, types
        ``(n_tokens,) int64``; see :mod:`kgbuild.encoder.token_types`.
    starts, ends
        ``(n_tokens,) int64``: half-open code-point offsets.
    begins
        ``(n_tokens,) int64``: 1 for the first piece of a word, 0 for further ones.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    begins: NDArray[np.int64]


def pieces_of(text: str, tokenizer: Tokenizer, *, base: int = 0) -> Pieces:
    """Return the word pieces of a text.

    Parameters
    ----------
    text
        As it stands in the document, case and all.
    tokenizer
        From now on it must not change.
    base
        Where the text begins in what the offsets are of.
    """
    if type(tokenizer.pre_tokenizer).__name__ == "BertPreTokenizer":
        words = text.split(" ")
        rows = [_rows_of(tokenizer, word) for word in words]
    else:  # Others may make something of blanks.
        words, rows = [text], [_rows_of.__wrapped__(tokenizer, text)]
    joined = np.frombuffer(b"".join(rows), np.int64).reshape(-1, len(Pieces._fields))
    ids, types, starts, ends, begins = np.ascontiguousarray(joined.T)
    before = list(accumulate((len(word) + 1 for word in words), initial=base))
    at = np.repeat(before[:-1], [len(row) // joined.strides[0] for row in rows])
    return Pieces(ids, types, starts + at, ends + at, begins)


@lru_cache(_REMEMBERED)
def _rows_of(tokenizer: Tokenizer, word: str) -> bytes:
    """Return the fields of each piece of a word.

    Bytes take less memory than arrays, and are joined at once.
    """
    # On the calling thread, not those of the tokenizer's own pool.
    encoding = encode(tokenizer, word)
    types = token_types(word, encoding.offsets).tolist()
    rows, last = [], None
    for number, kind, (start, end), of_word in zip(
        encoding.ids, types, encoding.offsets, encoding.word_ids, strict=True
    ):
        rows.append((number, kind, start, end, of_word is None or of_word != last))
        last = of_word
    return np.array(rows, np.int64).tobytes()
