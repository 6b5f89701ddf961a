"""What is made in a database before anything is loaded, and properties read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kgbuild.errors import ValidationError
from kgbuild.graph.export.neo4j_csv import (
    AS_JSON,
    OURS,
    STATEMENT,
    predicate_of,
    relationship_types,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Any type of an association, for a pattern.
ANY_TYPE = "|".join([*relationship_types().values(), STATEMENT])

#: Constraints and indexes, made before anything is loaded. Constraints lie on labels
#: that are kgbuild's own: other programs' nodes have plain ones, and may hold what they
#: like. Readers look concepts and documents up by their plain labels. Names have a
#: full-text index only: others refuse values of some kilobytes, and so would the load.
SCHEMA = (
    *(
        f"CREATE CONSTRAINT kgbuild_own_{what} IF NOT EXISTS "
        f"FOR (n:{OURS}) REQUIRE n.{what}_id IS UNIQUE"
        for what in ("concept", "document", "run")
    ),
    *(
        f"CREATE CONSTRAINT kgbuild_{what} IF NOT EXISTS "
        f"FOR (n:Kgbuild{what.title()}) REQUIRE n.{what} IS UNIQUE"
        for what in ("bucket", "cell")
    ),
    *(
        f"CREATE INDEX kgbuild_{label.lower()}_ids IF NOT EXISTS "
        f"FOR (n:{label}) ON (n.{label.lower()}_id)"
        for label in ("Concept", "Document")
    ),
    "CREATE FULLTEXT INDEX kgbuild_concept_names IF NOT EXISTS "
    "FOR (n:Concept) ON EACH [n.name, n.synonyms, n.vocabulary_names]",
)
FULLTEXT = "kgbuild_concept_names"

#: Ids are indexed by value, which Neo4j takes up to some 8 kB.
MAX_ID_BYTES = 4_000


def from_properties(edge: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the properties of a relationship back into a row of associations.

    Raises
    ------
    ValidationError
        They are not as kgbuild writes them.
    """
    row = {"directed": False, **edge}
    row["predicate"] = predicate_of(edge["kind"], edge.get("predicate"))
    try:
        for name, text in AS_JSON.items():
            if name in edge or text in edge or name == "evidence":
                # Once, JSON was all there was.
                row[name] = json.loads(edge.get(text) or edge.get(name) or "[]")
        row["years"] = _years(edge.get("years") or [], edge.get("year_counts") or [])
    except (ValueError, TypeError) as error:
        msg = (
            f"The evidence, years or qualifiers of {edge.get('source')} – "
            f"{edge.get('target')} are not as kgbuild writes them: load the graph "
            "again."
        )
        raise ValidationError(msg) from error
    return row


def _years(years: list[int] | str, counts: list[int]) -> Any:
    if isinstance(years, str):  # as it once was
        return json.loads(years)
    return [
        {"year": year, "documents": n} for year, n in zip(years, counts, strict=True)
    ]
