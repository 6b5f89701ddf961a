from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.errors import ConfigError
from kgbuild.ner.aio.decoding import decode_one
from kgbuild.ner.aio.labels import LabelScheme, bio_labels
from kgbuild.ner.tagger import choose_tasks

SCHEME = LabelScheme(
    {"ALL": ("Gene", "Disease"), "Gene": ("Gene",), "Anatomy": ("Anatomy",)}
)


def test_every_task_has_its_own_outside_label() -> None:
    assert SCHEME.labels[:3] == ("O-ALL", "O-Gene", "O-Anatomy")
    assert len(SCHEME.labels) == 3 + 2 * 3


def test_a_task_allows_its_types_alone() -> None:
    allowed = [SCHEME.labels[i] for i in SCHEME.allowed("Gene")]
    assert allowed == ["O-Gene", "B-Gene", "I-Gene"]


def test_types_choose_the_fewest_tasks() -> None:
    assert choose_tasks(SCHEME.tasks, ["Anatomy", "Gene", "Disease"]) == {
        "Anatomy": ("Anatomy",),
        "ALL": ("Gene", "Disease"),
    }


def test_an_unknown_type_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"Gene, Disease, Anatomy\. Got 'Planet'"):
        choose_tasks(SCHEME.tasks, ["Planet"])


def test_a_task_without_types_is_refused() -> None:
    with pytest.raises(ConfigError, match="must list its entity types"):
        LabelScheme.from_dict({"Gene": "Gene"})


def test_a_mention_that_cuts_a_word_takes_the_word() -> None:
    words = [(0, 7), (8, 12)]
    assert bio_labels(words, [(2, 5, "Gene")]) == ["B-Gene", "O"]


def _scores(labels: list[int], width: int) -> np.ndarray:
    return np.eye(width, dtype=np.float32)[labels] * 9


def test_inside_without_begin_begins_a_mention() -> None:
    found = decode_one(_scores([0, 2, 2, 0, 4], 5), ["Gene", "Disease"])
    assert [(a, b, t) for a, b, t, _ in found] == [(1, 3, "Gene"), (4, 5, "Disease")]


def test_begin_after_inside_of_one_type_parts_two_mentions() -> None:
    found = decode_one(_scores([1, 2, 1], 3), ["Gene"])
    assert [(a, b) for a, b, *_ in found] == [(0, 2), (2, 3)]


def test_a_change_of_type_parts_two_mentions() -> None:
    found = decode_one(_scores([1, 4], 5), ["Gene", "Disease"])
    assert [(a, b, t) for a, b, t, _ in found] == [(0, 1, "Gene"), (1, 2, "Disease")]


@pytest.mark.parametrize(
    ("gene", "chemical", "score"),
    # Six tenths a gene, nearly four a chemical: surely a name. In doubt among many: as
    # likely as the likeliest.
    [(0.6, 0.38, 0.98), (0.4, 0.35, 0.4)],
)
def test_a_score_counts_every_type_that_a_name_may_be(
    gene: float, chemical: float, score: float
) -> None:
    shares = np.array([[1 - gene - chemical, gene, 0.0, chemical, 0.0]])
    scores = np.log(np.maximum(shares, 1e-9)).astype(np.float32)
    (found,) = decode_one(scores, ["Gene", "Chemical"])
    assert found[:3] == (0, 1, "Gene")
    assert found[3] == pytest.approx(score, abs=1e-4)


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["Gene", "Disease", ""]))))
def test_labels_decode_to_the_mentions_they_came_from(
    parts: list[tuple[int, str]],
) -> None:
    words, mentions, at = [], [], 0
    for length, kind in parts:
        first = at
        for _ in range(length):
            words.append((at, at + 2))
            at += 3
        if kind:
            mentions.append((first, at - 1, kind))
    types = ["Gene", "Disease"]
    columns = {"O": 0, "B-Gene": 1, "I-Gene": 2, "B-Disease": 3, "I-Disease": 4}
    labels = [columns[label] for label in bio_labels(words, mentions)]
    found = decode_one(_scores(labels, 5), types)
    spans = [(words[a][0], words[b - 1][1], kind) for a, b, kind, _ in found]
    assert spans == mentions
    assert all(score > 0.99 for *_, score in found)
