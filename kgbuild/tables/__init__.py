"""The tables of a corpus and its graph: schemas, documents to tables and back, Parquet.

Columns of every table: see :mod:`kgbuild.tables.schema`.
"""

from __future__ import annotations

from kgbuild.tables.convert import (
    CorpusTable,
    documents_from_tables,
    documents_table,
    mentions_table,
    sentence_index,
    tables,
)
from kgbuild.tables.parquet import (
    read_provenance,
    read_table,
    table_files,
    write_parquet,
    write_table,
)
from kgbuild.tables.schema import (
    EVIDENCE,
    TABLES,
    TableName,
    TableSchema,
    as_frame,
    empty_table,
    schema_of,
    shortest,
    validate,
)

__all__ = [
    "EVIDENCE",
    "TABLES",
    "CorpusTable",
    "TableName",
    "TableSchema",
    "as_frame",
    "documents_from_tables",
    "documents_table",
    "empty_table",
    "mentions_table",
    "read_provenance",
    "read_table",
    "schema_of",
    "sentence_index",
    "shortest",
    "table_files",
    "tables",
    "validate",
    "write_parquet",
    "write_table",
]
