"""Output layers: softmax, CRF and multilabel, with BIO and IO labels."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import (
    learns,
    write_recipe,
    write_workshop,
)

from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.ner.aio.decoding import (
    FORBIDDEN,
    Decoder,
    allowed_transitions,
    decode_each,
    marginals,
    viterbi,
)
from kgbuild.ner.aio.framework import FRAMEWORK
from kgbuild.ner.aio.labels import LabelScheme
from kgbuild.ner.recipe import load_recipe

if TYPE_CHECKING:
    from pathlib import Path


TASKS = {"ALL": ("Gene", "Disease"), "Gene": ("Gene",), "Cell": ("Cell",)}
COMBINATIONS = [
    (head, tagging)
    for head in ("softmax", "crf", "multilabel")
    for tagging in ("BIO", "IO")
]


def _random(shape: tuple[int, ...], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (2 * rng.standard_normal(shape)).astype(np.float32)


def _paths(scores: np.ndarray, transitions: np.ndarray) -> dict[tuple[int, ...], float]:
    """Score every path there is, one by one."""
    words, n = scores.shape
    found = {}
    for path in itertools.product(range(n), repeat=words):
        total = transitions[n, path[0]] + transitions[path[-1], n]
        total += sum(scores[i, label] for i, label in enumerate(path))
        total += sum(transitions[a, b] for a, b in itertools.pairwise(path))
        found[path] = float(total)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_best_path_is_the_best_of_all_paths(seed: int) -> None:
    scores, transitions = _random((4, 5, 3), seed), _random((4, 4), seed + 100)
    for text, length in zip(scores, (5, 1, 3, 2), strict=True):
        every = _paths(text[:length], transitions)
        path = viterbi(text[:length], transitions)
        assert tuple(path.tolist()) == max(every, key=every.__getitem__)


@pytest.mark.parametrize("seed", range(3))
def test_marginals_are_shares_of_all_paths(seed: int) -> None:
    scores, transitions = _random((4, 3), seed), _random((4, 4), seed + 100)
    every = _paths(scores, transitions)
    weights = {path: np.exp(total) for path, total in every.items()}
    whole = sum(weights.values())
    expected = np.zeros((4, 3))
    for path, weight in weights.items():
        expected[np.arange(4), list(path)] += weight / whole
    assert np.allclose(marginals(scores, transitions), expected, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["BIO", "IO"]), st.integers(1, 30))
def test_words_that_part_a_text_change_nothing(
    seed: int, tagging: str, words: int
) -> None:
    scheme = LabelScheme(TASKS, head="crf", tagging=tagging)
    n = len(scheme.labels)
    decoder = Decoder(scheme, _random((n + 1, n + 1), seed) / 8)
    scores = 4 * _random((words, n), seed + 1)
    scores[:, scheme.index["O-ALL"]] += 25
    within = decoder._transitions["ALL"]
    columns = scores[:, scheme.allowed("ALL")]
    path, logarithms = decoder._path(columns, "ALL")
    assert path.tolist() == viterbi(columns, within).tolist()
    assert np.abs(np.exp(logarithms) - marginals(columns, within)).max() < 0.01


@pytest.mark.train
@pytest.mark.parametrize("seed", range(3))
def test_the_loss_of_a_path_is_its_share_of_all_paths(seed: int) -> None:
    import torch

    from kgbuild.ner.aio.network import path_loss

    scores, transitions = _random((3, 4, 3), seed), _random((4, 4), seed + 50)
    lengths = np.array([4, 1, 2])
    gold = np.random.default_rng(seed).integers(0, 3, (3, 4))
    expected = 0.0
    for row, length in enumerate(lengths.tolist()):
        every = _paths(scores[row, :length], transitions)
        whole = np.log(sum(np.exp(total) for total in every.values()))
        expected += whole - every[tuple(gold[row, :length].tolist())]
    tensors = [torch.from_numpy(x) for x in (scores, gold, lengths, transitions)]
    assert float(path_loss(*tensors)) == pytest.approx(expected, abs=1e-3)


def test_labels_of_two_tasks_never_follow_each_other() -> None:
    scheme = LabelScheme(TASKS, head="crf")
    allowed = allowed_transitions(scheme)
    at = scheme.index
    n = len(scheme.labels)
    assert allowed[at["B-Gene"], at["B-Disease"]]  # Both are in ALL.
    assert allowed[at["O-Gene"], at["B-Gene"]]
    assert not allowed[at["O-Gene"], at["B-Disease"]]
    assert not allowed[at["O-ALL"], at["O-Gene"]]
    assert not allowed[at["B-Cell"], at["B-Gene"]]
    assert not allowed[at["O-ALL"], at["I-Gene"]]
    assert not allowed[at["B-Disease"], at["I-Gene"]]
    assert not allowed[n, at["I-Gene"]]
    assert allowed[at["I-Gene"], n]
    io = allowed_transitions(LabelScheme(TASKS, head="crf", tagging="IO"))
    assert io.sum() < io.size
    assert io[-1, :-1].all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(TASKS)), st.integers(1, 12))
def test_a_crf_never_gives_a_forbidden_path(seed: int, task: str, words: int) -> None:
    scheme = LabelScheme(TASKS, head="crf")
    n = len(scheme.labels)
    # Scores far above what forbids: the ban must not be a matter of degree.
    transitions = np.where(allowed_transitions(scheme), 0, FORBIDDEN) + _random(
        (n + 1, n + 1), seed
    )
    columns = scheme.allowed(task)
    scores = 5 * _random((words, n), seed + 1)[:, columns]
    places = np.append(columns, n)
    within = transitions[np.ix_(places, places)].astype(np.float32)
    path = columns[viterbi(scores, within)]
    allowed = allowed_transitions(scheme)
    for a, b in itertools.pairwise([n, *path.tolist(), n]):
        assert allowed[a, b]


def test_a_crf_needs_transitions_of_its_size(tmp_path: Path) -> None:
    scheme = LabelScheme(TASKS, head="crf")
    with pytest.raises(ConfigError, match=r"needs transitions \(10, 10\). Got none"):
        Decoder(scheme)
    with pytest.raises(ConfigError, match=r"Got \(3, 3\)"):
        Decoder(scheme, np.zeros((3, 3), np.float32))
    with pytest.raises(ResourceMissingError, match="missing or damaged"):
        FRAMEWORK.load_reader(
            tmp_path, {"tasks": {"Gene": ["Gene"]}, "head": "crf"}, tokenizer=None
        )


def test_an_unknown_head_is_named() -> None:
    with pytest.raises(ConfigError, match=r"head must be one of softmax, crf.*'crff'"):
        LabelScheme(TASKS, head="crff")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"tagging must be one of BIO, IO.*'BIOES'"):
        LabelScheme(TASKS, tagging="BIOES")  # type: ignore[arg-type]


def _decoder(scheme: LabelScheme) -> Decoder:
    n = len(scheme.labels) + 1
    return Decoder(scheme, np.zeros((n, n), np.float32))


def _certain(scheme: LabelScheme, gold: np.ndarray) -> np.ndarray:
    """Scores of a network that is sure of the gold labels."""
    if gold.ndim == 1:
        gold = np.eye(len(scheme.labels))[gold]
    return np.where(gold > 0, 12, -12).astype(np.float32)


@pytest.mark.parametrize(("head", "tagging"), COMBINATIONS)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["Gene", "Disease", ""]))))
def test_what_is_encoded_is_decoded(
    head: str, tagging: str, parts: list[tuple[int, str]]
) -> None:
    scheme = LabelScheme(TASKS, head=head, tagging=tagging)  # type: ignore[arg-type]
    words, mentions, last = [], [], ""
    for length, kind in parts:
        if tagging == "IO" and kind == last:
            continue  # Neighbours of one type are one mention there.
        first, last = len(words), kind
        words += [(3 * i, 3 * i + 2) for i in range(first, first + length)]
        if kind:
            mentions.append((words[first][0], words[-1][1], kind))
    gold = scheme.encode(words, mentions, task="ALL")
    found = _decoder(scheme)(_certain(scheme, gold), "ALL")
    spans = [(words[a][0], words[b - 1][1], kind) for a, b, kind, _ in found]
    assert spans == mentions
    assert all(score > 0.99 for *_, score in found)


@pytest.mark.parametrize("tagging", ["BIO", "IO"])
def test_nested_mentions_come_out_of_a_multilabel_head(tagging: str) -> None:
    scheme = LabelScheme(TASKS, head="multilabel", tagging=tagging)  # type: ignore[arg-type]
    words = [(0, 4), (5, 8), (9, 12), (13, 15)]
    mentions = [(0, 12, "Disease"), (5, 8, "Gene")]
    gold = scheme.encode(words, mentions, task="ALL")
    assert gold[1].sum() == 2
    found = _decoder(scheme)(_certain(scheme, gold), "ALL")
    assert [m[:3] for m in found] == [(0, 3, "Disease"), (1, 2, "Gene")]


def test_a_mention_may_begin_inside_another_of_its_type() -> None:
    on, off = 9.0, -9.0
    scores = np.array([[0, on, off], [0, on, on], [0, off, on], [0, off, off]])
    found = decode_each(scores.astype(np.float32), ["Gene"])
    assert [m[:2] for m in found] == [(0, 3), (1, 3)]


def test_unsure_labels_are_no_mentions() -> None:
    assert decode_each(np.full((5, 3), -0.1, np.float32), ["Gene"]) == []
    assert decode_each(np.zeros((0, 3), np.float32), ["Gene"]) == []


NESTED = {"ALL": ("Gene", "Disease", "Complex"), "Gene": ("Gene",)}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a tiny encoder and one corpus a task."""
    folder = tmp_path_factory.mktemp("heads")
    write_workshop(folder, types=NESTED["ALL"])
    return folder


