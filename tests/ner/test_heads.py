"""Output layers: softmax, CRF and multilabel, with BIO and IO labels."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.ner.aio.decoding import (
    FORBIDDEN,
    Decoder,
    allowed_transitions,
    marginals,
    viterbi,
)
from kgbuild.ner.aio.labels import LabelScheme, decode_each

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
    lengths = np.array([5, 1, 3, 2])
    for row, path in enumerate(viterbi(scores, lengths, transitions)):
        every = _paths(scores[row, : lengths[row]], transitions)
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


@pytest.mark.train
@pytest.mark.parametrize("seed", range(3))
def test_the_loss_of_a_path_is_its_share_of_all_paths(seed: int) -> None:
    import torch

    from kgbuild.ner.aio.network import best_paths, path_loss

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
    paths = best_paths(tensors[0], tensors[2], tensors[3])
    for ours, theirs in zip(paths, viterbi(scores, lengths, transitions), strict=True):
        assert ours.tolist() == theirs.tolist()


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
    path = columns[viterbi(scores[None], np.array([words]), within)[0]]
    allowed = allowed_transitions(scheme)
    for a, b in itertools.pairwise([n, *path.tolist(), n]):
        assert allowed[a, b]


def test_a_crf_needs_transitions_of_its_size(tmp_path: Path) -> None:
    from kgbuild.ner.tagger import _transitions

    scheme = LabelScheme(TASKS, head="crf")
    with pytest.raises(ConfigError, match=r"needs transitions \(10, 10\). Got none"):
        Decoder(scheme)
    with pytest.raises(ConfigError, match=r"Got \(3, 3\)"):
        Decoder(scheme, np.zeros((3, 3), np.float32))
    with pytest.raises(ResourceMissingError, match="missing or damaged"):
        _transitions(tmp_path, scheme)


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


# A language in which every word has one meaning, so that a few steps teach it: genes,
# diseases of two words, and complexes, which hold a gene of another kind.
GENES = [f"g{i}" for i in range(8)]
SUBUNITS = [f"s{i}" for i in range(8)]
DISEASES = [f"d{i}" for i in range(8)]
WORDS = [f"w{i}" for i in range(12)]
NESTED = {"ALL": ("Gene", "Disease", "Complex"), "Gene": ("Gene",)}


def _text(rng: random.Random) -> tuple[str, list[tuple[int, int, str]]]:
    text, mentions = "", []

    def add(words: str) -> tuple[int, int]:
        nonlocal text
        start = len(text) + bool(text)
        text = f"{text} {words}".strip()
        return start, len(text)

    for _ in range(rng.randint(3, 6)):
        add(rng.choice(WORDS))
        kind = rng.random()
        if kind < 0.25:
            mentions.append((*add(rng.choice(GENES)), "Gene"))
        elif kind < 0.5:
            start, _ = add(rng.choice(DISEASES))
            mentions.append((start, add("syndrome")[1], "Disease"))
        elif kind < 0.7:
            start, _ = add("the")
            gene = add(rng.choice(SUBUNITS))
            mentions += [(*gene, "Gene"), (start, add("complex")[1], "Complex")]
    return text, mentions


def _tokenizer() -> Tokenizer:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *GENES, *SUBUNITS,
                  *DISEASES, *WORDS, "syndrome", "the", "complex"]  # fmt: skip
    tokenizer = Tokenizer(
        models.WordLevel({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def _learn(scheme: LabelScheme, folder: Path, *, steps: int = 90) -> None:
    """Train a tiny random BERT for a few steps and save it."""
    import torch
    from transformers import BertConfig, BertModel

    from kgbuild.ner.aio.dataset import N_BEFORE, Example, document_units, wrap
    from kgbuild.ner.aio.network import (
        TaggerNetwork,
        add_task_tags,
        add_token_types,
        save_tagger,
    )
    from kgbuild.ner.training import collate

    torch.manual_seed(0)
    tokenizer = _tokenizer()
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=64,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )  # fmt: skip
    encoder = BertModel(config, add_pooling_layer=False)
    add_task_tags(encoder, tokenizer, scheme)
    add_token_types(encoder)
    network = TaggerNetwork(encoder, scheme, dropout=0.0)
    rng = random.Random(1)
    nested = scheme.head == "multilabel"
    examples = []
    for i in range(240):
        text, mentions = _text(rng)
        task = "Gene" if i % 4 == 0 else "ALL"
        if task == "Gene":
            mentions = [m for m in mentions if m[2] == "Gene"]
        elif not nested:
            mentions = _outermost(mentions)
        document = Document.from_text(text)
        for unit in document_units(document, tokenizer, budget=0, limit=60):
            ids, types = wrap(unit, task, tokenizer)
            labels = scheme.encode(unit.words.tolist(), mentions, task=task)
            first = unit.first_pieces + N_BEFORE
            examples.append(Example(ids, types, first, labels, task))
    optimizer = torch.optim.AdamW(
        [
            {"params": list(network.encoder.parameters()), "lr": 3e-3},
            {"params": list(network.output.parameters()), "lr": 1e-2},
        ]
    )
    tasks = {task: i for i, task in enumerate(scheme.tasks)}
    for step in range(steps):
        at = 24 * step % 240
        loss = network.loss(collate(examples[at : at + 24], tasks))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5
    card = {"name": "tiny", "budget": 0, "limit": 60}
    save_tagger(network, tokenizer, folder, card=card)


def _outermost(mentions: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    return [
        m
        for m in mentions
        if not any(o[0] <= m[0] and m[1] <= o[1] and o != m for o in mentions)
    ]


@pytest.mark.train
@pytest.mark.parametrize(("head", "tagging"), COMBINATIONS)
def test_every_head_is_trained_saved_exported_and_decoded(
    head: str, tagging: str, tmp_path: Path
) -> None:
    from kgbuild.ner.export import export
    from kgbuild.ner.tagger import load_tagger

    scheme = LabelScheme(NESTED, head=head, tagging=tagging)  # type: ignore[arg-type]
    _learn(scheme, tmp_path / "made")
    for precision in ("fp32", "int8"):
        export(tmp_path / "made", tmp_path / precision, precision=precision)
    export(tmp_path / "made", tmp_path / "fp16", precision="fp16")
    taggers = [
        load_tagger(tmp_path / "made", backend="torch", threads=1),
        load_tagger(tmp_path / "fp16", backend="torch", threads=1),
        load_tagger(tmp_path / "fp32", threads=1),
        load_tagger(tmp_path / "int8", threads=2),
    ]
    assert [t.scheme for t in taggers] == [scheme] * 4
    rng = random.Random(99)
    right = predicted = gold = 0
    documents = []
    for _ in range(30):
        text, mentions = _text(rng)
        if head != "multilabel":
            mentions = _outermost(mentions)
        documents.append((Document.from_text(text), set(mentions)))
    for tagger in taggers:
        found = list(tagger.stream([d for d, _ in documents]))
        for document, (_, mentions) in zip(found, documents, strict=True):
            ours = {(m.start, m.end, m.type) for m in document.mentions}
            right += len(ours & mentions)
            predicted += len(ours)
            gold += len(mentions)
            assert all(0.5 < (m.score or 0) <= 1 for m in document.mentions)
    assert gold > 100
    assert 2 * right / (predicted + gold) > 0.95
    if head == "multilabel":
        inner = Document.from_text("w1 the s1 complex w2 d3 syndrome")
        assert [(m.text, m.type) for m in taggers[-1](inner).mentions] == [
            ("the s1 complex", "Complex"), ("s1", "Gene"), ("d3 syndrome", "Disease"),
        ]  # fmt: skip


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
