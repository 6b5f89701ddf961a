"""Asking again: after what the server says, or with pauses that grow."""

from __future__ import annotations

import datetime as dt
import logging
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from kgbuild._io.http import (
    AnswerError,
    refuse_busy,
    requested_pause_s,
    with_retry,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def failing(times: int) -> tuple[Callable[[], int], list[int]]:
    calls: list[int] = []

    def send() -> int:
        calls.append(1)
        if len(calls) <= times:
            reason = "busy"
            raise AnswerError(reason)
        return len(calls)

    return send, calls


def test_it_asks_again_until_there_is_an_answer() -> None:
    send, calls = failing(3)
    options = {"wait_initial_s": 0.001, "wait_max_s": 0.002}
    assert with_retry(send, again=lambda _: True, attempts=5, **options) == 4
    send, calls = failing(9)
    with pytest.raises(AnswerError, match="busy"):
        with_retry(send, again=lambda _: True, attempts=3, **options)
    assert len(calls) == 3


def test_what_is_final_is_not_asked_again() -> None:
    send, calls = failing(9)
    with pytest.raises(AnswerError):
        with_retry(send, again=lambda _: False, attempts=5)
    assert len(calls) == 1


def test_the_pause_is_the_one_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    send, _ = failing(2)
    assert with_retry(send, again=lambda _: 7.25, attempts=5) == 3
    assert slept == [7.25, 7.25]


def test_pauses_grow_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    send, _ = failing(5)
    with_retry(send, again=lambda _: True, attempts=6, wait_initial_s=1, wait_max_s=6)
    for pause, least in zip(slept, (1, 2, 4, 6, 6), strict=True):
        assert least <= pause <= min(least + 1, 6)


def test_a_retry_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("stamina").handlers.clear()
    send, _ = failing(1)
    with_retry(send, again=lambda _: 0.001, attempts=2)
    assert capsys.readouterr().err == ""


def test_retry_after_is_seconds_or_a_date() -> None:
    assert requested_pause_s({"Retry-After": " 2.5 "}) == 2.5
    assert requested_pause_s({"Retry-After": "soon"}) is None
    assert requested_pause_s({}) is None
    assert requested_pause_s({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    later = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    pause = requested_pause_s({"Retry-After": later})
    assert pause is not None
    assert 55 < pause <= 60


def test_a_busy_server_says_how_long() -> None:
    refuse_busy(200, {})
    refuse_busy(503, {})
    with pytest.raises(AnswerError) as caught:
        refuse_busy(429, {"Retry-After": "3"}, said=" (quota)")
    assert (caught.value.wait_s, caught.value.final) == (3.0, False)
    assert caught.value.reason == ("the server answered 429, too many requests (quota)")
    with pytest.raises(AnswerError, match="a pause of 7200 s") as caught:
        refuse_busy(503, {"Retry-After": "7200"})
    assert caught.value.final
