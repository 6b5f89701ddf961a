"""What stands before the application: limits, the token, logs that quote nobody.

Nothing of a request's text, query or body is ever logged, and no answer shows where
in the code something went wrong.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
import time
import traceback
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from kgbuild.service.formats import dumped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from kgbuild.service.settings import ServiceSettings

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

#: Open to all: whether the service lives, and the page, which asks for the token.
_OPEN = frozenset({"/health", "/", "/page/page.js", "/page/page.css"})

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        b"img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        b"frame-ancestors 'none'",
    ),
)

#: Stands in paths for a slash that was sent as ``%2F``: it is part of a name.
SLASH = "\x00"

#: What is too large is read to its end, so that the client hears why, up to here.
_DRAINED = 16

#: Status in the log where the client hung up before there was an answer.
_HUNG_UP = 499


class _RefusedError(Exception):
    def __init__(self, status: int, said: str) -> None:
        self.status, self.said = status, said
        super().__init__(said)


class _GoneError(Exception):
    """Nobody waits for the answer."""


class Guard:
    """ASGI middleware around the whole application.

    Parameters
    ----------
    app
        The application.
    settings
        Limits and token.
    """

    def __init__(self, app: App, settings: ServiceSettings) -> None:
        self._app, self._settings = app, settings
        self._hosts = {"localhost", "127.0.0.1", "::1", settings.host}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw = scope.get("raw_path") or b""
        if b"%2f" in raw.lower():
            parts = re.split("%2f", raw.decode("latin-1"), flags=re.IGNORECASE)
            scope = {**scope, "path": SLASH.join(map(unquote, parts))}
        started, answered = time.perf_counter(), [0, 0]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered[0] = message["status"]
                own = {name for name, _ in message.get("headers", ())}
                message["headers"] = [
                    *message.get("headers", ()),
                    *(item for item in _HEADERS if item[0] not in own),
                ]
            else:
                answered[1] += len(message.get("body", b""))
            await send(message)

        error: BaseException | None = None
        reference = uuid.uuid4().hex[:12]
        size = 0
        try:
            self._check(scope)
            body = await self._body(scope, receive)
            size = len(body)
            async with asyncio.timeout(self._settings.request_s):
                await self._answer(scope, body, receive, sending, answered)
        except _GoneError:
            answered[0] = _HUNG_UP
        except _RefusedError as refused:
            await _say(sending, refused.status, {"error_message": refused.said})
        except TimeoutError:
            if not answered[0]:
                said = (
                    f"There was no answer within {self._settings.request_s:g} s: ask "
                    "again, or for less at a time."
                )
                await _say(sending, 504, {"error_message": said})
        except Exception as fault:  # noqa: BLE001 - the client hears no details
            error = fault
            if not answered[0]:
                said = f"Something went wrong; the log tells more under {reference}."
                await _say(sending, 500, {"error_message": said})
        self._log(scope, started, answered, size=size, error=error, reference=reference)

    async def _answer(
        self,
        scope: Scope,
        body: bytes,
        receive: Receive,
        send: Send,
        answered: list[int],
    ) -> None:
        """Let the application answer, as long as somebody waits for it."""
        gone = asyncio.ensure_future(_until_gone(receive))
        work = asyncio.ensure_future(self._app(scope, _replayed(body, gone), send))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            # An answer that has begun ends by itself.
            if not work.done() and not answered[0]:
                raise _GoneError
            await work
        finally:
            work.cancel()
            gone.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    def _check(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        settings = self._settings
        if settings.token is None:
            # A page elsewhere that points its own name at this machine stays outside.
            host = headers.get(b"host", b"").decode("latin-1")
            try:
                name = urlsplit(f"//{host}").hostname
            except ValueError:
                name = None
            if name not in self._hosts:
                raise _RefusedError(403, "The service answers to this machine's names.")
        elif scope["path"] not in _OPEN and scope["method"] != "OPTIONS":
            given = headers.get(b"authorization", b"")
            expected = f"Bearer {settings.token}".encode()
            if not hmac.compare_digest(given, expected):
                said = "Send the token: Authorization: Bearer TOKEN."
                raise _RefusedError(401, said)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Read the whole body, within its limits of size and time."""
        most = self._settings.max_body_bytes
        stated = dict(scope["headers"]).get(b"content-length", b"")
        too_large = _RefusedError(413, f"A body may have {most:,} bytes: send less.")
        if stated.isdigit() and int(stated) > most * _DRAINED:
            raise too_large
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._settings.body_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _RefusedError(400, "The request broke off.")
                    part = message.get("body", b"")
                    size += len(part)
                    if size <= most:
                        parts.append(part)
                    elif size > most * _DRAINED:
                        raise too_large
                    if not message.get("more_body", False):
                        break
        except TimeoutError as error:
            said = f"The body did not arrive within {self._settings.body_s:g} s."
            raise _RefusedError(408, said) from error
        if size > most:
            raise too_large
        return b"".join(parts)

    def _log(
        self,
        scope: Scope,
        started: float,
        answered: list[int],
        *,
        size: int,
        error: BaseException | None,
        reference: str,
    ) -> None:
        route = scope.get("route")
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "method": scope["method"],
            # The pattern, not what stands in its place: that is the user's.
            "route": getattr(route, "path_format", "unknown"),
            "status": answered[0],
            "ms": round((time.perf_counter() - started) * 1000, 1),
            "bytes_in": size,
            "bytes_out": answered[1],
        }
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)[-4:]
            line["reference"] = reference
            # Not its words: they may quote a text.
            line["error"] = type(error).__name__
            line["at"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
        logger.log(
            logging.ERROR if error is not None else logging.INFO, json.dumps(line)
        )


async def _until_gone(receive: Receive) -> Message:
    """Return when the client has hung up, or has its answer."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return message


def _replayed(body: bytes, gone: asyncio.Future[Message]) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await asyncio.shield(gone)
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _say(send: Send, status: int, value: dict[str, Any]) -> None:
    body = dumped(value)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status in {408, 413}:
        headers.append((b"connection", b"close"))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
