"""What becomes of values on their way into properties and back; no server."""

from __future__ import annotations

import json

import polars as pl
import pytest

from kgbuild.errors import ValidationError
from kgbuild.graph.export.neo4j_csv import edge_columns
from kgbuild.neo4j import schema
from kgbuild.neo4j.server import ServerError, _check_free
from kgbuild.tables import TABLES

COLUMNS = TABLES["associations"].columns


def association(**values):
    row = dict.fromkeys(COLUMNS)
    row |= {
        "source": "ncbigene:1", "target": "mesh:D1", "documents": 1, "evidence": [],
        "predicate": "co_mention", "directed": False, "years": [],
    }  # fmt: skip
    return pl.DataFrame([row | values], schema=COLUMNS, orient="row")


def piece(**values):
    spans = [{"start": 3, "end": 9}, {"start": 40, "end": 2**32 - 1}]
    return {
        "document_id": "12", "sentence": 0, "spans": spans, "score": 0.25,
        "negated": False, "hedged": True,
    } | values  # fmt: skip


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [piece(), piece(document_id="13", sentence=7)],
        [piece(sentence=None, score=None, negated=None, hedged=None)],
        [piece(document_id='a"b\\ {"start":1}, {"evidence": \n💥')],
    ],
)
@pytest.mark.parametrize(
    "years",
    [[], [{"year": -44, "documents": 1}, {"year": 2026, "documents": 2**32 - 1}]],
)
def test_evidence_and_years_come_back(pieces, years):
    frame = association(evidence=pieces, years=years)
    edge = properties(frame)
    row = schema.from_properties({"kind": "CO_MENTION", **edge})
    assert row["evidence"] == pieces
    assert row["years"] == years
    # As graphs were loaded once.
    edge["evidence"] = edge.pop("evidence_json")
    edge["years"] = json.dumps(years)
    del edge["year_counts"]
    row = schema.from_properties({"kind": "CO_MENTION", **edge})
    assert row["evidence"] == pieces
    assert row["years"] == years


def properties(frame):
    return {name: values[0] for name, values in edge_columns(frame).items()}


def test_lists_are_there_for_people():
    denied, unseen = piece(negated=True), piece(document_id="c-1", hedged=None)
    years = [{"year": 1998, "documents": 2}, {"year": 2003, "documents": 1}]
    said = [{"name": "novelty", "value": "No", "documents": 3}]
    edge = properties(
        association(
            evidence=[denied, unseen], years=years, qualifiers=said, predicate="own"
        )
    )
    assert edge["evidence"] == ["(PMID 12, negated, hedged)", "(c-1)"]
    assert edge["evidence_documents"] == ["12", "c-1"]
    assert edge["years"] == [1998, 2003]
    assert edge["year_counts"] == [2, 1]
    assert edge["qualifiers"] == ["novelty: No"]
    row = schema.from_properties({"kind": "STATEMENT", **edge})
    assert row["qualifiers"] == said


@pytest.mark.parametrize(
    "edge",
    [
        {"evidence": "no JSON"},
        {"evidence": ["(PMID 1)"]},
        {"years": 7},
        {"years": [1998]},
    ],
)
def test_properties_of_another_program_are_told(edge):
    with pytest.raises(ValidationError, match="of a – b are not as kgbuild writes"):
        schema.from_properties(
            {"kind": "CO_MENTION", "source": "a", "target": "b", **edge}
        )


@pytest.mark.parametrize("port", [-1, 65_536, 80_000])
def test_a_port_that_is_none_is_a_sentence(port: int) -> None:
    with pytest.raises(ServerError, match=rf"Port {port} cannot be used"):
        _check_free(port)
