"""What a service answers from, where it listens, and what it lets in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from kgbuild.errors import ConfigError, at_least
from kgbuild.pipeline import AnnotationSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Settings of ``kgbuild serve`` and ``kgbuild mcp``.

    Attributes
    ----------
    annotation
        How texts and papers are annotated.
    store
        File or URL of a store: papers that were annotated are answered from there.
    run
        Output folder of ``kgbuild run``, whose graph and papers are answered from;
        without it the graph is made of what the store holds.
    entrez
        Options of :meth:`kgbuild.pubmed.EntrezSettings.resolve`.
    host, port
        Where to listen. Another host than this machine's own needs a token.
    token
        What clients must send as ``Authorization: Bearer TOKEN``.
    origins
        Web sites whose pages may ask (CORS); none by default.
    max_body_bytes
        Largest body of a request.
    max_characters
        Longest text of one document.
    max_tokens
        Most word pieces of the texts of one request, which is what their time depends
        on: in odd texts every character is one.
    max_documents
        Most documents, or PMIDs, of one request.
    waiting
        Documents that may wait for the annotator; beyond, requests are turned away
        with 429.
    batch_size
        Documents annotated together.
    request_s, body_s
        Longest time for an answer, and for a request to arrive, in seconds.
    """

    annotation: AnnotationSettings = field(default_factory=AnnotationSettings)
    store: Path | str | None = None
    run: Path | None = None
    entrez: Mapping[str, Any] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 8888
    token: str | None = field(default=None, repr=False)
    origins: tuple[str, ...] = ()
    max_body_bytes: int = 4 * 2**20
    max_characters: int = 100_000
    max_tokens: int = 50_000
    max_documents: int = 100
    waiting: int = 256
    batch_size: int = 8
    request_s: float = 60.0
    body_s: float = 20.0

    def __post_init__(self) -> None:
        at_least(
            1, max_body_bytes=self.max_body_bytes, max_characters=self.max_characters,
            max_documents=self.max_documents, batch_size=self.batch_size,
            waiting=self.waiting, max_tokens=self.max_tokens,
        )  # fmt: skip
        at_least(0.01, request_s=self.request_s, body_s=self.body_s)
        if not 0 <= self.port < 2**16:
            msg = f"port must be from 0 (any free one) to 65535. Got {self.port}."
            raise ConfigError(msg)
        if self.token is not None and (
            len(self.token) < 16 or not self.token.isascii() or " " in self.token
        ):
            msg = (
                "The token must be at least 16 ASCII characters without blanks: take, "
                "for example, what `openssl rand -hex 16` prints."
            )
            raise ConfigError(msg)
        if not self.is_local and self.token is None:
            msg = (
                f"On {self.host} others can reach the service: set a token in "
                "KGBUILD_TOKEN, or listen on 127.0.0.1."
            )
            raise ConfigError(msg)

    @property
    def is_local(self) -> bool:
        """Whether this machine alone can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
