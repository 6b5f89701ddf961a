"""How surprising a co-mention is: NPMI, log odds, hypergeometric test, false discovery.

All functions are vectorised over pairs. Of one pair: ``n`` documents in all, ``n_x``
and ``n_y`` of them name one concept and the other, ``n_xy`` name both together. Where
"together" means in one sentence, ``n_xy`` may be less than documents that name both:
the test is then on the safe side. Counts are integers, results float64. Only numpy is
needed.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.markup import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: Pseudo-mentions behind the prior of :func:`log_odds`.
PRIOR = 1.0

#: Pairs rated at a time.
_PIECE = 1 << 15


def npmi(n_xy: ArrayLike, n_x: ArrayLike, n_y: ArrayLike, *, n: ArrayLike) -> Floats:
    """Return normalised pointwise mutual information (Bouma 2009).

    Parameters
    ----------
    n_xy, n_x, n_y, n
        Counts, broadcast together.

    Returns
    -------
    numpy.ndarray
        float64 in [-1, 1]: -1 never together, 0 independent, 1 only together (also
        where both are in every document, the limit).

    Examples
    --------
    >>> npmi([5, 1, 0], [5, 10, 3], [5, 10, 3], n=100).round(3).tolist()
    [1.0, 0.0, -1.0]
    """
    xy, x, y, total = _floats(n_xy, n_x, n_y, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(xy * total / (x * y)) / -np.log(xy / total)
    value = np.where(xy == 0, -1.0, value)
    return np.clip(np.where(xy == total, 1.0, value), -1.0, 1.0)


def log_odds(
    n_xy: ArrayLike,
    n_x: ArrayLike,
    n_y: ArrayLike,
    *,
    n: ArrayLike,
    prior: float = PRIOR,
) -> Floats:
    """Return the log odds ratio with an informative prior (Monroe et al. 2008).

    Compares the odds of the commoner concept in documents that name the rarer one with
    its odds elsewhere. Both groups get pseudo-documents in which the commoner concept
    is as frequent as overall, enough of them to hold ``prior`` mentions of it: a
    Dirichlet prior in proportion to the background (doi:10.1093/pan/mpn018, equation
    15). A pair seen once stays near ``log 4`` however rare its concepts are.

    Parameters
    ----------
    n_xy, n_x, n_y, n
        Counts, broadcast together.
    prior
        Pseudo-documents that name the commoner concept; more pull harder towards zero.

    Returns
    -------
    numpy.ndarray
        float64, natural logarithm; 0 where the commoner concept is in every document.

    Examples
    --------
    >>> log_odds([1, 40], [1, 50], [1, 50], n=10_000).round(2).tolist()
    [1.39, 5.2]
    """
    xy, x, y, total = _floats(n_xy, n_x, n_y, n)
    rare, common = np.minimum(x, y), np.maximum(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = prior * (total - common) / common
        inside = (xy + prior) / (rare - xy + without)
        # Documents that name both apart can leave less than inclusion and exclusion
        # promise; no cell is less than empty.
        neither = np.maximum(total - rare - common + xy, 0.0)
        outside = (common - xy + prior) / (neither + without)
        value = np.log(inside / outside)
    return np.where(common >= total, 0.0, value)


def hypergeometric_tail(
    n_xy: ArrayLike, n_x: ArrayLike, n_y: ArrayLike, *, n: ArrayLike
) -> Floats:
    """Return P(X >= n_xy), see :func:`log10_hypergeometric_tail`.

    float64 in [0, 1]; 0 where the true value underflows.

    Examples
    --------
    >>> hypergeometric_tail([1, 2], 2, 2, n=4).round(6).tolist()  # 5/6, 1/6
    [0.833333, 0.166667]
    """
    return np.power(10.0, log10_hypergeometric_tail(n_xy, n_x, n_y, n=n))


def log10_hypergeometric_tail(
    n_xy: ArrayLike, n_x: ArrayLike, n_y: ArrayLike, *, n: ArrayLike
) -> Floats:
    """Return log10 P(X >= n_xy) when n_x and n_y of n documents are drawn at random.

    One-sided, Fisher's exact test for enrichment. The largest term is Loader's saddle
    point form (Loader 2000, "Fast and accurate computation of binomial probabilities"),
    good to some 14 digits at any size, and the tail is summed from it; a tail above
    one half is one minus the other.

    Parameters
    ----------
    n_xy, n_x, n_y, n
        Counts, broadcast together, ``n_x, n_y <= n``.

    Returns
    -------
    numpy.ndarray
        float64, at most 0; -inf only where ``n_xy`` cannot be.

    Examples
    --------
    >>> log10_hypergeometric_tail([2, 300], [2, 300], [2, 300], n=10**6).round(2)
    array([  -11.7 , -1185.49])
    """
    xy, x, y, total = np.broadcast_arrays(*_floats(n_xy, n_x, n_y, n))
    shape = xy.shape
    xy, x, y, total = (a.ravel() for a in (xy, x, y, total))
    least = np.maximum(0.0, x + y - total)
    value = np.zeros(xy.shape)
    value[xy > np.minimum(x, y)] = -np.inf
    open_ = np.flatnonzero((xy > least) & (xy <= np.minimum(x, y)))

    def rate(begin: int) -> None:
        piece = open_[begin : begin + _PIECE]
        value[piece] = _log_tail(xy[piece], x[piece], y[piece], total[piece])

    # Pieces that stay in the cache are several times as fast as whole columns.
    begins = range(0, open_.size, _PIECE)
    if len(begins) < 4:
        for begin in begins:
            rate(begin)
    else:
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for _ in pool.map(rate, begins):
                pass
    return np.minimum(value / math.log(10), 0.0).reshape(shape)


def benjamini_hochberg(
    p_values: ArrayLike,
    *,
    tests: int | None = None,
    times: ArrayLike | None = None,
) -> Floats:
    """Return q values: the false discovery rate at which each test would pass.

    Benjamini and Hochberg 1995 (doi:10.1111/j.2517-6161.1995.tb02031.x).

    Parameters
    ----------
    p_values
        float64, shape ``(n_pairs,)``, of any order.
    tests
        Number of tests made, where it is more than the p values given; the others
        count as p = 1.
    times
        How many tests gave each p value, shape ``(n_pairs,)``, positive; one each where
        it is left out. Repeating the p values so often gives the same q values.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(6).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not p.size:
        return p.copy()
    order = np.argsort(p)  # equal p values get equal q values in any order
    each = np.ones(p.size, np.int64) if times is None else np.asarray(times)[order]
    passed = np.cumsum(each)
    count = max(int(passed[-1]), tests or 0)
    scaled = p[order] * (count / passed)
    monotone = np.minimum.accumulate(scaled[::-1])[::-1]
    out = np.empty_like(p)
    out[order] = np.minimum(monotone, 1.0)
    return out


