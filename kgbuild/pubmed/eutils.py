"""Calls of NCBI's E-utilities: settings, transport, and what counts as an answer."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

from kgbuild._io.http import AnswerError, client, refuse_busy, with_retry
from kgbuild._io.paths import user_config
from kgbuild._io.settings import checked, load_toml
from kgbuild._io.xml import parse_bytes
from kgbuild.errors import ConfigError, InputError, at_least

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import httpx2
    from lxml import etree

    from kgbuild.pubmed.limiter import Limiter

T = TypeVar("T")

NCBI_URL: Final = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

#: An answer above this many bytes is refused.
_MAX_ANSWER_BYTES: Final = 256 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrezSettings:
    """How to call the E-utilities, and what to keep of their answers.

    Attributes
    ----------
    email
        Yours: NCBI asks for it, to warn before it blocks. Not needed ``offline``.
    api_key
        From your NCBI account; lifts the limit from 3 to 10 requests per second.
    base_url
        Address of the E-utilities or of a stand-in. ``http`` for this machine alone.
    tool
        Name of the calling program, for NCBI.
    batch_size
        Records per request.
    workers
        Threads that send requests; the limit on requests is common to all.
    attempts
        How often a request is tried before its failure counts.
    timeout_s
        Longest silence of the server, in seconds; a whole answer may take ten times
        that.
    wait_initial_s, wait_max_s
        First and longest pause between attempts, in seconds; the pause doubles, and up
        to the same is added at random.
    requests_per_second
        A limit other than NCBI's: lower for NCBI itself, any for a stand-in.
    cache
        SQLite file of raw answers; ``entrez.sqlite`` in the user's cache folder by
        default.
    max_cache_bytes
        Above this size of compressed records, those longest unused are dropped.
    refresh
        Ask again for records that the cache holds.
    offline
        Send nothing: searches and records come from the cache alone.
    """

    email: str = field(default="", repr=False)
    api_key: str | None = field(default=None, repr=False)
    base_url: str = NCBI_URL
    tool: str = "kgbuild"
    batch_size: int = 200
    workers: int = 3
    attempts: int = 5
    timeout_s: float = 60.0
    wait_initial_s: float = 1.0
    wait_max_s: float = 60.0
    requests_per_second: int | None = None
    cache: Path | None = None
    max_cache_bytes: int = 20 * 2**30
    refresh: bool = False
    offline: bool = False

    def __post_init__(self) -> None:
        if self.refresh and self.offline:
            msg = (
                "refresh asks for everything again and offline for nothing: choose one."
            )
            raise ConfigError(msg)
        if not self.offline and not re.fullmatch(
            r"[^@\s,;<>]+@[^@\s,;<>]+", self.email
        ):
            msg = (
                "NCBI asks everybody who uses the E-utilities for an e-mail address, "
                "such as name@example.org: pass email=, or set NCBI_EMAIL."
            )
            raise ConfigError(msg)
        if self.api_key is not None and not re.fullmatch(r"[\x21-\x7e]+", self.api_key):
            msg = (
                "The API key for NCBI must be printable ASCII without spaces: copy it "
                "again from the settings of your NCBI account."
            )
            raise ConfigError(msg)
        object.__setattr__(self, "base_url", _checked_url(self.base_url))
        at_least(
            1, batch_size=self.batch_size, workers=self.workers,
            attempts=self.attempts, max_cache_bytes=self.max_cache_bytes,
        )  # fmt: skip
        at_least(0.001, timeout_s=self.timeout_s)
        at_least(0, wait_initial_s=self.wait_initial_s, wait_max_s=self.wait_max_s)
        allowed = 10 if self.api_key else 3
        asked = self.requests_per_second
        if asked is not None and (
            asked < 1 or (asked > allowed and self.base_url == NCBI_URL)
        ):
            msg = (
                f"requests_per_second must be from 1 to {allowed} for NCBI "
                f"{'with' if self.api_key else 'without'} an API key. Got {asked!r}."
            )
            raise ConfigError(msg)

    @classmethod
    def resolve(cls, **options: Any) -> EntrezSettings:
        """Take what is not given from the environment, then the configuration file.

        Environment: ``NCBI_EMAIL``, ``NCBI_API_KEY``, ``KGBUILD_EUTILS_URL``. File:
        the table ``[entrez]`` of ``KGBUILD_CONFIG``, or of ``kgbuild/config.toml`` in
        the user's configuration folder.

        Parameters
        ----------
        options
            Any of the fields; ``None`` counts as not given.

        Raises
        ------
        ConfigError
            There is no e-mail address, or a name or value is wrong.
        """
        values: dict[str, Any] = {
            "email": os.environ.get("NCBI_EMAIL") or None,
            "api_key": os.environ.get("NCBI_API_KEY") or None,
            "base_url": os.environ.get("KGBUILD_EUTILS_URL") or None,
        }
        values.update({k: v for k, v in options.items() if v is not None})
        path = user_config()
        if path.is_file() or os.environ.get("KGBUILD_CONFIG"):
            return load_toml(path, cls, changes=values, table="entrez")
        return checked({k: v for k, v in values.items() if v is not None}, cls)


def _checked_url(url: str) -> str:
    """Return a base address that ends in a slash, or say why it cannot be used."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        msg = f"The address of the E-utilities is no URL ({error})."
        raise ConfigError(msg) from error
    if parts.username or parts.password or parts.query or parts.fragment:
        msg = (
            "The address of the E-utilities must be scheme, host and path alone, "
            "without user, password, query or fragment."
        )
        raise ConfigError(msg)
    if not host or parts.scheme not in {"https", "http"}:
        msg = (
            f"The address of the E-utilities must be an https URL. Got {url!r}: write "
            f"it like {NCBI_URL}"
        )
        raise ConfigError(msg)
    if parts.scheme == "http" and not is_loopback(host):
        msg = (
            f"The address of the E-utilities, {url!r}, is plain http, which would send "
            "your e-mail address and key unprotected: use https (http is accepted for "
            "this machine alone, as http://127.0.0.1:8000/)."
        )
        raise ConfigError(msg)
    return url if url.endswith("/") else url + "/"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Utilities:
    """E-utilities as Biopython calls them, over our own transport.

    Biopython builds the requests. Its transport has a pause between requests that holds
    for one thread, retries that keep no pause at all, no timeout, one address, and puts
    the key into the URL; it is replaced in a private copy of the module, so that a
    user's own ``Bio.Entrez`` stays as it is.
    """

    def __init__(self, settings: EntrezSettings, *, limiter: Limiter) -> None:
        self._settings = settings
        self._limiter = limiter
        self._entrez = _private_biopython(self._open)
        self._client: httpx2.Client | None = None

    def call(
        self,
        utility: str,
        read: Callable[[bytes], T],
        *,
        attempts: int | None = None,
        **parameters: str | int | None,
    ) -> T:
        """Call a utility and read its answer; ask again while that fails.

        Parameters
        ----------
        utility
            ``"esearch"``, ``"epost"`` or ``"efetch"``.
        read
            Turns the body of the answer into a result, or raises :class:`AnswerError`.

        Raises
        ------
        AnswerError
            All attempts failed.
        """
        settings = self._settings
        failures = 0

        def send() -> T:
            try:
                handle = getattr(self._entrez, utility)(
                    **parameters,
                    tool=settings.tool,
                    email=settings.email,
                    api_key=settings.api_key,
                )
                return read(handle.getvalue())
            except AnswerError as error:
                error.reason = self._scrubbed(error.reason)
                error.args = (error.reason,)
                raise

        def again(error: Exception) -> bool | float:
            nonlocal failures
            failures += 1
            if not isinstance(error, AnswerError) or error.final:
                return False
            # A server that is away or busy says nothing about what was asked for.
            if not error.everywhere and failures >= (attempts or settings.attempts):
                return False
            if error.wait_s is None:
                return True
            self._limiter.pause(error.wait_s)
            return error.wait_s

        return with_retry(
            send, again=again, attempts=settings.attempts,
            wait_initial_s=settings.wait_initial_s, wait_max_s=settings.wait_max_s,
        )  # fmt: skip

    def _open(self, request: Any) -> io.BytesIO:
        """Send a request that Biopython built; takes the place of its ``_open``."""
        import httpx2

        settings = self._settings
        parts = urlsplit(request.full_url)
        encoded = parts.query if request.data is None else request.data.decode()
        # Always in the body: an address ends up in logs, a body does not.
        form = dict(parse_qsl(encoded, keep_blank_values=True))
        url = settings.base_url + parts.path.rpartition("/")[2]
        client = self._http()
        deadline = time.monotonic() + 10 * settings.timeout_s
        try:
            with self._limiter.slot(timeout_s=4 * settings.timeout_s):
                response = client.send(
                    client.build_request("POST", url, data=form), stream=True
                )
            try:
                body = self._body(response, deadline)
            finally:
                response.close()
        except httpx2.TimeoutException as error:
            reason = f"the server did not answer within {settings.timeout_s:g} s"
            raise AnswerError(reason) from error
        except httpx2.ConnectError as error:
            reason = f"no connection to {urlsplit(url).netloc} ({error})"
            raise AnswerError(reason, everywhere=True) from error
        except httpx2.HTTPError as error:
            reason = f"the connection broke off ({type(error).__name__}: {error})"
            raise AnswerError(reason) from error
        _check_status(response.status_code, response.headers, body)
        return io.BytesIO(body)

    def _body(self, response: httpx2.Response, deadline: float) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > _MAX_ANSWER_BYTES:
                reason = f"the answer is over {_MAX_ANSWER_BYTES // 2**20} MB"
                raise AnswerError(reason)
            if time.monotonic() > deadline:
                reason = "the answer trickled in too slowly"
                raise AnswerError(reason)
            pieces.append(piece)
        return b"".join(pieces)

    def _http(self) -> httpx2.Client:
        if self._client is None:
            settings = self._settings
            local = is_loopback(urlsplit(settings.base_url).hostname or "")
            # A redirect could carry the key to another host.
            self._client = client(
                timeout_s=settings.timeout_s, follow_redirects=False,
                trust_env=not local, agent=settings.tool,
            )  # fmt: skip
        return self._client

    def _scrubbed(self, text: str) -> str:
        """Take e-mail address and key out of what a server or a library said."""
        for secret in (self._settings.api_key, self._settings.email):
            if secret:
                text = text.replace(secret, "***")
        return text

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._limiter.close()


