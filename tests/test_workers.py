"""Of several workers, one takes the tests of a file: what these share is made once."""

from __future__ import annotations

import os

import pytest


def test_a_file_stays_on_one_worker(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("there is one process")
    # What xdist deals out by, where it was told before it looked.
    assert request.node.nodeid.endswith(f"@{request.node.location[0]}")
