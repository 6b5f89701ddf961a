"""What passes between a run and its worker processes, and a worker's loop."""

from __future__ import annotations

import os
import signal
import struct
from multiprocessing.reduction import ForkingPickler
from typing import IO, Any, BinaryIO

from kgbuild._io.stopping import stopped_by

_LENGTH = struct.Struct(">Q")


def write_frame(stream: IO[bytes] | None, data: bytes) -> None:
    """Write bytes with their length before them."""
    assert stream is not None  # noqa: S101 - it is a pipe of ours
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes] | None) -> bytes | None:
    """Read what :func:`write_frame` wrote; ``None`` where the other end is gone."""
    assert stream is not None  # noqa: S101 - it is a pipe of ours
    try:
        head = stream.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        data = stream.read(length)
    except (OSError, ValueError):  # closed by another thread
        return None
    return data if len(data) == length else None


def serve() -> None:
    """Work on what comes by standard input until it ends; the loop of a worker."""
    # What stages print must not stand among the answers.
    given, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    # Ctrl-C goes to all processes of a terminal: the one that started them sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # An exit, not the end: files that are half-written are removed.
    with stopped_by([signal.SIGTERM], _exit, second=signal.SIG_IGN):
        _answer(given, answers)


def _exit(number: int) -> SystemExit:
    return SystemExit(128 + number)


def _answer(given: BinaryIO, answers: BinaryIO) -> None:
    work: Any = None
    while (frame := read_frame(given)) is not None:
        try:
            if work is None:
                work = ForkingPickler.loads(frame)
                getattr(work, "started", _nothing)()
                continue
            result = work(ForkingPickler.loads(frame))
            answer: tuple[str, Any] = "done", (result, tired(work))
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            answer = "raised", error
        try:
            data = bytes(ForkingPickler.dumps(answer))
        except Exception:  # noqa: BLE001 - an error that does not pickle
            text = f"{type(answer[1]).__name__}: {answer[1]}"
            data = bytes(ForkingPickler.dumps(("raised", RuntimeError(text))))
        try:
            write_frame(answers, data)
        except OSError:
            return


def tired(work: Any) -> bool:
    """Whether a fresh worker should go on."""
    return bool(getattr(work, "tired", _nothing)())


def _nothing() -> None:
    pass
