"""Pieces that are remembered word by word are those of the whole text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from kgbuild.encoder.files import encode, load_tokenizer
from kgbuild.encoder.pieces import pieces_of
from kgbuild.encoder.token_types import token_types
from kgbuild.ner.storage import tagger_folder

BERT = load_tokenizer(tagger_folder("aio-tiny"))
TEXTS = st.text(
    st.sampled_from("aAbβÉ12 .,-()[]<>/\n\t\x01\x1c\x85\u00a0\u2009\u0301İ中𝛼\ud83e")
)


def assert_as_encoded(text: str, tokenizer: Tokenizer, *, base: int = 0) -> None:
    whole = encode(tokenizer, text)
    pieces = pieces_of(text, tokenizer, base=base)
    assert pieces.ids.tolist() == whole.ids
    assert pieces.types.tolist() == token_types(text, whole.offsets).tolist()
    spans = zip(pieces.starts.tolist(), pieces.ends.tolist(), strict=True)
    assert [*spans] == [(a + base, b + base) for a, b in whole.offsets]
    # Words are numbered from 0.
    assert (pieces.begins.cumsum() - 1).tolist() == whole.word_ids


@given(TEXTS)
@example("Enalapril (10 mg/day) lowers ACE-2.  [SEP]  It did so <ALL>twice</ALL>.")
@example("p\u2009<\u20090.05;\nα\u0301-adrenergic ﬁbres\x1cof the\x85heart")
def test_texts_are_words_behind_each_other(text: str) -> None:
    assert_as_encoded(text, BERT)
    assert_as_encoded(text, BERT, base=7)


@pytest.mark.parametrize("text", ["", " ", "a  b", " a b ab"])
def test_blanks_may_be_part_of_other_tokenizers_pieces(text: str) -> None:
    vocabulary = {"a": 0, "b": 1, "Ġ": 2, "Ġa": 3}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("Ġ", "a")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    assert_as_encoded(text, tokenizer)