def _private_biopython(transport: Callable[[Any], io.BytesIO]) -> ModuleType:
    spec = importlib.util.find_spec("Bio.Entrez")
    if spec is None or spec.loader is None:  # pragma: no cover - a base dependency
        msg = "Biopython is not installed: pip install biopython."
        raise ConfigError(msg)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "_open"):  # pragma: no cover - another Biopython
        msg = (
            "This version of Biopython sends its requests in a way that kgbuild does "
            "not know, and would not keep NCBI's limit: install biopython 1.88."
        )
        raise ConfigError(msg)
    module.__dict__["_open"] = transport
    return module


def _check_status(status: int, headers: Any, body: bytes) -> None:
    if status == 200:
        return
    said = said_by(body)
    quoted = f" ({said})" if said else ""
    refuse_busy(status, headers, said=quoted)
    if 300 <= status < 400:
        reason = (
            f"the server answered {status} and sends to another address, which is "
            "not followed"
        )
        raise AnswerError(reason, everywhere=True, final=True)
    if status in {401, 403} or "API key invalid" in said:
        reason = f"the server refuses the request with {status}{quoted}"
        raise AnswerError(reason, everywhere=True, final=True)
    # 400 is also what a single bad id brings down on its whole batch.
    reason = f"the server answered {status}{quoted}"
    raise AnswerError(reason, final=400 <= status < 500 and status != 408)