#: From here on people read a p or q value as it stands, below with its zeros counted.
_PLAIN = 0.001


def figure(row: Mapping[str, Any], column: str) -> str:
    """Return a column of an association as people read it.

    Examples
    --------
    >>> row = {"p_value": 0.0, "log10_p": -412.3, "documents": 1200, "last_year": 2000}
    >>> [figure(row, name) for name in row]
    ['< 1e-300', '-412.3', '1,200', '2000']
    >>> [figure({"q_value": q}, "q_value") for q in (1.0, 0.0421, 0.00012)]
    ['1', '0.042', '1.2e-04']
    >>> figure({"log10_p": -0.01}, "log10_p")
    '0.0'
    """
    value = row.get(column)
    if value is None:
        return "–"
    if column in {"p_value", "q_value"}:
        if value < 1e-300:
            return "< 1e-300"
        return f"{value:.1e}" if value < _PLAIN else f"{value:.2g}"
    if column in {"first_year", "last_year"}:
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    # Adding 0 takes the sign of -0.0 away.
    return f"{round(value, 1) + 0.0:.1f}" if column == "log10_p" else f"{value:.3f}"


def denial(row: Mapping[str, Any]) -> str:
    """Say how many sentences of an association hold a word of denial, if half do.

    Examples
    --------
    >>> denial({"sentences": 2, "negated": 2}), denial({"sentences": 3, "negated": 1})
    ('2 of 2 sentences deny', '')
    """
    negated = row.get("negated")
    if not negated or 2 * negated < row["sentences"]:
        return ""
    return f"{negated:,} of {counted(row['sentences'], 'sentence')} deny"


# -- the hypergeometric distribution ---------------------------------------------------


