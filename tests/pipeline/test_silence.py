"""Workers that give no sign of life: from when on their time counts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from kgbuild.pipeline.executors import ended

if TYPE_CHECKING:
    import pytest


class _Patient:
    patience_s = 1.5

    def sign(self, _: object) -> int:
        return 0


def test_time_counts_from_when_an_item_is_first_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = iter([0.0, 2.0, 3.0, 4.0])
    clock = SimpleNamespace(monotonic=lambda: next(moments))
    monkeypatch.setattr(ended, "time", clock)
    silence = ended.Silence(_Patient())
    looks = [silence.look([("worker", "item")]) for _ in range(3)]
    assert looks == [[], [], ["worker"]]
