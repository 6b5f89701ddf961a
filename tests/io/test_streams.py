"""What is no plain file: links, pipes, devices, standard input and output."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kgbuild._io.files import (
    check_writable,
    first_bytes,
    lines,
    replace_atomically,
    sha256_of,
    write_atomically,
)
from kgbuild._io.locks import alone
from kgbuild._io.streams import is_stream
from kgbuild.errors import ConfigError, InputError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes as POSIX has them")


def _write(path: Path, data: bytes = b"new") -> None:
    with write_atomically(path) as stream:
        stream.write(data)


def test_a_link_stays_and_what_it_names_is_written(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "a.txt", tmp_path / "link.txt"
    link.symlink_to(Path("there") / "a.txt")
    for old in (None, "old"):  # a link into nothing, then to a file
        if old is not None:
            target.write_text(old)
        _write(link)
        assert link.is_symlink()
        assert target.read_text() == "new"
    assert sorted(p.name for p in target.parent.iterdir()) == ["a.txt"]
    with replace_atomically(link) as beside:
        assert beside.parent == target.parent
        beside.write_text("newer")
    assert link.is_symlink()
    assert target.read_text() == "newer"


def test_a_link_to_itself_is_told(tmp_path):
    link = tmp_path / "a"
    link.symlink_to(link)
    with pytest.raises(InputError, match="symbolic links"):
        check_writable(link)
    with pytest.raises(OSError, match="symbolic links") as caught:
        _write(link)
    assert caught.value.errno == errno.ELOOP


def test_permissions_of_what_is_replaced_stay(tmp_path):
    path = tmp_path / "private.txt"
    path.touch(0o600)
    _write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("how", ["write", "replace"])
def test_a_fifo_is_written_into(tmp_path, how):
    fifo = tmp_path / "fifo.gz"
    os.mkfifo(fifo)
    got = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    if how == "write":
        _write(fifo)
    else:
        with replace_atomically(fifo) as beside:
            beside.write_bytes(gzip.compress(b"new"))
    reader.join(10)
    assert gzip.decompress(got[0]) == b"new"
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert [p.name for p in tmp_path.iterdir()] == ["fifo.gz"]


def test_a_device_is_written_to_and_stays():
    _write(Path(os.devnull))
    assert Path(os.devnull).is_char_device()
    with pytest.raises(OSError, match="No space left"):
        _write(Path("/dev/full"))


def test_a_pipe_is_read_from_its_beginning_every_time(tmp_path):
    """The format is told by the first bytes, then the whole is read."""
    fifo = tmp_path / "in"
    os.mkfifo(fifo)
    data = gzip.compress("one\nαβγ\n".encode() * 100_000)
    writer = threading.Thread(target=lambda: fifo.write_bytes(data))
    writer.start()
    assert is_stream(fifo)
    assert first_bytes(fifo, 5) == b"one\n\xce"
    half = lines(fifo)
    assert next(half) == (1, "one")
    assert sum(1 for _ in lines(fifo)) == 200_000
    assert sum(1 for _ in half) == 199_999
    assert len(sha256_of(fifo)) == 64
    writer.join(10)


def test_standard_input_and_output_by_any_name():
    program = (
        "import sys; from kgbuild._io.files import first_bytes, open_binary, "
        "write_atomically\n"
        "first_bytes(sys.argv[1], 1)\n"
        "print('head')\n"
        "with open_binary(sys.argv[1]) as i, write_atomically(sys.argv[2]) as o: "
        "o.write(i.read())\n"
        "print('tail')\n"
    )
    for source, sink in (("-", "-"), ("/dev/stdin", "/dev/stdout"), ("-", "/dev/fd/1")):
        done = subprocess.run(
            [sys.executable, "-W", "always", "-c", program, source, sink],
            input=b"data\n", capture_output=True, check=True,
        )  # fmt: skip
        assert done.stdout == b"head\ndata\ntail\n"
        assert done.stderr == b"", "what was opened is closed"


def test_a_redirected_output_is_appended_to(tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")
    with log.open("ab") as stream:
        subprocess.run(
            [sys.executable, "-c",
             "from kgbuild._io.files import write_atomically\n"
             "with write_atomically('/dev/stdout') as o: o.write(b'new')"],
            stdout=stream, check=True,
        )  # fmt: skip
    assert log.read_text() == "before\nnew"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write")
def test_folders_and_files_without_permission_are_told_before(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    (tmp_path / "read_only").touch(0o400)
    for name in ("closed/a", "closed/b/c", "read_only"):
        with pytest.raises(InputError, match="permissions"):
            check_writable(tmp_path / name)


def test_a_file_for_a_folder_is_told_before(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file, not a folder"):
        check_writable(tmp_path / "file" / "a.txt")
    check_writable(tmp_path / "new" / "folder" / "a.txt")
    assert not (tmp_path / "new").exists()


def test_a_lock_is_refused_waited_for_and_let_go(tmp_path):
    lock = tmp_path / "lock"
    program = (
        "import sys; from kgbuild._io.locks import alone\n"
        "with alone(sys.argv[1], at='x'):\n"
        "    print('held', flush=True); sys.stdin.readline()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(ConfigError, match=r"Another process .* to the counts"),
            alone(lock, at="the counts"),
        ):
            pass
        threading.Timer(0.3, holder.stdin.close).start()
        with alone(lock, at="x", wait_s=30), alone(lock, at="again"):
            pass
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with holder:
        assert holder.stdout.readline() == b"held\n"
        holder.kill()  # the system lets go
        holder.wait()
        with alone(lock, at="x"):
            pass
