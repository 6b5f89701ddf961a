from __future__ import annotations

import pytest
from graphs import random_corpus


@pytest.fixture
def documents():
    return random_corpus(60, seed=5)
