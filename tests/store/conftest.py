"""Stores in a file, behind SQLAlchemy's SQLite, and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kgbuild.store import open_store


def _programs() -> Path | None:
    """Folder of PostgreSQL's own programs: Debian keeps them off the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


@pytest.fixture(scope="session")
def postgres():
    """URL of a PostgreSQL that runs for these tests alone, on a socket."""
    pytest.importorskip("psycopg")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    # Not among pytest's folders, which nobody but their owner may enter.
    with tempfile.TemporaryDirectory(prefix="kgbuild-pg-") as folder:
        as_user = []
        if os.geteuid() == 0:
            # It refuses to run as root.
            shutil.chown(folder, "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]

        def run(program: str, *words: str) -> None:
            subprocess.run(
                [*as_user, programs / program, "-D", f"{folder}/data", *words],
                check=True, capture_output=True, cwd=folder,
            )  # fmt: skip

        run("initdb", "-U", "tester", "-A", "trust", "-N")
        options = f"-c listen_addresses= -c unix_socket_directories={folder}"
        options += " -c fsync=off"
        run("pg_ctl", "-t", "300", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-m", "immediate", "-t", "300", "stop")


@pytest.fixture(params=["file", "sqlite", "postgres"])
def place(request, tmp_path):
    """Where a store can lie; empty."""
    if request.param == "file":
        return tmp_path / "annotations.db"
    pytest.importorskip("sqlalchemy")
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/other.db"
    import sqlalchemy as sa

    url = request.getfixturevalue("postgres")
    engine = sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    with engine.begin() as connection:
        for name in ("kgbuild_documents", "kgbuild_versions"):
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()
    return url


@pytest.fixture
def store(place):
    with open_store(place) as opened:
        yield opened
