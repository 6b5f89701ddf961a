"""A service that runs in this process, on a free port, for tests and benchmarks."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kgbuild.service import Desk, ServiceSettings, make_app
from kgbuild.service.server import listen, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.pipeline import Pipeline


@contextmanager
def running(
    settings: ServiceSettings, *, pipeline: Pipeline | None = None
) -> Iterator[tuple[str, Desk]]:
    """Yield the address of a service, and its desk; stop it at the end."""
    desk = Desk(settings, pipeline=pipeline)
    with listen(settings.host, 0) as listening:
        server = make_server(make_app(desk), settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the service did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", desk
        finally:
            server.should_exit = True
            thread.join(60)


def raw(address: str, data: bytes, *, patience_s: float = 3.0) -> bytes:
    """Send bytes as they are, and return all that comes back.

    A service that waits for more than was sent is told after a while that there is
    none: not before, since it takes that for a hang-up.
    """
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        with suppress(OSError):  # It may have hung up before all was sent.
            connection.sendall(data)
        parts = []
        connection.settimeout(patience_s)
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except TimeoutError:
            connection.settimeout(60)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts)
