"""The two tables as Parquet and ``graph.json``: the graph's own form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import check_readable, sha256_of, write_atomically
from kgbuild._io.locks import LOCK_FILE, alone
from kgbuild.errors import InputError
from kgbuild.graph.export import records
from kgbuild.tables import TableName, read_table, write_table

if TYPE_CHECKING:
    import polars as pl

#: Version of the folder. 1 had relations for predicates, and no statements.
_FORMAT = 2
_PART = "part-00000.parquet"


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write the folder."""
    save(graph, path)
    return [path / name for name in ("concepts", "associations", "graph.json")]


def save(graph: records.GraphTables, folder: Path | str) -> Path:
    """Write the folder; see :meth:`KnowledgeGraph.save`."""
    folder = Path(folder)
    tables: dict[TableName, pl.DataFrame] = {
        "concepts": graph.concepts,
        "associations": graph.associations,
    }
    with alone(folder / LOCK_FILE, at=folder, wait_s=600):
        for name, frame in tables.items():
            path = folder / name / _PART
            write_table(frame, path, name=name, provenance=graph.provenance)
        record = {
            "format": _FORMAT,
            "sha256": {name: sha256_of(folder / name / _PART) for name in tables},
            **records.whole(graph),
        }
        with write_atomically(folder / "graph.json") as stream:
            stream.write(json.dumps(record, indent=1, sort_keys=True).encode())
    return folder


def load(folder: Path | str) -> dict[str, Any]:
    """Return the fields of a graph; see :meth:`KnowledgeGraph.load`."""
    folder = Path(folder)
    path = folder / "graph.json"
    check_readable(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        version = record["format"]
    except (ValueError, KeyError, TypeError) as error:
        reason = f"This is not the record of a graph ({error}): save it again."
        raise InputError(reason, path=path) from error
    if version != _FORMAT:
        reason = (
            f"This graph is of format {version}, this kgbuild reads {_FORMAT}: build "
            "it again, or install the kgbuild that wrote it."
        )
        raise InputError(reason, path=path)
    for name, digest in record.get("sha256", {}).items():
        if sha256_of(folder / name / _PART) != digest:
            reason = (
                f"The {name} in this folder are not those that its graph.json was "
                "written with: somebody wrote to it since, or was stopped. Build the "
                "graph again."
            )
            raise InputError(reason, path=folder)
    return {
        "concepts": read_table(folder / "concepts", name="concepts"),
        "associations": read_table(folder / "associations", name="associations"),
        **{name: record.get(name, {}) for name in records.WHOLE},
    }
