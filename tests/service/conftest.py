"""A service with the real pipeline, and the run that it answers from."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")


@pytest.fixture(scope="package")
def run_folder(tmp_path_factory):
    """Output of a run on the bundled corpus."""
    import kgbuild as kg

    output = tmp_path_factory.mktemp("service") / "run"
    kg.run(kg.load_settings("quickstart.toml", output=output))
    return output


@pytest.fixture(scope="package")
def service(run_folder, tmp_path_factory):
    """Address of a running service."""
    from running_service import running

    from kgbuild.service import ServiceSettings

    settings = ServiceSettings(
        run=run_folder, store=tmp_path_factory.mktemp("store") / "annotations.db",
        entrez={"offline": True, "cache": tmp_path_factory.mktemp("entrez") / "c"},
        body_s=5, max_body_bytes=2 * 2**20,
    )  # fmt: skip
    with running(settings) as (address, _):
        yield address


@pytest.fixture
def client(service):
    """Asks that service."""
    import httpx2

    with httpx2.Client(base_url=service, timeout=60) as made:
        yield made
