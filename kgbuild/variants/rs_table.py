"""A compiled table from gene and change to rs number.

Made of ClinVar's ``variant_summary.txt``, or of a table of tmVar forms with their rs
numbers, and, for numbers that were merged, of dbSNP's ``refsnp-merged.json`` or
``RsMergeArch.bcp``. The table is one SQLite
file, opened read-only: a look-up costs microseconds and no memory.
"""

from __future__ import annotations

import bz2
import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.files import lines
from kgbuild._io.sqlite import Database, new_database
from kgbuild.errors import InputError, ResourceMissingError, ValidationError
from kgbuild.variants.normal_form import from_core
from kgbuild.variants.search import from_hgvs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kgbuild.variants.normal_form import Variant

_FORMAT = "kgbuild variants 1"
_COLUMNS = ("Name", "GeneID", "RS# (dbSNP)")
#: Columns of a table of tmVar forms; ``frequency`` may be among them as well.
_FORM_COLUMNS = ("form", "rs", "ncbigene")
_NAME = re.compile(
    r"[NX][CGMPRTW]_\d{3,12}(?:\.\d{1,3})?(?:\([^()]{1,40}\))?:"
    r"(?P<dna>[cgmnr]\.[^\s()]{1,200})(?:\s\((?P<protein>p\.[^()\s]{1,200})\))?"
)
_BATCH = 10_000
#: Merges of merges: dbSNP's longest chains are far shorter.
_CHAIN = 20
#: The likeliest of several rs numbers wins where it has so many times the submitters.
_CLEARLY = 3

_SCHEMA = """
CREATE TABLE change (gene INTEGER, core TEXT, rs INTEGER, weight INTEGER,
                     PRIMARY KEY (gene, core, rs)) WITHOUT ROWID;
CREATE TABLE merged (old INTEGER PRIMARY KEY, new INTEGER) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSummary:
    """What went into a table.

    Attributes
    ----------
    rows
        Records of the variant file.
    changes
        Pairs of gene and change that have an rs number.
    unread
        Records with an rs number whose name this grammar does not read (large
        rearrangements, haplotypes, uncertain ranges).
    merged
        rs numbers that became others.
    """

    rows: int
    changes: int
    unread: int
    merged: int


#: Name of the table in a folder of compiled vocabularies.
TABLE_NAME = "variants.table"


class VariantTable:
    """Look-up of rs numbers by gene and change.

    Parameters
    ----------
    path
        File that :func:`build_variant_table` wrote.

    Raises
    ------
    ResourceMissingError
        There is no such file.
    InputError
        The file is not such a table.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            msg = (
                f"There is no variant table {str(self.path)!r}: build it with "
                "kgbuild vocab build variants."
            )
            raise ResourceMissingError(msg)
        try:
            self._database = Database(self.path)
            self._meta = dict(self._database.rows("SELECT key, value FROM meta"))
        except sqlite3.DatabaseError as error:
            reason = (
                "This is not a variant table: build one with kgbuild vocab build "
                "variants."
            )
            raise InputError(reason, path=self.path) from error
        if self._meta.get("format") != _FORMAT:
            self._database.close()
            reason = (
                f"This table has the format {self._meta.get('format')!r}, this kgbuild "
                f"reads {_FORMAT!r}: build it anew."
            )
            raise InputError(reason, path=self.path)

    def __reduce__(self) -> tuple[object, ...]:
        """Open the file again in another process."""
        return (type(self), (self.path,))

    @property
    def version(self) -> str:
        """Name of the source files; goes into a run's record."""
        return str(self._meta.get("source", ""))

    def __len__(self) -> int:
        """Return how many changes of genes have a number."""
        ((count,),) = self._database.rows("SELECT count(*) FROM change")
        return int(count)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, gene: str, variant: Variant) -> tuple[str, ...]:
        """Return the rs numbers of a change of a gene, best supported first.

        Where one has three times the submitters of the next, it is the only answer.

        Parameters
        ----------
        gene
            CURIE, ``"ncbigene:673"``.
        variant
            The change; the level ``r`` and the empty one are looked up as ``c``.
        """
        prefix, _, local = gene.partition(":")
        if prefix != "ncbigene" or not local.isascii() or not local.isdigit():
            return ()
        core = variant.core
        if variant.level in ("r", "") and variant.operator != "RS":
            core = "c" + core[len(variant.level) :]
        rows = self._database.rows(
            "SELECT rs, weight FROM change WHERE gene = ? AND core = ? "
            "ORDER BY weight DESC, rs",
            (int(local), core),
        )
        numbers = tuple(dict.fromkeys(self.current(f"rs{rs}") for rs, _ in rows))
        if len(numbers) > 1 and rows[0][1] >= _CLEARLY * rows[1][1]:
            return numbers[:1]
        return numbers

    def current(self, rs: str) -> str:
        """Return the number that an rs number was merged into, or itself.

        Examples
        --------
        ``table.current("rs77724903")``
        """
        merged = self._database.rows(
            "SELECT new FROM merged WHERE old = ?", (int(rs[2:]),)
        )
        return f"rs{merged[0][0]}" if merged else rs


