"""What the tests around Neo4j load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphs import random_corpus

if TYPE_CHECKING:
    from kgbuild.document import Document


@pytest.fixture
def documents() -> list[Document]:
    return random_corpus(60, seed=5)
