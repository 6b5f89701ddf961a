"""The limit that all threads and processes share."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kgbuild.errors import ConfigError
from kgbuild.pubmed.limiter import Limiter


def most_in_a_second(times: list[float]) -> int:
    times = sorted(times)
    return max(sum(start <= t < start + 1 for t in times) for start in times)


def test_no_second_holds_more_however_the_network_delays():
    """Each request reaches the server at any moment before its answer."""
    limiter = Limiter("x", per_second=10)
    arrivals: list[float] = []
    chance = random.Random(3)

    def send() -> None:
        for _ in range(5):
            with limiter.slot(timeout_s=5):
                time.sleep(chance.random() * 0.3)
                arrivals.append(time.monotonic())
                time.sleep(chance.random() * 0.1)

    threads = [threading.Thread(target=send) for _ in range(6)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    limiter.close()
    assert len(arrivals) == 30
    assert most_in_a_second(arrivals) <= 10
    assert time.monotonic() - begun < 60  # none waits for a slot that is never left


def test_requests_are_spaced():
    limiter = Limiter("x", per_second=100, spacing_s=0.05)
    begun = time.monotonic()
    for _ in range(5):
        with limiter.slot(timeout_s=1):
            pass
    assert time.monotonic() - begun >= 0.2


def test_names_have_their_own_limits_and_secrets_are_not_written(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    one = Limiter("host secret-key", per_second=1, folder=folder)
    two = Limiter("host other-key", per_second=1, folder=folder)
    pauses: list[float] = []
    monkeypatch.setattr("kgbuild.pubmed.limiter.time.sleep", pauses.append)
    for limiter in (one, two):
        with limiter.slot(timeout_s=1):
            pass
    assert not pauses
    for path in folder.iterdir():
        assert b"secret-key" not in path.read_bytes()
        assert "secret-key" not in path.name


def test_a_pause_holds_for_all():
    one, two = Limiter("x", per_second=50), Limiter("x", per_second=50)
    begun = time.monotonic()
    one.pause(0.4)
    one.pause(0.1)  # a shorter one does not end it
    with two.slot(timeout_s=1):
        assert time.monotonic() - begun >= 0.4


_HOLD = """
import os, time
from kgbuild.pubmed.limiter import Limiter
limiter = Limiter("x", per_second=1)
begun = time.monotonic()
slot = limiter.slot(timeout_s=3600)
slot.__enter__()
print(begun, flush=True)
os._exit(0)
"""


def test_the_slot_of_a_dead_process_is_given_up():
    done = subprocess.run(
        [sys.executable, "-c", _HOLD], check=True, capture_output=True, text=True
    )
    with Limiter("x", per_second=1).slot(timeout_s=1):
        pass
    # Its request counts for a second all the same; the system's clock is one for all.
    assert 1 <= time.monotonic() - float(done.stdout) < 600


def test_a_slot_that_is_never_left_ends_with_its_time():
    limiter = Limiter("x", per_second=1)
    begun = time.monotonic()
    held = limiter.slot(timeout_s=0.2)  # without a name it would be left at once
    held.__enter__()
    with limiter.slot(timeout_s=1):
        pass
    assert time.monotonic() - begun >= 1.2


def test_a_failed_request_leaves_its_slot():
    limiter = Limiter("x", per_second=5)
    for _ in range(5):
        with pytest.raises(ValueError, match="lost"), limiter.slot(timeout_s=60):
            msg = "lost"
            raise ValueError(msg)
    begun = time.monotonic()
    with limiter.slot(timeout_s=1):
        pass
    assert time.monotonic() - begun < 30


def test_a_folder_that_cannot_be_used(tmp_path):
    file = tmp_path / "file"
    file.write_text("no folder")
    with pytest.raises(ConfigError, match="KGBUILD_LIMITER_DIR"):
        Limiter("x", per_second=1, folder=file / "below")
    broken = Limiter("x", per_second=1, folder=tmp_path)
    for path in tmp_path.glob("*.sqlite"):
        path.write_bytes(b"no database at all, but long enough to look at" * 50)
    next(iter([broken]))._path.write_bytes(b"no database" * 200)
    with pytest.raises(ConfigError, match="delete it, or name another"):
        broken.slot(timeout_s=1).__enter__()
    with pytest.raises(ConfigError, match="at least 1"):
        Limiter("x", per_second=0)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX")
def test_the_folder_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.delenv("KGBUILD_LIMITER_DIR")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    Limiter("x", per_second=1)
    (folder,) = tmp_path.glob("kgbuild-*")
    assert Path(folder).stat().st_mode & 0o777 == 0o700
