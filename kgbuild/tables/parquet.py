"""Read and write tables as Parquet files, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl

from kgbuild._io.files import check_readable, named, write_atomically
from kgbuild.errors import InputError, ValidationError
from kgbuild.tables.schema import TableName, validate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def write_table(
    frame: pl.DataFrame,
    path: Path | str,
    *,
    name: TableName,
    provenance: Mapping[str, str] | None = None,
) -> Path:
    """Write a table as one Parquet file: whole or not at all, reproducibly.

    Parameters
    ----------
    frame
        Checked against its schema first.
    path
        Of the file.
    name
        Which table it is.
    provenance
        Versions of code, models and vocabularies; kept in the file, see
        :func:`read_provenance`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValidationError
        The table breaks its schema.
    """
    frame = validate(frame, name)
    path = Path(path)
    versions = json.dumps(dict(provenance or {}), sort_keys=True, ensure_ascii=False)
    with write_atomically(path) as stream:
        write_parquet(
            frame,
            stream,
            metadata={"kgbuild.table": name, "kgbuild.provenance": versions},
        )
    return path


def write_parquet(frame: pl.DataFrame, target: Path | BinaryIO, **options: Any) -> None:
    """Write a frame; a disk that is full or breaks is an ``OSError``, as elsewhere.

    Parameters
    ----------
    frame
        Anything.
    target
        A file, which is not written atomically, or a stream.
    options
        Of :meth:`polars.DataFrame.write_parquet`; compressed by zstd by default.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    if isinstance(target, Path):
        with named(target), target.open("wb") as stream:
            write_parquet(frame, stream, **options)
        return
    watched = _Watched(target)
    try:
        frame.write_parquet(watched, **{"compression": "zstd", **options})  # type: ignore[arg-type]
    except pl.exceptions.PolarsError as error:
        if watched.error is None:
            raise
        failed = watched.error
        where = failed.filename or getattr(target, "name", None)
        raise OSError(failed.errno, failed.strerror, where) from error


class _Watched:
    """A stream that knows why it could not be written: polars does not always say."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._stream.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self.error = error
            raise


def read_table(
    path: Path | str, *, name: TableName, columns: Collection[str] | None = None
) -> pl.DataFrame:
    """Read a table from a Parquet file, or from all those in a folder.

    Parameters
    ----------
    path
        A file, or a folder of shards (``*.parquet``), which are read in the order of
        their names.
    name
        Which table it is.
    columns
        Read these only, as far as they are there; by default all.

    Raises
    ------
    InputError
        There is nothing there, or it is not Parquet.
    ValidationError
        It is another table, or breaks the schema.
    """
    parts = [_read_parquet(file, name, columns) for file in table_files(path)]
    frame = pl.concat(parts, how="diagonal") if len(parts) > 1 else parts[0]
    return validate(frame, name, columns=columns)


def table_files(path: Path | str) -> list[Path]:
    """Return the Parquet files of a table: the file itself or a folder's shards.

    Raises
    ------
    InputError
        There are none.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(path.glob("*.parquet"))
        if not files:
            reason = "This folder holds no *.parquet files: name a folder of shards."
            raise InputError(reason, path=path)
        return files
    check_readable(path)
    return [path]


def read_provenance(path: Path | str) -> dict[str, str]:
    """Return the versions that :func:`write_table` kept in a file.

    Raises
    ------
    InputError
        The file is missing or not Parquet.
    """
    file = table_files(path)[0]
    try:
        versions = pl.read_parquet_metadata(file).get("kgbuild.provenance", "{}")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(_not_parquet(error), path=file) from error
    return dict(json.loads(versions))


def _read_parquet(
    path: Path, name: TableName, columns: Collection[str] | None
) -> pl.DataFrame:
    try:
        stated = pl.read_parquet_metadata(path).get("kgbuild.table", name)
        there = pl.read_parquet_schema(path)
        wanted = [c for c in there if columns is None or c in columns]
        frame = pl.read_parquet(path, columns=wanted, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(_not_parquet(error), path=path) from error
    if stated != name:
        msg = f"{path}: this is a {stated} table, a {name} table was expected."
        raise ValidationError(msg)
    return frame


def _not_parquet(error: Exception) -> str:
    first = (str(error).splitlines() or ["no reason given"])[0]
    return f"This is not a sound Parquet file ({first}): write or copy it again."
