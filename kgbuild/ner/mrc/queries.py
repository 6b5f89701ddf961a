"""The queries: what is asked of a text for each entity type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: With names from the training part, with the type's name alone, or without a query.
Style = Literal["examples", "simple", "none"]
#: Task → entity type → query.
Queries = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class QueryWriter:
    """Writes the queries of a recipe's tasks.

    Attributes
    ----------
    style
        See :data:`Style`.
    examples
        Names in a query.
    seed
        Of the draw of the names.
    """

    style: Style
    examples: int
    seed: int

    def write(
        self,
        tasks: Mapping[str, Sequence[str]],
        names: Mapping[tuple[str, str], Mapping[str, int]],
    ) -> Queries:
        """Write the query of every type of every task.

        Parameters
        ----------
        tasks
            Task → entity types.
        names
            Task and type → name in the training part → how often it stands there. A
            name is drawn the likelier the oftener it stands there.

        Raises
        ------
        ConfigError
            The queries name examples, and the training part has none of a type.
        """
        return {
            task: {kind: self._query(kind, names.get((task, kind), {}), task)
                   for kind in types}
            for task, types in tasks.items()
        }  # fmt: skip

    def _query(self, kind: str, names: Mapping[str, int], task: str) -> str:
        if self.style == "none":
            return ""
        asked = f"Can you detect {in_words(kind)} entities"
        if self.style == "simple":
            return f"{asked}?"
        if not names:
            msg = (
                f"The corpora of the task {task!r} have no mention of {kind} to name "
                'in its query: correct their `labels`, or set query = "simple" under '
                "[model]."
            )
            raise ConfigError(msg)
        known = sorted(names)
        weights = np.array([names[name] for name in known], dtype=float)
        rng = np.random.default_rng((self.seed, *f"{task}.{kind}".encode()))
        drawn = rng.choice(
            known, size=min(self.examples, len(known)), replace=False,
            p=weights / weights.sum(),
        )  # fmt: skip
        return f"{asked} like {' or '.join(drawn.tolist())}?"


def in_words(entity_type: str) -> str:
    """Return the name of a type as one says it.

    Examples
    --------
    >>> in_words("CellLine"), in_words("Simple_chemical"), in_words("DNA")
    ('cell line', 'simple chemical', 'DNA')
    """
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entity_type).replace("_", " ").split()
    return " ".join(part if part.isupper() else part.lower() for part in parts)
