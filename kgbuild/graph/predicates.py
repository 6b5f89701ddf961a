"""What an association says: a co-mention, or the predicate of a statement."""

from __future__ import annotations

#: What an association says that is no statement.
CO_MENTION = "co_mention"


def biolink_predicate(predicate: str) -> str:
    """Return Biolink's predicate: ``related_to`` for what its table does not know."""
    if predicate == CO_MENTION:
        return "biolink:occurs_together_in_literature_with"
    return "biolink:related_to"


def known_predicates() -> tuple[str, ...]:
    """Return the predicates of the closed set."""
    return ()
