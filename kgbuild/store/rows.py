"""What a store's backends keep, and what they must be able to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Longest id of a document, in characters: SQL servers bound the length of a key.
LONGEST_ID = 400

#: Ids in one question: SQLite's own limit on parameters was 999 for long.
AT_ONCE = 500


class Row(NamedTuple):
    """A document as it is kept.

    Attributes
    ----------
    document_id
        Of the document.
    settings
        Digest of the settings; a document annotated in two ways is kept twice.
    versions
        Digest of the versions that made it.
    stored
        When, in seconds since 1970.
    body
        The document as JSON, compressed with zstd.
    """

    document_id: str
    settings: str
    versions: str
    stored: float
    body: bytes


class Backend(Protocol):
    """Keeps rows; every call may come from another thread."""

    def read(self, ids: Sequence[str], settings: str | None) -> list[Row]:
        """Return rows of at most :data:`AT_ONCE` ids, the latest stored last."""
        ...

    def known(self, ids: Sequence[str], settings: str | None) -> list[tuple[str, str]]:
        """Return id and digest of versions of rows, the latest stored last."""
        ...

    def write(self, rows: Sequence[Row], versions: tuple[str, str]) -> None:
        """Keep rows in the place of older ones, all or none of them.

        ``versions`` are their digest and their text, one for all rows.
        """
        ...

    def page(self, after: str, limit: int) -> list[str]:
        """Return the next ids after one, in order."""
        ...

    def versions(self) -> dict[str, str]:
        """Return digest → text of all versions."""
        ...

    def tally(self) -> dict[str, int]:
        """Return digest of versions → rows that they made."""
        ...

    def stamp(self) -> tuple[int, float]:
        """Return how many documents there are, and when the latest was stored."""
        ...

    def close(self) -> None:
        """Let go of the file or of the connections."""
        ...
