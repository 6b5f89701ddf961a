"""Send requests: one client, one way to ask again, one way to fetch a file."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import httpx2

T = TypeVar("T")

#: Longest pause that a server may ask for, in seconds.
MAX_PAUSE_S = 600.0

#: stamina logs each retry as a warning without words; Python prints such a warning
#: where nobody listens.
_QUIET = logging.NullHandler()


class AnswerError(Exception):
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


def client(
    *,
    timeout_s: float = 60.0,
    follow_redirects: bool = True,
    trust_env: bool = True,
    agent: str = "kgbuild",
) -> httpx2.Client:
    """Return a client with a time limit, in seconds, on every silence of the server.

    With ``trust_env`` it uses the proxies that the environment names.
    """
    import httpx2

    return httpx2.Client(
        timeout=httpx2.Timeout(timeout_s),
        follow_redirects=follow_redirects,
        trust_env=trust_env,
        headers={"User-Agent": agent},
    )


def with_retry(
    send: Callable[[], T],
    *,
    again: Callable[[Exception], bool | float],
    attempts: int,
    wait_initial_s: float = 1.0,
    wait_max_s: float = 60.0,
) -> T:
    """Call a function until it succeeds, with pauses that grow and differ.

    Parameters
    ----------
    send
        The function.
    again
        Called with what it raised: whether to try again, or after how many seconds.
    attempts
        Most calls; what the last one raises is raised.
    wait_initial_s, wait_max_s
        First and longest pause, in seconds. The pause doubles; up to the first one is
        added at random, for those that failed together must not come back together.
    """
    import stamina

    logging.getLogger("stamina").addHandler(_QUIET)
    for attempt in stamina.retry_context(
        on=again,
        attempts=attempts,
        timeout=None,
        wait_initial=wait_initial_s,
        wait_max=wait_max_s,
        wait_jitter=wait_initial_s,
    ):
        with attempt:
            return send()
    raise AssertionError  # pragma: no cover - the loop returns or raises


def requested_pause_s(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After``: a number of seconds, or a date."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max((until - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)


def refuse_busy(status: int, headers: Mapping[str, str], *, said: str = "") -> None:
    """Raise where a server has too much to do; with the pause that it asks for.

    Raises
    ------
    AnswerError
        The status is 429, or 503 with ``Retry-After``.
    """
    if status != 429 and not (status == 503 and headers.get("Retry-After")):
        return
    wait = requested_pause_s(headers)
    reason = f"the server answered {status}, too many requests{said}"
    if wait is not None and wait > MAX_PAUSE_S:
        reason += f", and asks for a pause of {wait:.0f} s"
        raise AnswerError(reason, everywhere=True, final=True)
    raise AnswerError(reason, wait_s=wait, everywhere=True)


def download(url: str, part: Path, *, client: httpx2.Client) -> dict[str, Any]:
    """Fetch a file, going on where it was cut off if the server still has the same.

    What is needed to go on stands beside ``part``, in a file with the further suffix
    ``.json``. Returns ``url``, ``bytes``, ``last_modified`` and ``fetched``.

    Raises
    ------
    AnswerError
        The server refuses, or does not send the file whole.
    """
    return _patiently(lambda: _download_rest(url, part, client))


def get_text(url: str, *, client: httpx2.Client) -> str:
    """Return a short text, such as a checksum.

    Raises
    ------
    AnswerError
        The server refuses, or sends over 10,000 bytes.
    """

    def send() -> str:
        answer = client.get(url)
        refuse_busy(answer.status_code, answer.headers)
        if answer.status_code != 200 or len(answer.content) > 10_000:
            reason = f"{url} is not there: the server answers {answer.status_code}"
            raise AnswerError(reason, final=answer.status_code < 500)
        return str(answer.text)

    return _patiently(send)


def _patiently(send: Callable[[], T]) -> T:
    import httpx2

    def again(error: Exception) -> bool | float:
        if isinstance(error, AnswerError):
            return not error.final if error.wait_s is None else error.wait_s
        return isinstance(error, httpx2.TransportError)

    try:
        return with_retry(send, again=again, attempts=5)
    except httpx2.HTTPError as error:
        raise AnswerError(str(error)) from error


def _download_rest(url: str, part: Path, client: httpx2.Client) -> dict[str, Any]:
    from tqdm.auto import tqdm

    state = part.with_name(f"{part.name}.json")
    start = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if start and (etag := _etag(state, url)):
        headers |= {"Range": f"bytes={start}-", "If-Range": etag}
    with client.stream("GET", url, headers=headers) as answer:
        status = answer.status_code
        refuse_busy(status, answer.headers)
        if status == 416:
            part.unlink(missing_ok=True)
        if status not in {200, 206}:
            reason = f"the server answers {status}"
            raise AnswerError(reason, final=status < 500 and status not in {408, 416})
        start = start if status == 206 else 0
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        etag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        # A weak tag must not be used to go on from.
        etag = "" if etag.startswith("W/") else etag
        state.write_text(json.dumps({"url": url, "etag": etag}), "utf-8")
        quiet = not (sys.stderr.isatty() or "ipykernel" in sys.modules)
        with (
            part.open("ab" if start else "wb") as out,
            tqdm(
                desc=part.stem, initial=start, total=total, unit="B", unit_scale=True,
                delay=2.0, disable=quiet,
            ) as bar,
        ):  # fmt: skip
            for chunk in answer.iter_raw():
                out.write(chunk)
                bar.update(len(chunk))
    size = part.stat().st_size
    if total is not None and size != total:
        reason = f"{size:,} of {total:,} bytes came"
        raise AnswerError(reason)
    state.unlink()
    return {
        "url": url,
        "bytes": size,
        "last_modified": answer.headers.get("Last-Modified"),
        "fetched": dt.datetime.now(tz=dt.UTC).isoformat("T", "seconds"),
    }


def _etag(state: Path, url: str) -> str:
    """Return the tag of the file that a part is of, if it is of this address."""
    try:
        data = json.loads(state.read_text("utf-8"))
        return str(data["etag"]) if data["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""
