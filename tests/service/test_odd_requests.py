"""Requests that nobody should send: an answer or a hang-up, and the service lives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from odd_requests import complaint, odd_request
from running_service import raw


@pytest.mark.parametrize("hundred", range(4))
def test_odd_requests_are_answered_or_hung_up_on(service, hundred):
    numbers = range(hundred * 100, hundred * 100 + 100)
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda n: raw(service, odd_request(n)), numbers))
        complaints = {
            number: found
            for number, answer in zip(numbers, answers, strict=True)
            if (found := complaint(answer))
        }
    assert complaints == {}
    assert sum(map(bool, answers)) > 85  # what is no HTTP is hung up on
    health = httpx2.get(f"{service}/health", timeout=30).json()
    assert (health["status"], health["annotators_replaced"]) == ("ok", 0)
