"""What all tests share."""

from __future__ import annotations

import importlib.util
import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from neo4j_server import (  # noqa: F401 - one server for the tests of all folders
    neo4j_address,
    neo4j_empty,
    neo4j_jars,
    neo4j_own,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# Clocks on the wall fail on machines that are busy; slow code is caught by tests that
# measure the time of the process.
# Everybody tries the same examples, so that a change is what makes a test fail. To look
# for new ones: KGBUILD_TESTS=search, with --hypothesis-seed to come back to them.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("kgbuild", _patient, derandomize=True)
settings.register_profile("search", _patient)
settings.load_profile(os.environ.get("KGBUILD_TESTS", "kgbuild"))

# Workers share the cores: the matrices of each, and of its processes, take one.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

#: Marks of tests whose files take long, the longest first.
_LONG = ("neo4j", "browser", "slow", "train")

_CHECKOUT = Path(__file__).resolve().parents[1]


def _shared() -> Path | None:
    named = os.environ.get("KGBUILD_SHARED")
    folder = Path(named) if named else _CHECKOUT.parent / "shared"
    return folder if (folder / "corpora").is_dir() else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], object]:
    """Look for doctests in kgbuild alone: here it executes every file a second time."""
    return [found for found in (yield) if type(found) is pytest.Module]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, tests that need what this machine lacks."""
    no_shared = pytest.mark.skip(reason="the gold corpora are not beside the checkout")
    no_torch = pytest.mark.skip(reason="needs the extra: pip install 'kgbuild[train]'")
    have_shared = _shared() is not None
    have_torch = importlib.util.find_spec("torch") is not None
    long = {
        (mark, item.path)
        for mark in _LONG
        for item in items
        if item.get_closest_marker(mark)
    }
    # What takes longest begins first, else one worker waits in the end for the others.
    items.sort(key=lambda item: [(mark, item.path) not in long for mark in _LONG])
    for item in items:
        if item.get_closest_marker("shared") and not have_shared:
            item.add_marker(no_shared)
        if item.get_closest_marker("train") and not have_torch:
            item.add_marker(no_torch)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file's tests, which share what they make, to one worker.

    So would groups of xdist, but with pytest 9.2 it overlooks them.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            # Those share a server.
            return "neo4j" if "neo4j/" in file else file

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder of the gold corpora and vocabularies (``KGBUILD_SHARED`` or beside)."""
    folder = _shared()
    if folder is None:
        pytest.skip("the gold corpora are not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def dev_pmids(shared_dir: Path) -> frozenset[str]:
    """PMIDs of the development split: measured on, never learnt from."""
    return frozenset((shared_dir / "corpora/dev_pmids.txt").read_text().split())


@pytest.fixture(scope="session")
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What ships is compiled once, for all tests of all workers."""
    from kgbuild.normalize.layers import open_starter
    from kgbuild.normalize.lexicon import open_lexicon

    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "shipped"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGBUILD_CACHE", str(cache))
        paths = [v.path for v in (*open_starter(), *open_lexicon())]
    return sorted({path.parent for path in paths if path is not None})


@pytest.fixture(scope="session")
def _places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for each test; ``tmp_path`` would look through those of all before."""
    base = tmp_path_factory.mktemp("own")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_folders(
    _places: Iterator[Path], monkeypatch: pytest.MonkeyPatch, _compiled: list[Path]
) -> None:
    """Keep the tests apart from the user's settings, caches and limits."""
    own = next(_places)
    cache = own / "cache"
    cache.mkdir(parents=True)
    for folder in _compiled:
        (cache / folder.name).symlink_to(folder)
    for name in ("NCBI_EMAIL", "NCBI_API_KEY", "KGBUILD_EUTILS_URL", "KGBUILD_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("KGBUILD_CACHE", str(cache))
    monkeypatch.setenv("KGBUILD_DATA", str(own / "data"))
    monkeypatch.setenv("KGBUILD_LIMITER_DIR", str(own / "limiter"))