def build_variant_table(
    variant_summary: Path | str,
    output: Path | str,
    *,
    merged: Path | str | None = None,
) -> TableSummary:
    """Compile the table from the official files.

    Parameters
    ----------
    variant_summary
        ClinVar's ``variant_summary.txt``, or a TSV with the columns ``form`` (tmVar's
        normal form, without gene), ``rs``, ``ncbigene`` and, if known, ``frequency``;
        also ``.gz`` or ``.zst``.
    output
        The table to write; replaced as a whole or not at all.
    merged
        dbSNP's ``refsnp-merged.json`` (``.bz2``, ``.gz``) or ``RsMergeArch.bcp``
        (``.gz``).

    Raises
    ------
    InputError
        A file is missing or is not what it claims to be.

    Notes
    -----
    Layout of the files: https://ftp.ncbi.nlm.nih.gov/pub/clinvar/README (section
    ``variant_summary.txt``) and https://ftp.ncbi.nlm.nih.gov/snp/latest_release/JSON.
    """
    source, target = Path(variant_summary), Path(output)
    with new_database(target) as database:
        return _fill(database, source, None if merged is None else Path(merged))


def _fill(
    database: sqlite3.Connection, source: Path, merged: Path | None
) -> TableSummary:
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.executescript(_SCHEMA)
    database.execute("BEGIN")
    counts = {"rows": 0, "unread": 0}
    _insert(
        database,
        "INSERT INTO change VALUES (?, ?, ?, ?) ON CONFLICT (gene, core, rs) "
        "DO UPDATE SET weight = weight + excluded.weight",
        _changes(source, counts),
    )
    names = [source.name]
    if merged is not None:
        names.append(merged.name)
        _insert(
            database, "INSERT OR REPLACE INTO merged VALUES (?, ?)", _merges(merged)
        )
        for _ in range(_CHAIN):
            moved = database.execute(
                "UPDATE merged SET new = (SELECT m.new FROM merged AS m "
                "WHERE m.old = merged.new) WHERE new IN (SELECT old FROM merged)"
            )
            if moved.rowcount == 0:
                break
    meta = {"format": _FORMAT, "source": " + ".join(names)}
    database.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
    database.execute("COMMIT")
    database.execute("VACUUM")
    count = "SELECT COUNT(*) FROM (SELECT DISTINCT gene, core FROM change)"
    return TableSummary(
        rows=counts["rows"],
        unread=counts["unread"],
        changes=database.execute(count).fetchone()[0],
        merged=database.execute("SELECT COUNT(*) FROM merged").fetchone()[0],
    )


