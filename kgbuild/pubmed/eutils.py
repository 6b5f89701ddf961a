"""Calls of NCBI's E-utilities: settings, transport, and what counts as an answer."""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import itertools
import json
import logging
import os
import random
import re
import time
import tomllib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import httpx2

    from kgbuild.pubmed.limiter import Limiter

logger = logging.getLogger(__name__)

T = TypeVar("T")

NCBI_URL: Final = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

#: An answer above this many bytes is refused.
_MAX_ANSWER_BYTES: Final = 256 * 2**20
#: Longest pause that the server may ask for, in seconds.
_MAX_PAUSE_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrezSettings:
    """How to call the E-utilities.

    Attributes
    ----------
    email
        Yours: NCBI asks for it, to warn before it blocks.
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
    """

    email: str = field(repr=False)
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

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", self.email):
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
        for name, least in (
            ("batch_size", 1), ("workers", 1), ("attempts", 1),
            ("timeout_s", 0.001), ("wait_initial_s", 0), ("wait_max_s", 0),
        ):  # fmt: skip
            value = getattr(self, name)
            if not value >= least:
                msg = f"{name} must be at least {least}. Got {value!r}."
                raise ConfigError(msg)
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
    def resolve(
        cls,
        *,
        email: str | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        **others: Any,
    ) -> EntrezSettings:
        """Take what is not given from the environment, then the configuration file.

        Environment: ``NCBI_EMAIL``, ``NCBI_API_KEY``, ``KGBUILD_EUTILS_URL``. File:
        ``KGBUILD_CONFIG``, or ``kgbuild/config.toml`` in the user's configuration
        folder, with a table ``[entrez]`` of ``email``, ``api_key``, ``base_url``.

        Raises
        ------
        ConfigError
            There is no e-mail address, or a value is wrong.
        """
        stored = _configured()
        given = {
            "email": email or os.environ.get("NCBI_EMAIL"),
            "api_key": api_key or os.environ.get("NCBI_API_KEY"),
            "base_url": base_url or os.environ.get("KGBUILD_EUTILS_URL"),
        }
        values = {name: value or stored.get(name) for name, value in given.items()}
        return cls(
            email=values["email"] or "",
            api_key=values["api_key"] or None,
            base_url=values["base_url"] or NCBI_URL,
            **others,
        )


