"""The tagger around the network: cutting, windows, decoding, order; no weights.

The scorer here stands in for the network: it calls every word that begins with an upper
case letter a gene, which makes the right answer known for any text.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from kgbuild._io.surrogates import without_halves
from kgbuild.document import Document, Mention, Passage
from kgbuild.encoder.token_types import token_types
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.ner.aio.dataset import AioReader
from kgbuild.ner.aio.decoding import Decoder
from kgbuild.ner.aio.labels import LabelScheme
from kgbuild.ner.storage import tagger_folder
from kgbuild.ner.tagger import Tagger, load_tagger
from kgbuild.pipeline import AnnotationSettings, Pipeline
from kgbuild.relations import load_extractor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEME = LabelScheme({"ALL": ("Gene", "Disease"), "Anatomy": ("Anatomy",)})


def _tokenizer() -> Tokenizer:
    letters = [chr(c) for c in range(33, 127) if not chr(c).isupper()]
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3}
    for piece in [*letters, *("##" + c for c in letters)]:
        vocabulary.setdefault(piece, len(vocabulary))
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(SCHEME.tag_tokens())
    return tokenizer


def _reader() -> AioReader:
    return AioReader(_tokenizer(), Decoder(SCHEME))


def capitals_are_genes(
    ids: Sequence[np.ndarray], types: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Score pieces by the case that their token type tells."""
    out = []
    for row in types:
        logits = np.zeros((len(row), len(SCHEME.labels)), dtype=np.float32)
        case = row % 4
        logits[case > 0, SCHEME.index["B-Gene"]] = 5
        out.append(logits)
    return out


def test_each_task_may_have_its_own_threshold() -> None:
    mentions = [
        Mention(start=0, end=1, text="A", type="Gene", score=0.8),
        Mention(start=2, end=3, text="B", type="Gene", score=0.6),
    ]
    for threshold, kept in (
        (0.0, "AB"),
        (0.7, "A"),
        ({"ALL": 0.9, "others": 0.0}, ""),
        ({"Anatomy": 0.9, "others": 0.7}, "A"),
        ({"Anatomy": 0.9}, "AB"),
        ({"ALL": 0.9, "ALL.Gene": 0.5}, "AB"),
        ({"ALL.Disease": 0.9, "others": 0.7}, "A"),
    ):
        left = _tagger(threshold=threshold).agree("A B", mentions, "ALL")
        assert "".join(m.text for m in left) == kept


def _tagger(**options: object) -> Tagger:
    settings_ = {"budget": 40, "limit": 64, **options}
    return Tagger(
        scorer=capitals_are_genes, reader=_reader(),
        recognizer="capitals", version="1", **settings_,
    )  # fmt: skip


def test_mentions_carry_exact_offsets_and_the_recognizer() -> None:
    document = Document.from_text("The ACE gene and BRCA1, too.")
    found = _tagger()(document).mentions
    assert [(m.start, m.end, m.text) for m in found] == [
        (0, 3, "The"), (4, 7, "ACE"), (17, 22, "BRCA1"),
    ]  # fmt: skip
    assert {m.recognizer for m in found} == {"capitals"}
    assert all(0.9 < (m.score or 0) <= 1 for m in found)


def test_passages_in_another_language_are_not_tagged() -> None:
    languages = [{}, {"language": "fre"}, {"language": "eng"}, {"language": "en-US"}]
    passages = [Passage(text="The ACE.", metadata=facts) for facts in languages]
    found = _tagger()(Document(id="1", passages=tuple(passages))).mentions
    assert [m.start for m in found if m.text == "ACE"] == [4, 22, 31]


def test_nothing_is_lost_in_a_sentence_of_twenty_thousand_characters() -> None:
    words = ["Abc" if i % 7 == 0 else "defg" for i in range(4200)]
    text = " ".join(words)
    assert len(text) > 20_000
    found = _tagger()(Document.from_text(text)).mentions
    assert len(found) == words.count("Abc")
    assert {m.text for m in found} == {"Abc"}


