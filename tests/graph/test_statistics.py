"""The statistics against exact fractions and worked examples."""

from __future__ import annotations

from fractions import Fraction
from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuild.graph import statistics
from kgbuild.graph.statistics import (
    benjamini_hochberg,
    hypergeometric_tail,
    log_odds,
    npmi,
)


def exact_tail(k: int, x: int, y: int, n: int) -> Fraction:
    ways = sum(comb(x, i) * comb(n - x, y - i) for i in range(k, min(x, y) + 1))
    return Fraction(ways, comb(n, y))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_tail_is_the_exact_fraction(data):
    n = data.draw(st.integers(1, 600))
    x = data.draw(st.integers(0, n))
    y = data.draw(st.integers(0, n))
    k = data.draw(st.integers(0, min(x, y) + 1))
    expected = exact_tail(k, x, y, n)
    found = float(hypergeometric_tail(k, x, y, n=n))
    assert found == pytest.approx(float(expected), rel=1e-11, abs=1e-300)


@pytest.mark.parametrize(
    ("k", "x", "y", "n"),
    [
        (40, 1_000, 2_000, 1_000_000),
        (1, 3, 7, 1_000_000),
        (2_100, 100_000, 20_000, 1_000_000),  # about the mean: a long sum
        (1_900, 100_000, 20_000, 1_000_000),  # below the mean: the other tail
        (300, 300, 300, 1_000_000),  # 1e-1200 underflows
    ],
)
def test_tail_at_the_size_of_pubmed(k, x, y, n):
    term = comb(x, k) * comb(n - x, y - k)
    ways, at = 0, k
    while term and at <= min(x, y):
        ways += term
        if term.bit_length() < ways.bit_length() - 80:
            break
        term = term * (x - at) * (y - at) // ((at + 1) * (n - x - y + at + 1))
        at += 1
    expected = ways / comb(n, y)  # whole numbers of any size: rounded once
    found = float(hypergeometric_tail(k, x, y, n=n))
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-300)


def test_tail_beyond_its_support():
    assert hypergeometric_tail([0, 4, 1], 3, [2, 5, 5], n=[4, 6, 6]).tolist() == [
        1.0,
        0.0,
        1.0,
    ]
    assert hypergeometric_tail([], [], [], n=5).shape == (0,)


def test_pieces_and_threads_do_not_show(monkeypatch):
    draw = np.random.default_rng(3)
    x, y = draw.integers(1, 500, (2, 5_000))
    k = np.minimum(np.minimum(x, y), draw.integers(1, 20, 5_000))
    whole = hypergeometric_tail(k, x, y, n=10_000)
    monkeypatch.setattr(statistics, "_PIECE", 97)
    assert np.array_equal(hypergeometric_tail(k, x, y, n=10_000), whole)


def test_npmi_of_worked_examples():
    # p(x) = p(y) = 1/2, p(xy) = 1/4: independent; twice as often: log 2 / log 2.
    assert npmi(25, 50, 50, n=100) == pytest.approx(0)
    assert npmi(50, 50, 50, n=100) == pytest.approx(1)
    assert npmi(10, 20, 50, n=100) == pytest.approx(0)
    assert npmi(5, 10, 10, n=100) == pytest.approx(log(5) / log(20))
    assert npmi([0, 7], [3, 7], [3, 7], n=[9, 7]).tolist() == [-1, 1]


@given(st.integers(1, 10**6), st.data())
def test_npmi_and_log_odds_are_bounded_and_symmetric(n, data):
    x, y = data.draw(st.integers(1, n)), data.draw(st.integers(1, n))
    k = data.draw(st.integers(0, min(x, y)))
    value = float(npmi(k, x, y, n=n))
    assert -1 <= value <= 1
    assert value == npmi(k, y, x, n=n)
    ratio = float(log_odds(k, x, y, n=n))
    assert np.isfinite(ratio)
    assert ratio == log_odds(k, y, x, n=n)


def test_log_odds_by_hand():
    # rare 10 (8 of them with the commoner), common 40, of 200; prior of one mention.
    without = 1 * 160 / 40
    inside = (8 + 1) / (2 + without)
    outside = (32 + 1) / (158 + without)
    assert log_odds(8, 40, 10, n=200) == pytest.approx(log(inside / outside))


def test_one_chance_meeting_does_not_beat_many():
    once, often = log_odds([1, 40], [1, 50], [1, 50], n=1_000_000)
    assert once == pytest.approx(log(4), abs=1e-3)
    assert often > once


def test_a_stronger_prior_pulls_to_zero():
    weak = log_odds(3, 5, 5, n=1000, prior=0.5)
    strong = log_odds(3, 5, 5, n=1000, prior=20.0)
    assert 0 < strong < weak


def test_q_values_of_the_textbook():
    # Benjamini and Hochberg 1995, section 3.2: fifteen p values; at 0.05 the four
    # smallest pass, and not the fifth.
    p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
        0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    q = benjamini_hochberg(p)
    assert (q <= 0.05).sum() == 4
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert benjamini_hochberg(p[:4], tests=15) == pytest.approx(q[:4])


@given(st.lists(st.floats(0, 1), max_size=60), st.randoms())
def test_q_values_are_those_of_the_definition(p, random):
    q = benjamini_hochberg(p)
    m = len(p)
    for value, found in zip(p, q, strict=True):
        expected = min(
            (other * m / sum(o <= other for o in p) for other in p if other >= value),
            default=1.0,
        )
        assert found == pytest.approx(min(1.0, expected))
    shuffled = list(range(m))
    random.shuffle(shuffled)
    again = benjamini_hochberg([p[i] for i in shuffled])
    assert again.tolist() == [q[i] for i in shuffled]


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), max_size=40))
def test_q_values_of_p_values_that_repeat(given_times):
    p = [value for value, _ in given_times]
    times = [often for _, often in given_times]
    found = benjamini_hochberg(p, times=times)
    repeated = benjamini_hochberg(np.repeat(p, times))
    assert np.repeat(found, times).tolist() == repeated.tolist()


def test_tails_of_many_lengths_are_those_of_one_at_a_time():
    # Sums end after one term or after hundreds; what has ended must not move on.
    draw = np.random.default_rng(8)
    x, y = draw.integers(1, 4_000, (2, 400))
    k = np.minimum(draw.poisson(x * y / 9_000), np.minimum(x, y))
    together = hypergeometric_tail(k, x, y, n=9_000)
    alone = [float(hypergeometric_tail(*c, n=9_000)) for c in zip(k, x, y, strict=True)]
    assert together.tolist() == alone