# The other combinations differ from these in how labels are written and read, which the
# tests above look at.
@pytest.mark.train
@pytest.mark.parametrize(
    ("head", "tagging"),
    [("softmax", "BIO"), ("crf", "BIO"), ("crf", "IO"), ("multilabel", "IO")],
)
def test_every_head_learns_and_learns_more(
    head: str, tagging: str, workshop: Path, tmp_path: Path
) -> None:
    from kgbuild.ner.export import export
    from kgbuild.ner.tagger import load_tagger
    from kgbuild.ner.training import train

    model = {"head": head, "scheme": tagging}
    recipe = load_recipe(
        write_recipe(workshop / f"{head}-{tagging}.toml", tasks=NESTED, model=model,
                     encoder=workshop / "encoder")
    )  # fmt: skip
    trained = train(recipe, tmp_path / "trained")
    rows = [json.loads(x) for x in (trained / "log.jsonl").read_text().splitlines()]
    figures = [row for row in rows if "f1" in row][-1]["f1"]["ALL:ALL"]
    assert set(figures) == {*NESTED["ALL"], "all"}
    assert min(figures.values()) > 85

    types = list(NESTED["ALL"])
    folders = [trained]
    for precision in ("fp16", "fp32", "int8"):
        export(trained, tmp_path / precision, precision=precision)
        folders.append(tmp_path / precision)
    taggers = [load_tagger(folder, types=types, threads=2) for folder in folders]
    documents = [learns(tagger, types) for tagger in taggers]
    whole, exact = ([d.mentions for d in documents[i]] for i in (0, 2))
    assert [[m.span for m in row] for row in whole] == [
        [m.span for m in row] for row in exact
    ]
    if head == "multilabel":
        inner = Document.from_text("w1 the s1 complex w2 d3 syndrome")
        assert [(m.text, m.type) for m in taggers[-1](inner).mentions] == [
            ("the s1 complex", "Complex"), ("s1", "Gene"), ("d3 syndrome", "Disease"),
        ]  # fmt: skip

    more = load_recipe(
        write_recipe(workshop / f"{head}-{tagging}-cell.toml", tasks={"Cell": ["Cell"]},
                     training={"epochs": 6, "learning_rate": 5e-4, "averaging": 0.0,
                               "tokens_per_batch": 120})
    )  # fmt: skip
    tuned = train(more, tmp_path / "tuned", start_from=trained)
    tagger = load_tagger(tuned, types=["all"], threads=1)
    scheme = tagger.reader.scheme
    assert (scheme.head, scheme.tagging) == (head, tagging)
    assert scheme.tasks == {**NESTED, "Cell": ("Cell",)}
    learns(tagger, [*types, "Cell"])
    if head == "softmax":  # a CRF goes on from it, not the other way round
        as_crf = replace(more, model={"head": "crf"})
        tagger = load_tagger(
            train(as_crf, tmp_path / "crf", start_from=trained),
            types=["all"], threads=1,
        )  # fmt: skip
        assert tagger.reader.scheme.head == "crf"
        learns(tagger, [*types, "Cell"])
    other = replace(
        more, model={"head": "multilabel" if head == "softmax" else "softmax"}
    )
    if head == "multilabel":
        other = replace(more, model={"head": "crf"})
    with pytest.raises(ConfigError, match=r"the recipe's \[model\] asks for"):
        train(other, tmp_path / "other", start_from=trained)