def _insert(
    database: sqlite3.Connection, sql: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _BATCH:
            database.executemany(sql, batch)
            batch.clear()
    database.executemany(sql, batch)


def _changes(path: Path, counts: dict[str, int]) -> Iterator[tuple[int, str, int, int]]:
    """Yield gene, core, rs number and submitters; each allele once."""
    rows = lines(path)
    try:
        number, header = next(rows)
    except StopIteration:
        reason = "This file is empty: download variant_summary.txt again."
        raise InputError(reason, path=path) from None
    columns = {name: i for i, name in enumerate(header.lstrip("#").split("\t"))}
    if set(_FORM_COLUMNS) <= columns.keys():
        yield from _forms(rows, columns, counts, path)
        return
    missing = [name for name in _COLUMNS if name not in columns]
    if missing:
        reason = (
            f"The column {missing[0]!r} is missing: ClinVar's variant_summary.txt was "
            "expected, with its header, or a table with the columns "
            f"{', '.join(_FORM_COLUMNS)}."
        )
        raise InputError(reason, path=path, line=number)
    name_at, gene_at, rs_at = (columns[name] for name in _COLUMNS)
    allele_at, weight_at = columns.get("AlleleID"), columns.get("NumberSubmitters")
    last = None
    for fields in _records(rows, columns, path):
        allele = fields[allele_at] if allele_at is not None else None
        if allele is not None and allele == last:
            continue  # the same allele on another assembly
        last = allele
        counts["rows"] += 1
        gene, rs = fields[gene_at], fields[rs_at]
        if not (_is_number(gene) and _is_number(rs)):
            continue
        weight = 1
        if weight_at is not None and _is_number(fields[weight_at]):
            weight = int(fields[weight_at])
        cores = _cores(fields[name_at])
        counts["unread"] += not cores
        for core in cores:
            yield int(gene), core, int(rs), weight


def _records(
    rows: Iterator[tuple[int, str]], columns: dict[str, int], path: Path
) -> Iterator[list[str]]:
    """Split lines into fields, at least as many as there are columns."""
    for number, line in rows:
        if not line:
            continue
        fields = line.split("\t")
        if len(fields) < len(columns):
            reason = (
                f"This record has {len(fields)} columns, its header {len(columns)}: "
                "the file is damaged, get it again."
            )
            raise InputError(reason, path=path, line=number)
        yield fields


def _forms(
    rows: Iterator[tuple[int, str]],
    columns: dict[str, int],
    counts: dict[str, int],
    path: Path,
) -> Iterator[tuple[int, str, int, int]]:
    """Yield the same of a table of tmVar forms; rows without a gene say too little."""
    form_at, rs_at, gene_at = (columns[name] for name in _FORM_COLUMNS)
    weight_at = columns.get("frequency")
    for fields in _records(rows, columns, path):
        counts["rows"] += 1
        rs = fields[rs_at].removeprefix("rs")
        genes = [g for g in fields[gene_at].split("|") if _is_number(g)]
        if not genes or not _is_number(rs):
            continue
        try:
            core = from_core(fields[form_at]).core
        except ValidationError:
            counts["unread"] += 1
            continue
        stated = fields[weight_at] if weight_at is not None else ""
        for gene in genes:
            yield int(gene), core, int(rs), int(stated) if _is_number(stated) else 1


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 2**63


def _cores(name: str) -> list[str]:
    """Return the cores that ClinVar's name of an allele states."""
    found = _NAME.match(name)
    if found is None:
        return []
    cores = []
    for hgvs in (found["dna"], found["protein"]):
        if hgvs:
            try:
                cores.append(from_hgvs(hgvs).core)
            except ValidationError:
                continue
    return cores


def _merges(path: Path) -> Iterator[tuple[int, int]]:
    """Yield (old, new) of either of dbSNP's formats."""
    rows = _bz2_lines(path) if path.suffix.lower() == ".bz2" else lines(path)
    for number, line in rows:
        if not line.strip():
            continue
        pair = _merge_of(line)
        if pair is None:
            reason = (
                "This is neither a record of refsnp-merged.json nor of "
                "RsMergeArch.bcp: check that the file is whole."
            )
            raise InputError(reason, path=path, line=number)
        if pair[0] != pair[1] and pair[1] > 0:
            yield pair


def _merge_of(line: str) -> tuple[int, int] | None:
    try:
        if line.startswith("{"):
            record = json.loads(line)
            into = record["merged_snapshot_data"]["merged_into"]
            old = int(record["refsnp_id"])
            return old, int(into[0]) if into else 0
        fields = line.split("\t")
        # rsHigh, rsLow, build, …, rsCurrent (column 7, empty in old dumps)
        current = fields[6] if len(fields) > 6 and fields[6] else fields[1]
        return int(fields[0]), int(current)
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def _bz2_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with bz2.open(path, "rt", encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                yield number, line.rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        reason = f"This is not a sound .bz2 file ({error}): download it again."
        raise InputError(reason, path=path) from error
