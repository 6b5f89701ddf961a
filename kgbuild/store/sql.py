"""A store on any SQL server that SQLAlchemy knows, for machines that share one."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from kgbuild.errors import ConfigError, MissingExtraError
from kgbuild.store.rows import LONGEST_ID, Row

try:
    import sqlalchemy as sa
    from sqlalchemy.exc import (
        ArgumentError,
        IntegrityError,
        NoSuchModuleError,
        OperationalError,
        SQLAlchemyError,
    )
except ImportError as error:
    package, extra = "sqlalchemy", "sql"
    raise MissingExtraError(package, extra) from error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_META = sa.MetaData()
_DOCUMENTS = sa.Table(
    "kgbuild_documents",
    _META,
    sa.Column("document_id", sa.String(LONGEST_ID), primary_key=True),
    sa.Column("settings", sa.String(16), primary_key=True),
    sa.Column("versions", sa.String(16), nullable=False),
    sa.Column("stored", sa.Double, nullable=False, index=True),
    sa.Column("body", sa.LargeBinary(2**24), nullable=False),
)
_VERSIONS = sa.Table(
    "kgbuild_versions",
    _META,
    sa.Column("digest", sa.String(16), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)
#: How often a write that met another's is tried again.
_ATTEMPTS: Final = 8


class SqlBackend:
    """Rows in two tables of a database, ``kgbuild_documents`` and ``kgbuild_versions``.

    Parameters
    ----------
    url
        As SQLAlchemy reads it: ``postgresql://user:password@host/database``.

    Raises
    ------
    ConfigError
        The URL is none, or the server does not answer.
    MissingExtraError
        The server's driver is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
        except ArgumentError as error:
            # Not the value itself: it may hold a password.
            msg = (
                "The URL of the store is none that SQLAlchemy can read: write "
                "postgresql://user:password@host/database, or name a file."
            )
            raise ConfigError(msg) from error
        if parsed.drivername in {"postgres", "postgresql"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        self._place = parsed.render_as_string(hide_password=True)
        try:
            self._engine = sa.create_engine(parsed, pool_pre_ping=True)
        except NoSuchModuleError as error:
            msg = f"SQLAlchemy knows no database of the kind of {self._place}: {error}"
            raise ConfigError(msg) from error
        except ModuleNotFoundError as error:
            if parsed.drivername == "postgresql+psycopg":
                package, extra = "psycopg", "sql"
                raise MissingExtraError(package, extra) from error
            msg = f"The driver for {self._place} is not installed: {error}."
            raise ConfigError(msg) from error
        self._made()

    def _made(self) -> None:
        with self._explained(), self._engine.connect():
            pass  # a server that does not answer is not asked again
        for attempt in range(_ATTEMPTS):
            try:
                with self._explained():
                    _META.create_all(self._engine)
            except ConfigError:
                # Two that begin at the same time may both make the tables, and
                # databases differ in what they call the one that came second.
                if attempt + 1 == _ATTEMPTS:
                    raise
                time.sleep(0.05 * (attempt + 1))
            else:
                return

    def read(self, ids: Sequence[str], settings: str | None) -> list[Row]:
        """Return rows of these ids, the latest stored last."""
        return [Row(*row) for row in self._of(_DOCUMENTS.c, ids, settings)]

    def known(self, ids: Sequence[str], settings: str | None) -> list[tuple[str, str]]:
        """Return id and digest of versions of rows, the latest stored last."""
        columns = (_DOCUMENTS.c.document_id, _DOCUMENTS.c.versions)
        return [(name, digest) for name, digest in self._of(columns, ids, settings)]

    def _of(self, columns: Any, ids: Sequence[str], settings: str | None) -> list[Any]:
        query = sa.select(*columns).where(_DOCUMENTS.c.document_id.in_(ids))
        if settings is not None:
            query = query.where(_DOCUMENTS.c.settings == settings)
        return self._rows(query.order_by(_DOCUMENTS.c.stored))

    def write(self, rows: Sequence[Row], versions: tuple[str, str]) -> None:
        """Keep rows, all or none of them; where others write the same, once more."""
        values = [row._asdict() for row in sorted(rows)]
        ids = [row.document_id for row in rows]
        kept = sa.select(_VERSIONS.c.digest).where(_VERSIONS.c.digest == versions[0])
        same = {row.settings for row in rows}
        for attempt in range(_ATTEMPTS):
            try:
                with self._engine.begin() as connection:
                    if connection.execute(kept).first() is None:
                        connection.execute(_VERSIONS.insert().values(versions))
                    connection.execute(
                        _DOCUMENTS.delete().where(
                            _DOCUMENTS.c.document_id.in_(ids),
                            _DOCUMENTS.c.settings.in_(same),
                        )
                    )
                    connection.execute(_DOCUMENTS.insert(), values)
            except (IntegrityError, OperationalError) as error:
                if attempt + 1 == _ATTEMPTS:
                    raise self._unusable(error) from error
                time.sleep(0.05 * 2**attempt)
            except SQLAlchemyError as error:
                raise self._unusable(error) from error
            else:
                return

    def page(self, after: str, limit: int) -> list[str]:
        """Return the next ids after one, in order."""
        column = _DOCUMENTS.c.document_id
        query = sa.select(column).where(column > after).distinct()
        rows = self._rows(query.order_by(column).limit(limit))
        return [name for (name,) in rows]

    def versions(self) -> dict[str, str]:
        """Return digest → text of all versions."""
        return dict(map(tuple, self._rows(sa.select(_VERSIONS))))

    def tally(self) -> dict[str, int]:
        """Return digest of versions → rows that they made."""
        column = _DOCUMENTS.c.versions
        query = sa.select(column, sa.func.count()).group_by(column)
        return dict(map(tuple, self._rows(query)))

    def stamp(self) -> tuple[int, float]:
        """Return how many documents there are, and when the latest was stored."""
        columns = _DOCUMENTS.c
        count = sa.func.count(columns.document_id.distinct())
        ((n, latest),) = self._rows(sa.select(count, sa.func.max(columns.stored)))
        return int(n), float(latest or 0)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _rows(self, query: Any) -> list[Any]:
        with self._explained(), self._engine.connect() as connection:
            return list(connection.execute(query))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: SQLAlchemyError) -> ConfigError:
        said = str(getattr(error, "orig", None) or error).splitlines()[0][:300]
        return ConfigError(
            f"The store {self._place} cannot be used ({said}): check that the server "
            "answers, and that the user may make and write tables."
        )
