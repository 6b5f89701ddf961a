"""Adapt a general WordPiece vocabulary to biomedical text.

A general vocabulary breaks "angiotensin" into four pieces. Frequent words of the
domain get pieces of their own (as PubMedBERT argues for, Gu et al. 2021, section 2.2),
and scripts that English abstracts do not use make room for them, so that the embedding
table stays as small as it was.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer

from kgbuild.encoder.files import encode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

#: Scripts whose pieces stay in the vocabulary; digits and signs always stay.
_KEPT_SCRIPTS = ("LATIN", "GREEK", "MICRO", "OHM", "KELVIN", "ANGSTROM")
#: Words that occur less often get no piece of their own.
_RARE = 20


def adapt_tokenizer(
    tokenizer_json: Path | str,
    texts: Iterable[str],
    *,
    new_words: int = 6000,
) -> tuple[Tokenizer, list[list[int]]]:
    """Add the domain's frequent words, drop scripts and pieces it never uses.

    Parameters
    ----------
    tokenizer_json
        ``tokenizer.json`` of a WordPiece tokenizer.
    texts
        Text of the domain; it is read once.
    new_words
        How many whole words to add: those that save the most pieces over ``texts``.

    Returns
    -------
    Tokenizer
        The adapted tokenizer.
    list of list of int
        For every new id, the old ids whose embeddings' mean starts it; one old id for
        a piece that was there before.
    """
    old = Tokenizer.from_file(str(tokenizer_json))
    old.no_padding()
    old.no_truncation()
    words: Counter[str] = Counter()
    for text in texts:
        normalized = old.normalizer.normalize_str(text)
        words.update(w for w, _ in old.pre_tokenizer.pre_tokenize_str(normalized))

    gains: list[tuple[int, str, list[int]]] = []
    unknown = old.token_to_id("[UNK]")
    for word, count in words.items():
        if count < _RARE or not word.isalpha():
            continue
        ids = encode(old, word).ids
        if len(ids) > 1 and unknown not in ids:
            gains.append((count * (len(ids) - 1), word, ids))
    gains.sort(key=lambda gain: (-gain[0], gain[1]))
    added = gains[:new_words]

    spec: dict[str, Any] = json.loads(Path(tokenizer_json).read_text("utf-8"))
    old_vocabulary: dict[str, int] = spec["model"]["vocab"]
    remaining = [
        t for t in sorted(old_vocabulary, key=old_vocabulary.__getitem__) if _keep(t)
    ]
    vocabulary = {token: i for i, token in enumerate(remaining)}
    origins = [[old_vocabulary[token]] for token in remaining]
    for _, word, ids in added:
        vocabulary[word] = len(vocabulary)
        origins.append(ids)
    spec["model"]["vocab"] = vocabulary
    for special in spec.get("added_tokens", []):
        special["id"] = vocabulary[special["content"]]
    processor = spec.get("post_processor") or {}
    for name, token in processor.get("special_tokens", {}).items():
        token["ids"] = [vocabulary[name]]
    for key in ("sep", "cls"):
        if key in processor:
            processor[key][1] = vocabulary[processor[key][0]]
    spec["padding"] = spec["truncation"] = None
    return Tokenizer.from_str(json.dumps(spec)), origins


def move_embeddings(
    old: NDArray[np.float32], origins: list[list[int]]
) -> NDArray[np.float32]:
    """Return the embedding table for the adapted vocabulary.

    Parameters
    ----------
    old
        ``(n_old, width) float32``.
    origins
        From :func:`adapt_tokenizer`.

    Returns
    -------
    numpy.ndarray
        ``(len(origins), width) float32``.
    """
    return np.stack([old[ids].mean(axis=0) for ids in origins]).astype(np.float32)


def smaller_tokenizer(
    tokenizer: Tokenizer,
    texts: Iterable[str],
    *,
    pieces: int,
    keep: Collection[str] = (),
) -> tuple[Tokenizer, NDArray[np.int64]]:
    """Leave out the word pieces that are used least; single characters stay.

    Parameters
    ----------
    tokenizer
        WordPiece.
    texts
        Tell which pieces are used.
    pieces
        How many to keep; tags do not count.
    keep
        Tokens that stay besides BERT's own five, though no text uses them.

    Returns
    -------
    Tokenizer
        With so many pieces.
    numpy.ndarray
        The old id of each new one, ``int64``: of the pieces, then of the tags.
    """
    used: Counter[int] = Counter()
    for text in texts:
        used.update(encode(tokenizer, text).ids)
    spec: dict[str, Any] = json.loads(tokenizer.to_str())
    old: dict[str, int] = spec["model"]["vocab"]
    special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
    must = {t for t in old if len(t.removeprefix("##")) == 1} | special
    rest = sorted(
        (t for t in old if t not in must), key=lambda t: (-used[old[t]], old[t])
    )
    kept = sorted([*must, *rest[: pieces - len(must)]], key=old.__getitem__)
    spec["model"]["vocab"] = {token: i for i, token in enumerate(kept)}
    added = [t for t in spec["added_tokens"] if t["content"] in special | set(keep)]
    rows = [old[token] for token in kept]
    for token in added:
        # Tags stand behind the pieces, not among them.
        if token["content"] in old:
            token["id"] = spec["model"]["vocab"][token["content"]]
        else:
            rows.append(token["id"])
            token["id"] = len(rows) - 1
    spec["added_tokens"], spec["post_processor"] = added, None
    return Tokenizer.from_str(json.dumps(spec)), np.array(rows, dtype=np.int64)


def _keep(token: str) -> bool:
    if token.startswith("[unused"):
        return False
    return all(
        not c.isalpha() or unicodedata.name(c, "").startswith(_KEPT_SCRIPTS)
        for c in token.removeprefix("##")
    )