def _configured() -> dict[str, str]:
    """Read the table ``[entrez]`` of the user's configuration file, if there is one."""
    named = os.environ.get("KGBUILD_CONFIG")
    if named:
        path = Path(named)
    else:
        base = os.environ.get("XDG_CONFIG_HOME")
        folder = Path(base) if base else Path.home() / ".config"
        path = folder / "kgbuild" / "config.toml"
        if not path.is_file():
            return {}
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("entrez", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"The configuration file {path} cannot be read as TOML: {error}."
        raise ConfigError(msg) from error
    known = {"email", "api_key", "base_url"}
    wrong = sorted(set(table) - known) if isinstance(table, dict) else ["entrez"]
    if wrong or not all(isinstance(value, str) for value in table.values()):
        what = f"the key {wrong[0]!r}" if wrong else "a value that is no string"
        msg = (
            f"The table [entrez] of {path} holds {what}; "
            f"{', '.join(sorted(known))}, all strings, were expected."
        )
        raise ConfigError(msg)
    return dict(table)


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


class Unsound(Exception):  # noqa: N818 - never leaves this module
    """A request got no sound answer.

    Parameters
    ----------
    reason
        One sentence without a full stop.
    wait_s
        What the server asks to wait, in seconds.
    everywhere
        The fault cannot lie in what was asked for: no connection, too many requests.
    final
        To ask again is useless.
    """

    def __init__(
        self,
        reason: str,
        *,
        wait_s: float | None = None,
        everywhere: bool = False,
        final: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason, self.wait_s = reason, wait_s
        self.everywhere, self.final = everywhere, final


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
            Turns the body of the answer into a result, or raises :class:`Unsound`.

        Raises
        ------
        Unsound
            All attempts failed.
        """
        settings = self._settings
        tries = attempts or settings.attempts
        for number in itertools.count(1):
            try:
                handle = getattr(self._entrez, utility)(
                    **parameters,
                    tool=settings.tool,
                    email=settings.email,
                    api_key=settings.api_key,
                )
                return read(handle.getvalue())
            except Unsound as error:
                error.reason = self._scrubbed(error.reason)
                # A server that is away or busy says nothing about what was asked for.
                allowed = settings.attempts if error.everywhere else tries
                if error.final or number >= allowed:
                    raise
                wait = error.wait_s
                if wait is not None:
                    self._limiter.pause(wait)
                else:
                    wait = min(
                        settings.wait_initial_s * 2 ** (number - 1), settings.wait_max_s
                    )
                    # Clients that failed together must not come back together.
                    wait += random.random() * wait  # noqa: S311 - not for secrets
                logger.info(
                    "%s, attempt %d of %d: %s; next in %.1f s",
                    utility, number, tries, error.reason, wait,
                )  # fmt: skip
                time.sleep(wait)
        raise AssertionError  # pragma: no cover - the loop returns or raises

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
            raise Unsound(reason) from error
        except httpx2.ConnectError as error:
            reason = f"no connection to {urlsplit(url).netloc} ({error})"
            raise Unsound(reason, everywhere=True) from error
        except httpx2.HTTPError as error:
            reason = f"the connection broke off ({type(error).__name__}: {error})"
            raise Unsound(reason) from error
        _check_status(response.status_code, response.headers, body)
        return io.BytesIO(body)

    def _body(self, response: httpx2.Response, deadline: float) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > _MAX_ANSWER_BYTES:
                reason = f"the answer is over {_MAX_ANSWER_BYTES // 2**20} MB"
                raise Unsound(reason)
            if time.monotonic() > deadline:
                reason = "the answer trickled in too slowly"
                raise Unsound(reason)
            pieces.append(piece)
        return b"".join(pieces)

    def _http(self) -> httpx2.Client:
        if self._client is None:
            import httpx2

            settings = self._settings
            local = is_loopback(urlsplit(settings.base_url).hostname or "")
            self._client = httpx2.Client(
                timeout=httpx2.Timeout(settings.timeout_s),
                # A redirect could carry the key to another host.
                follow_redirects=False,
                trust_env=not local,
                headers={"User-Agent": settings.tool},
            )
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
    told = f" ({said})" if said else ""
    if status == 429 or (status == 503 and headers.get("Retry-After")):
        wait = _retry_after(headers.get("Retry-After"))
        reason = f"the server answered {status}, too many requests{told}"
        if wait is not None and wait > _MAX_PAUSE_S:
            reason += f", and asks for a pause of {wait:.0f} s"
            raise Unsound(reason, everywhere=True, final=True)
        raise Unsound(reason, wait_s=wait, everywhere=True)
    if 300 <= status < 400:
        reason = (
            f"the server answered {status} and sends to another address, which is "
            "not followed"
        )
        raise Unsound(reason, everywhere=True, final=True)
    if status in {401, 403} or "API key invalid" in said:
        reason = f"the server refuses the request with {status}{told}"
        raise Unsound(reason, everywhere=True, final=True)
    # 400 is also what a single bad id brings down on its whole batch.
    reason = f"the server answered {status}{told}"
    raise Unsound(reason, final=400 <= status < 500 and status != 408)


def _retry_after(value: str | None) -> float | None:
    """Read ``Retry-After``: seconds, or a date."""
    if not value:
        return None
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max((until - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)


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
        found = re.search(r"<ERROR>(.*?)</ERROR>", text, re.DOTALL | re.IGNORECASE)
        found = found or re.search(
            r"<title>(.*?)</title>", text, re.DOTALL | re.IGNORECASE
        )
        text = found.group(1) if found else re.sub(r"<[^>]*>", " ", text)
    return re.sub(r"\s+", " ", text).strip()[:200]


def refuse_error_body(body: bytes) -> None:
    """Refuse what comes with status 200 and is no result."""
    head = body[:2000].lstrip().lower()
    if not head:
        reason = "the answer is empty"
        raise Unsound(reason)
    if head.startswith(b"{"):
        reason = f"the server answered with an error instead of XML ({said_by(body)})"
        raise Unsound(reason, final=b"key invalid" in head)
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head:
        reason = f"the server answered with HTML instead of XML ({said_by(body)})"
        raise Unsound(reason)
    if not head.startswith(b"<"):
        reason = f"the server answered with text instead of XML ({said_by(body)})"
        raise Unsound(reason)
    if b"<error>" in head:
        reason = f"the server answered with an error ({said_by(body)})"
        raise Unsound(reason)
