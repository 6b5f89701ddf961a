"""A real Neo4j server for the tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from graphs import Address, random_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.document import Document


@pytest.fixture(scope="session")
def neo4j_address() -> Iterator[Address]:
    """Find a real server: that of NEO4J_URI, or one of our own on loopback."""
    uri = os.environ.get("NEO4J_URI")
    if uri:
        address = Address(
            uri,
            os.environ.get("NEO4J_PASSWORD", ""),
            os.environ.get("NEO4J_USERNAME", "neo4j"),
        )
        with address.store() as store:
            if any(store.counts().values()):
                pytest.skip(
                    f"the database at {uri} is not empty: the tests would clear it"
                )
        yield address
        return
    from kgbuild.neo4j.server import QUICK, Neo4jServer, unavailable

    reason = unavailable()
    if reason:
        pytest.skip(f"NO NEO4J: {reason}, and NEO4J_URI names no server")
    with Neo4jServer(java_options=QUICK) as server:
        yield Address(server.uri, server.password)


@pytest.fixture
def neo4j_empty(neo4j_address: Address) -> Iterator[Address]:
    """Give an empty database, and leave one behind."""
    with neo4j_address.store() as store:
        store.clear()
        yield neo4j_address
        store.clear()


@pytest.fixture
def documents() -> list[Document]:
    return random_corpus(60, seed=5)
