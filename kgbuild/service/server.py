"""Run the application: one process, until it is asked to stop."""

from __future__ import annotations

import json
import logging
import signal
import socket
import threading
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

from kgbuild.errors import ConfigError, MissingExtraError

try:
    import h11
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:
    package, extra = "uvicorn", "service"
    raise MissingExtraError(package, extra) from error

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from kgbuild.service.settings import ServiceSettings

#: Open connections beyond which new ones hear that the service is busy.
_CONNECTIONS = 400
#: Silence after which a connection between two requests is closed, in seconds.
_KEEP_ALIVE_S = 15


class PatientProtocol(H11Protocol):
    """HTTP that closes connections whose head does not arrive in time.

    Uvicorn by itself waits for ever: a few hundred clients that send a letter a minute
    would shut everybody else out.
    """

    head_s = 10.0

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest of a head, if one has begun."""
        super().data_received(data)
        waiting = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
        if waiting and self._timer is None:
            self._wait()
        elif not waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.head_s, self.transport.close)


class _Server(uvicorn.Server):
    """A server that ends well when it is asked to: what came in is answered."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGINT and SIGTERM; after that they mean what they meant before."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    ConfigError
        The address is another's, or none.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        msg = f"{host}:{port} cannot be listened on ({error.strerror}): name another."
        raise ConfigError(msg) from error
    # An answer goes out in two pieces; the second must not wait for the first to be
    # acknowledged, which takes clients 40 ms. Connections inherit this.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def make_server(app: Callable[..., Any], settings: ServiceSettings) -> uvicorn.Server:
    """Return a server of the application; ``run(sockets=[…])`` it."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_S,
        # All that came in is answered, or has waited as long as it may.
        timeout_graceful_shutdown=ceil(settings.request_s) + 5,
    )
    return _Server(config)


class _Lines(logging.Formatter):
    """A line of JSON each, whoever logs: no traceback, since it may quote a text."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        if said.startswith("{"):
            return said
        time = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        line = {"time": time, "level": record.levelname.lower(), "message": said}
        return json.dumps(line)


def log_to_stderr() -> None:
    """Print the log of the service and of its HTTP server, lines of JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    for name, level in (
        ("kgbuild.service", logging.INFO), ("uvicorn.error", logging.WARNING)
    ):  # fmt: skip
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
