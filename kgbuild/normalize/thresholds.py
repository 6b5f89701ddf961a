"""From which score on a candidate is linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.entity_types import canonical_type
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Lowest score that still links, per type; types that are not listed take the default.
#: ``balanced``: most right answers. ``precise``: of the links, 95 % are right on gold
#: mentions of the development documents (benchmarks/precise.py, which holds folds out).
THRESHOLDS: dict[str, dict[str, float]] = {
    "balanced": {},
    "precise": {"Disease": 0.9525, "Gene": 0.98, "FamilyName": 0.98, "Species": 0.88},
}
DEFAULT_THRESHOLD = 0.5

#: The same for nearest names, whose score is the chance that they are right.
NEURAL_THRESHOLDS = {"balanced": 0.5, "precise": 0.95}


def chosen_thresholds(given: Mapping[str, float] | str) -> dict[str, float]:
    """Return the thresholds per entity type that a user's choice stands for.

    Raises
    ------
    ConfigError
        There is no such set, or a threshold lies outside of [0, 1].
    """
    if isinstance(given, str):
        if given not in THRESHOLDS:
            msg = (
                f"thresholds must be one of {', '.join(THRESHOLDS)}, or numbers per "
                f"entity type. Got {given!r} instead."
            )
            raise ConfigError(msg)
        return dict(THRESHOLDS[given])
    chosen = {canonical_type(kind): value for kind, value in given.items()}
    for kind, value in chosen.items():
        if not 0 <= value <= 1:
            msg = f"The threshold of {kind} must lie in [0, 1]. Got {value!r} instead."
            raise ConfigError(msg)
    return chosen
