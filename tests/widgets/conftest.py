from __future__ import annotations

import captopril
import pytest

from kgbuild.graph import build_graph


@pytest.fixture(scope="session")
def documents():
    return captopril.documents()


@pytest.fixture(scope="session")
def graph(documents):
    return build_graph(documents, exclude=())
