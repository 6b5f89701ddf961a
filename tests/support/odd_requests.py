"""Requests that nobody should send: broken, hostile, oversized, of wrong types."""

from __future__ import annotations

import json
import random
from typing import Any

_PATHS = (
    "/plain", "/v1/annotate", "/pubmed/{}", "/pubmed/{}/pubtator", "/v1/documents/{}",
    "/v1/concepts", "/v1/concepts/{}", "/v1/concepts/{}/neighbors",
    "/v1/concepts/{}/documents", "/v1/concepts/{}/network", "/v1/associations/{}/{}",
    "/v1/paths/{}/{}", "/health", "/version", "/", "/page/{}", "/{}",
)  # fmt: skip
_METHODS = ("POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "FOO")
_TYPES = (
    "application/json", "text/plain", "text/x-pubtator", "application/bioc+json",
    "application/xml", "application/x-ndjson", "multipart/form-data", "x" * 200, "",
    "application/x-www-form-urlencoded", "application/json; charset=utf-16",
)  # fmt: skip
_NAMES = (
    "captopril", "mesh:D002216", "8528200", "1,2,x", "..%2f..%2fetc%2fpasswd", "%00",
    "%ff%fe", "'%20OR%201=1--", "%F0%9F%98%80", "0", "-1", "99999999999999999999",
    "a" * 5000, "%0d%0aX-Evil:1", "", ",", "*", "(((", "[[", "ncbigene:",
)  # fmt: skip
_QUERIES = (
    "", "?q=%00", "?limit=-1", "?limit=1e9", "?limit=NaN", "?start=" + "9" * 20,
    "?types=Gene", "?types=%27", "?types=" + "Gene," * 400, "?stages=recognize",
    "?stages=../x", "?species=9606", "?species=human", "?species=" + "9" * 100,
    "?format=pubtator", "?format=__class__", "?by=score", "?by=documents;drop",
    "?q=" + "a" * 3000, "?q=(", "?q=%ED%A0%80", "?min_documents=0", "?&&&===",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, "", "ACE in mice.", [], {}, [[]], [None], {"text": 1},
    "\0\x01\x1b[2J", "\u202e\u2066", "Losartan \ud83d", "\U0001f9ec" * 50, "A" * 5000,
    "x\n" * 500, " " * 500, "<script>alert(1)</script>", "ACE " * 400, "é" * 300,
    float("nan"), float("inf"), 10**400,
)  # fmt: skip
_FIELDS = (
    "text", "documents", "id", "title", "abstract", "passages", "mentions", "section",
    "metadata", "status", "sentences", "start", "end", "type", "year", "pmid", "",
)  # fmt: skip


def _value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.randrange(8 if depth < 4 else 4)
    if kind < 4:
        return draw.choice(_VALUES)
    if kind < 6:
        return [_value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {
        draw.choice(_FIELDS): _value(draw, depth + 1) for _ in range(draw.randrange(5))
    }


def _body(draw: random.Random, *, large: bool) -> bytes:
    kind = draw.randrange(10)
    if kind == 0:
        return draw.randbytes(draw.randrange(200))
    if kind == 1:
        return b"[" * draw.choice((10, 100_000))
    if kind == 2:
        return b'{"a":' * draw.choice((10, 100_000))
    if kind == 3:
        return (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">'
            b"]><collection><document><id>&e;</id></document></collection>"
        )
    if kind == 4:
        lines = ["1|t|ACE", "1|a|mice", "1\t0\t3\tACE\tGene\t1", "1\t9\t2\tx\tGene\t"]
        draw.shuffle(lines)
        return "\n".join(lines).encode()
    if kind == 5 and large:
        return b'{"text":"' + b"A " * 25_000_000 + b'"}'
    data = json.dumps(
        draw.choice((_value(draw), {"text": _value(draw)},
                     {"documents": [_value(draw) for _ in range(draw.randrange(4))]}))
    ).encode()  # fmt: skip
    if draw.random() < 0.2:
        data = data[: draw.randrange(len(data) + 1)]
    if draw.random() < 0.1:
        data = data.decode().encode("utf-16")
    return data


def odd_request(number: int, *, large: bool = False) -> bytes:
    """Return the bytes of a request; the same for the same number.

    Parameters
    ----------
    number
        Which one.
    large
        Whether one in some hundred may have a body of 50 MB.
    """
    draw = random.Random(number)
    if draw.random() < 0.01:
        return draw.randbytes(draw.randrange(1, 300))
    path = draw.choice(_PATHS[:2] * 5 + _PATHS)
    while "{}" in path:
        path = path.replace("{}", draw.choice(_NAMES), 1)
    body = _body(draw, large=large and draw.random() < 0.05)
    method = draw.choice(_METHODS[:2] * 3 + _METHODS)
    if draw.random() < 0.5 and path in {"/plain", "/v1/annotate"}:
        method = "POST"
    stated = draw.choice((len(body),) * 60 + (0, len(body) + 7, 10**12, "x", -5))
    head = [
        f"{method} {path}{draw.choice(_QUERIES)} HTTP/1.1",
        f"Host: {draw.choice(('localhost',) * 12 + ('evil.example', '', '[::1'))}",
        f"Content-Type: {draw.choice(_TYPES[:1] * 6 + _TYPES)}",
        f"Content-Length: {stated}",
        f"Accept: {draw.choice(('*/*', 'text/x-pubtator', 'application/xml', ',;,'))}",
        "Connection: close",
    ]
    if draw.random() < 0.05:
        head.append(f"X-Long: {'y' * 70_000}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def complaint(answer: bytes) -> str | None:
    """Return what is wrong with an answer to an odd request, or ``None``.

    Nothing at all is right too: what is no HTTP is hung up on.
    """
    if not answer:
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if not status or not status[0].isdigit():
        return f"no status: {head[:80]!r}"
    if int(status[0]) >= 500 and int(status[0]) != 504:
        return f"{head.splitlines()[0]!r} {body[:200]!r}"
    if b"Traceback" in body or b'File "' in body or b"/kgbuild/" in body:
        return f"a stack trace: {body[:200]!r}"
    if b"root:x:0" in body:
        return "a file of this machine"
    if b"\nX-Evil" in head or b"\nx-evil" in head:
        return "a header was let in"
    return None
