"""What the tests of the corpora share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_SUPPORT = Path(__file__).resolve().parents[1] / "support"
if str(_SUPPORT) not in sys.path:
    sys.path.insert(0, str(_SUPPORT))


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests apart from the user's settings, caches and limits."""
    for name in ("NCBI_EMAIL", "NCBI_API_KEY", "KGBUILD_EUTILS_URL", "KGBUILD_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KGBUILD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KGBUILD_LIMITER_DIR", str(tmp_path / "limiter"))