def _log_tail(k: Floats, x: Floats, y: Floats, n: Floats) -> Floats:
    # Sum away from the mode: up from k, or down from k - 1 and take the rest.
    up = k * n > x * y
    value = np.empty(k.shape)
    for side, here in ((True, np.flatnonzero(up)), (False, np.flatnonzero(~up))):
        if not here.size:
            continue
        cells = x[here], y[here], n[here]
        start = k[here] if side else k[here] - 1
        log_first = _log_pmf(start, *cells)
        log_sum = log_first + np.log(_relative_sum(start, *cells, up=side))
        value[here] = log_sum if side else np.log1p(-np.minimum(np.exp(log_sum), 1.0))
    return value


def _relative_sum(k: Floats, x: Floats, y: Floats, n: Floats, *, up: bool) -> Floats:
    """Sum the terms from k up (or down), in units of the first."""
    out = np.empty(k.shape)
    place: NDArray[Any] = np.arange(k.size)
    at: Floats = k
    term: Floats = np.ones(k.shape)
    total: Floats = np.ones(k.shape)
    apart = n - x - y
    while True:
        if up:
            at = at + 1
            term *= (x - at + 1) * (y - at + 1) / (at * (apart + at))
        else:
            term *= at * (apart + at) / ((x - at + 1) * (y - at + 1))
            at = at - 1
        total += term
        live = term > total * 1e-17
        alive = np.count_nonzero(live)
        if not alive:
            out[place] = total
            return out
        # What has come to its end costs little, moving the rest does too: terms that
        # are too small to count change nothing.
        if alive < 0.7 * live.size:
            out[place[~live]] = total[~live]
            place = place[live]
            at, term, total, x, y, apart = (
                column[live] for column in (at, term, total, x, y, apart)
            )


def _log_pmf(k: Floats, x: Floats, y: Floats, n: Floats) -> Floats:
    """Log of C(x, k) C(n - x, y - k) / C(n, y), by Loader's binomial densities."""
    p = y / n
    q = (n - y) / n
    return (
        _log_binomial(k, x, p, q)
        + _log_binomial(y - k, n - x, p, q)
        - _log_binomial(y, n, p, q)
    )


def _log_binomial(k: Floats, n: Floats, p: Floats, q: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = (
            _stirling_error(n)
            - _stirling_error(k)
            - _stirling_error(n - k)
            - _deviance(k, n * p)
            - _deviance(n - k, n * q)
            - 0.5 * np.log(2 * np.pi * k * (n - k) / np.where(n > 0, n, 1.0))
        )
        # log1p where p is small: n log q loses digits otherwise.
        none = n * np.where(p < 0.1, np.log1p(-p), np.log(q))
        all_ = n * np.where(q < 0.1, np.log1p(-q), np.log(p))
    out = np.where(k == 0, none, np.where(k == n, all_, inner))
    return np.where(n == 0, 0.0, out)


#: log(n!) - log of Stirling's formula, n = 0 … 15; the series below is exact beyond.
_STIRLING = np.array(
    [0.0]
    + [
        math.lgamma(i + 1.0) - (i + 0.5) * math.log(i) + i - 0.5 * math.log(2 * math.pi)
        for i in range(1, 16)
    ]
)


def _stirling_error(n: Floats) -> Floats:
    small = n <= 15
    big = np.where(small, 16.0, n)
    square = big * big
    series = (
        1 / 12
        - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square)
        / square
    ) / big
    table = _STIRLING[np.where(small, np.maximum(n, 0), 0).astype(np.int64)]
    return np.where(small, table, series)


def _deviance(k: Floats, mean: Floats) -> Floats:
    """Return k log(k / mean) + mean - k without cancellation."""
    difference = k - mean
    near = np.abs(difference) < 0.1 * (k + mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = k * np.log(k / mean) + mean - k
        v = difference / (k + mean)
    if not near.any():
        return far
    v = np.where(near, v, 0.0)
    value = difference * v
    power = 2 * k * v
    square = v * v
    # |v| < 0.1, so that eight terms reach the last bit.
    for odd in range(3, 19, 2):
        power = power * square
        value = value + power / odd
    return np.where(near, value, far)


def _floats(*counts: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.asarray(c, dtype=np.float64) for c in counts)