@pytest.mark.train
def test_a_crf_passes_its_transitions_on() -> None:
    import torch
    from transformers import BertConfig, BertModel

    from kgbuild.ner.aio.network import TaggerNetwork

    encoder = BertModel(
        BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=1,
                   num_attention_heads=1, intermediate_size=8),
        add_pooling_layer=False,
    )  # fmt: skip
    old = TaggerNetwork(encoder, LabelScheme({"Gene": ("Gene",)}, head="crf"))
    with torch.no_grad():
        old.output.transitions.copy_(torch.randn(4, 4))
    scheme = LabelScheme({"Cell": ("Cell",), "Gene": ("Gene",)}, head="crf")
    new = TaggerNetwork(encoder, scheme)
    new.inherit(old)
    for a in (*old.scheme.labels, None):
        for b in (*old.scheme.labels, None):
            here = [
                len(scheme.labels) if x is None else scheme.index[x] for x in (a, b)
            ]
            there = [3 if x is None else old.scheme.index[x] for x in (a, b)]
            assert torch.equal(
                new.output.transitions[*here], old.output.transitions[*there]
            )
    row, column = scheme.index["B-Gene"], old.scheme.index["B-Gene"]
    assert torch.equal(new.output.weight[row], old.output.weight[column])


@pytest.mark.train
def test_a_wider_mention_of_gold_reaches_a_multilabel_head() -> None:
    gold = [
        Mention(start=0, end=9, text="TNF alpha", type="Gene"),
        Mention(start=0, end=3, text="TNF", type="Gene"),
    ]
    scheme = LabelScheme({"Gene": ("Gene",)}, head="multilabel")
    labels = scheme.encode(
        [(0, 3), (4, 9)], [(m.start, m.end, m.type) for m in gold], task="Gene"
    )
    found = _decoder(scheme)(_certain(scheme, labels), "Gene")
    # Of two that begin at one word, one type can tell only the longer.
    assert [m[:2] for m in found] == [(0, 2)]
