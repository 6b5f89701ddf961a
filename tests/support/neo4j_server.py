"""A real Neo4j server for the tests: one for all of them, and what their own need."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphs import Address


@pytest.fixture(scope="session")
def neo4j_jars() -> Path | None:
    """Fetch what servers are run from, once, into the cache of who runs the tests."""
    if os.environ.get("NEO4J_URI"):
        return None
    from kgbuild.neo4j.server import download_server, unavailable

    reason = unavailable()
    if reason:
        pytest.skip(f"NO NEO4J: {reason}, and NEO4J_URI names no server")
    return download_server().parent


@pytest.fixture(scope="session")
def neo4j_address(neo4j_jars: Path | None) -> Iterator[Address]:
    """Find a real server: that of NEO4J_URI, or one of our own on loopback."""
    from graphs import Address

    if neo4j_jars is None:
        address = Address(
            os.environ["NEO4J_URI"],
            os.environ.get("NEO4J_PASSWORD", ""),
            os.environ.get("NEO4J_USERNAME", "neo4j"),
        )
        with address.store() as store:
            if any(store.counts().values()):
                pytest.skip(
                    f"the database at {address.uri} is not empty: the tests would "
                    "clear it"
                )
            yield address
            store.clear()
        return
    from kgbuild.neo4j.server import QUICK, Neo4jServer

    with Neo4jServer(java_options=QUICK) as server:
        yield Address(server.uri, server.password)


@pytest.fixture
def neo4j_empty(neo4j_address: Address) -> Address:
    """Give an empty database."""
    with neo4j_address.store() as store:
        store.clear()
    return neo4j_address


@pytest.fixture
def neo4j_own(neo4j_jars: Path | None) -> None:
    """Let a test run servers of its own: the jars are in its cache already."""
    if neo4j_jars is None:
        pytest.skip("needs a server of our own, and NEO4J_URI names another")
    (Path(os.environ["KGBUILD_CACHE"]) / neo4j_jars.name).symlink_to(neo4j_jars)