def said_by(body: bytes) -> str:
    """Return what an error answer says, in a few words."""
    text = body[:4000].decode("utf-8", "replace")
    try:
        stated = json.loads(text)
    except ValueError:
        stated = None
    if isinstance(stated, dict):
        text = str(stated.get("error") or stated.get("ERROR") or stated)
    else:
        match = re.search(r"<ERROR>(.*?)</ERROR>", text, re.DOTALL | re.IGNORECASE)
        match = match or re.search(
            r"<title>(.*?)</title>", text, re.DOTALL | re.IGNORECASE
        )
        text = match.group(1) if match else re.sub(r"<[^>]*>", " ", text)
    return re.sub(r"\s+", " ", text).strip()[:200]


def parsed(body: bytes) -> etree._Element:
    """Return the root element of an answer.

    Raises
    ------
    AnswerError
        It is an error, or cannot be read.
    """
    refuse_error_body(body)
    try:
        return parse_bytes(body)
    except InputError as error:
        reason = f"the answer cannot be read: {error.reason.rstrip('.')}"
        raise AnswerError(reason) from error


def refuse_error_body(body: bytes) -> None:
    """Refuse what comes with status 200 and is no result."""
    head = body[:2000].lstrip().lower()
    if not head:
        reason = "the answer is empty"
        raise AnswerError(reason)
    if head.startswith(b"{"):
        reason = f"the server answered with an error instead of XML ({said_by(body)})"
        raise AnswerError(reason, final=b"key invalid" in head)
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head:
        reason = f"the server answered with HTML instead of XML ({said_by(body)})"
        raise AnswerError(reason)
    if not head.startswith(b"<"):
        reason = f"the server answered with text instead of XML ({said_by(body)})"
        raise AnswerError(reason)
    if b"<error>" in head:
        reason = f"the server answered with an error ({said_by(body)})"
        raise AnswerError(reason)
