"""Files that fail: an error that is named, and the same bytes after a rerun.

Some of all writes; benchmarks/faults.py takes all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fault_scenarios import SCENARIOS, failed_at_each, killed_at_each

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_disk_that_fails(name: str, tmp_path: Path) -> None:
    assert failed_at_each(name, tmp_path, points=12) > 3


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_process_that_is_killed_while_it_writes(name: str, tmp_path: Path) -> None:
    assert killed_at_each(name, tmp_path, points=3) == 3
