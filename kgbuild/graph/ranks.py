"""What associations can be ordered by."""

from __future__ import annotations

from typing import Literal, cast, get_args

from kgbuild.errors import one_of

Rank = Literal[
    "score", "npmi", "log_odds", "documents", "sentences", "probability", "p_value",
    "log10_p", "q_value", "first_year", "last_year", "negated", "hedged",
]  # fmt: skip


def check_rank(by: str) -> Rank:
    """Return the name of a column that associations can be ordered by.

    Raises
    ------
    ConfigError
        There is no such column.
    """
    one_of("by", by, get_args(Rank))
    return cast("Rank", by)
