"""Of several workers, one takes the tests of a file: what these share is made once."""

from __future__ import annotations

import os

import pytest

SEEN: list[int] = []


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process")
@pytest.mark.parametrize("number", range(8))
def test_a_file_stays_on_one_worker(number: int) -> None:
    SEEN.append(number)
    assert [*range(number + 1)] == SEEN, "others of this file ran elsewhere"