def test_a_word_longer_than_the_limit_is_one_word() -> None:
    text = "see " + "x" * 90 + " and " + "B" + "y" * 90 + " then ACE"
    found = _tagger(limit=32)(Document.from_text(text)).mentions
    assert [len(m.text) for m in found] == [91, 3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "...!?;",
        "\x00\x01\x02",
        "😀 😀",
        "\ufeff",
        "\u0301",
        "a\u200bb",
        "\n\n\t",
    ],
)
def test_odd_texts_do_not_break_it(text: str) -> None:
    done = next(Pipeline([_tagger()])([Document.from_text(text)]))
    assert done.stage("recognize").state == "done"
    assert done.text == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(
            alphabet=st.sampled_from("abz ABZ.,;-()αβΩ😀é\u0301\n1"), max_size=120
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_offsets_hold_for_any_text(parts: list[str]) -> None:
    document = Document(id="x", passages=tuple(Passage(text=p) for p in parts))
    for mention in _tagger(limit=24)(document).mentions:
        assert document.text[mention.start : mention.end] == mention.text
        assert not mention.text[0].isspace()


def test_order_and_results_do_not_depend_on_the_batch_size() -> None:
    documents = [
        Document.from_text(f"Word {'Long ' * (i % 5)}end{i}.", id=str(i))
        for i in range(23)
    ]
    tagger = _tagger()
    one = list(tagger.stream(documents, batch_size=1))
    many = list(tagger.stream(documents, batch_size=10))
    assert one == many
    assert [d.id for d in many] == [d.id for d in documents]


def test_a_second_run_replaces_the_first() -> None:
    tagger = _tagger()
    once = tagger(Document.from_text("The ACE gene."))
    assert tagger(once) == once


def test_mentions_of_others_stay() -> None:
    other = Mention(start=8, end=12, text="gene", type="Gene")
    document = Document.from_text("The ACE gene.").with_mentions([other])
    assert other in _tagger()(document).mentions


def test_only_wanted_types_come_out() -> None:
    document = Document.from_text("The ACE gene.")
    assert _tagger(types=["Disease"])(document).mentions == ()


def test_one_failing_document_does_not_stop_the_others() -> None:
    def scorer(
        ids: Sequence[np.ndarray], types: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        if any(len(row) > 20 for row in ids):
            msg = "too long for this scorer"
            raise RuntimeError(msg)
        return capitals_are_genes(ids, types)

    tagger = Tagger(
        scorer=scorer, reader=_reader(), recognizer="c",
        version="1", budget=0, limit=64,
    )  # fmt: skip
    short, long = (
        Document.from_text("ACE", id="1"),
        Document.from_text("B " * 30, id="2"),
    )
    done = list(Pipeline([tagger])([short, long, short]))
    assert [d.stage("recognize").state for d in done] == ["done", "failed", "done"]
    assert done[1].stage("recognize").reason == "RuntimeError: too long for this scorer"


def test_token_types_tell_case_and_spacing() -> None:
    kinds = token_types(
        "mRNA Of TNF-a 12", [(0, 4), (5, 7), (8, 11), (11, 12), (12, 13)]
    )
    assert kinds.tolist() == [3, 1, 2, 4, 4]


def test_a_tagger_that_ships_has_its_name_in_any_case() -> None:
    assert tagger_folder("AIO-Small") == tagger_folder("aio-small")


def test_an_unknown_tagger_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResourceMissingError, match="no tagger 'nonesuch'"):
        load_tagger("nonesuch")
    with pytest.raises(ResourceMissingError, match=r"a folder without tagger\.json"):
        load_tagger(tmp_path)
    (tmp_path / "tagger.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(ResourceMissingError, match="format 99"):
        load_tagger(tmp_path)
    with pytest.raises(ConfigError, match="'gpu'"):
        load_tagger(tmp_path, backend="gpu")  # type: ignore[arg-type]
    with pytest.raises(ResourceMissingError, match=r"tagger\.json', which is a file"):
        load_tagger(tmp_path / "tagger.json")
    with pytest.raises(ResourceMissingError, match="no tagger 'xxxx"):
        load_tagger("x" * 300)


@pytest.mark.parametrize(
    ("load", "option"), [(load_tagger, "tagger"), (load_extractor, "source")]
)
@pytest.mark.parametrize("source", [123, True, b"aio-small", ["aio-small"], {}, ""])
def test_what_names_no_folder_is_refused(load: Any, option: str, source: Any) -> None:
    with pytest.raises(ConfigError, match=f"{option} must be a folder or a name.* Got"):
        load(source)


@pytest.mark.parametrize("load", [load_tagger, load_extractor])
@pytest.mark.parametrize("threads", [-1, 0, 1.5, "2", True])
def test_threads_are_a_whole_number_from_1(load: Any, threads: Any) -> None:
    with pytest.raises(ConfigError, match="threads must be a whole number, at least 1"):
        load(threads=threads)
    with pytest.raises(ConfigError, match="threads must be a whole number"):
        AnnotationSettings(threads=threads or -1)


def test_threads_may_be_numpys_and_agreement_is_yes_or_no() -> None:
    assert load_tagger("aio-tiny", threads=np.int64(1)).threads == 1  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="consistent must be True, False or None"):
        load_tagger("aio-tiny", consistent="no")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"threshold": 7}, "threshold must be a number from 0 to 1. Got 7"),
        (
            {"threshold": {"ALL": "x"}},
            r"threshold\['ALL'\] must be a number .* Got 'x'",
        ),
        ({"threshold": {"Foo": 0.5}}, r"threshold\['Foo'\] is of no task"),
        ({"budget": -1}, "budget must be a whole number, at least 0. Got -1"),
        ({"limit": "256"}, "limit must be a whole number, at least 1. Got '256'"),
    ],
)
def test_a_wrong_number_in_a_tagger_s_file_is_said_with_the_file(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(tagger_folder("aio-tiny"), folder)
    card = json.loads((folder / "tagger.json").read_text("utf-8"))
    (folder / "tagger.json").write_text(json.dumps({**card, **change}), "utf-8")
    with pytest.raises(
        ResourceMissingError, match=rf"tagger\.json: {said}.*correct it"
    ):
        load_tagger(folder)


def test_half_a_surrogate_pair_is_read_as_no_character_and_stays_in_the_text() -> None:
    text = "So BRCA1\ud800 and \udc00TP53 it is."
    tagger = Tagger(
        scorer=capitals_are_genes, reader=_reader(), recognizer="t", version="1",
    )  # fmt: skip
    done = tagger(Document.from_text(text))
    assert done.text == text
    assert all(text[m.start : m.end] == m.text for m in done.mentions)
    whole = tagger(Document.from_text(without_halves(text)))
    assert [m.span for m in done.mentions] == [m.span for m in whole.mentions]
