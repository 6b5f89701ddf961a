"""The two tables as Parquet and ``graph.json``: the graph's own form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import (
    check_readable,
    remove_leftovers,
    sha256_of,
    write_atomically,
)
from kgbuild._io.locks import LOCK_FILE, alone
from kgbuild.errors import InputError
from kgbuild.graph.export import records
from kgbuild.tables import TableName, read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

#: Version of the folder. 1 had relations for predicates, and no statements; 2 had each
#: table in one part.
_FORMAT = 3


def write(graph: records.GraphTables, path: Path) -> list[Path]:
    """Write the folder."""
    save(graph, path)
    return [path / name for name in ("concepts", "associations", "graph.json")]


def save(graph: records.GraphTables, folder: Path | str) -> Path:
    """Write the folder; see :meth:`KnowledgeGraph.save`."""
    return save_parts(
        folder,
        concepts=graph.concepts,
        associations=[graph.associations],
        provenance=graph.provenance,
        whole=lambda: records.whole(graph),
    )


def save_parts(
    folder: Path | str,
    *,
    concepts: pl.DataFrame,
    associations: Iterable[pl.DataFrame],
    provenance: Mapping[str, str],
    whole: Callable[[], dict[str, dict[str, Any]]],
) -> Path:
    """Write the folder with associations in parts, each made when it is written.

    Parameters
    ----------
    folder
        To write.
    concepts, associations
        The tables; the parts of the second are in order.
    provenance
        For the tables.
    whole
        What is known of the graph as a whole, asked for when all parts are written.
    """
    folder = Path(folder)
    with alone(folder / LOCK_FILE, at=folder, wait_s=600):
        digests: dict[str, list[str]] = {}
        tables: dict[TableName, Iterable[pl.DataFrame]] = {
            "concepts": [concepts],
            "associations": associations,
        }
        for name, parts in tables.items():
            digests[name] = []
            remove_leftovers(folder / name)
            for number, frame in enumerate(parts):
                path = folder / name / f"part-{number:05d}.parquet"
                write_table(frame, path, name=name, provenance=provenance)
                digests[name].append(sha256_of(path))
            for path in sorted((folder / name).glob("part-*.parquet")):
                place = path.stem.removeprefix("part-")
                if place.isdigit() and int(place) >= len(digests[name]):
                    path.unlink()  # of an older graph, which had more
        record = {"format": _FORMAT, "sha256": digests, **whole()}
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
    for name, digests in record.get("sha256", {}).items():
        parts = sorted((folder / name).glob("*.parquet"))
        if [sha256_of(part) for part in parts] != digests:
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
