"""From which score on a candidate is linked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kgbuild.entity_types import canonical_type
from kgbuild.errors import ConfigError, from_0_to_1

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


class Thresholds:
    """The least scores that link, per entity type.

    Parameters
    ----------
    given
        Numbers per entity type (others keep the default), or the name of a set of
        :data:`THRESHOLDS`.

    Attributes
    ----------
    given
        As above.

    Raises
    ------
    ConfigError
        There is no such set, or a threshold lies outside of [0, 1].
    """

    def __init__(
        self, given: Mapping[str, float] | Literal["balanced", "precise"]
    ) -> None:
        self.given = given
        self._default_of_nearest = NEURAL_THRESHOLDS["balanced"]
        if isinstance(given, Mapping):
            self._chosen = {canonical_type(kind): x for kind, x in given.items()}
            self._of_nearest = self._chosen
        elif isinstance(given, str) and given in THRESHOLDS:
            self._chosen, self._of_nearest = THRESHOLDS[given], {}
            self._default_of_nearest = NEURAL_THRESHOLDS[given]
        else:
            msg = (
                f"thresholds must be one of {', '.join(THRESHOLDS)}, or numbers per "
                f"entity type. Got {given!r} instead."
            )
            raise ConfigError(msg)
        for kind, value in self._chosen.items():
            from_0_to_1(**{f"The threshold of {kind}": value})

    def of(self, entity_type: str) -> float:
        """Return the least score of a name."""
        return self._chosen.get(entity_type, DEFAULT_THRESHOLD)

    def of_nearest(self, entity_type: str) -> float:
        """Return the least chance of a nearest name."""
        return self._of_nearest.get(entity_type, self._default_of_nearest)
