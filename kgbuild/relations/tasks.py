"""What the extractor can say: a task a corpus, with its predicates and types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from kgbuild.entity_types import served_by

#: Entity types that the network tells apart; all others are the last one to it.
TYPES = ("Chemical", "Variant", "Gene", "Disease", "Species", "CellLine", "")

#: Labels of corpora → the type that the network takes them for, where it is not the one
#: whose vocabularies name them.
_LIKE = {
    "AdverseEffect": "Disease",
    "GeneN": "Gene",
    "FamilyName": "Gene",
    "Complex": "Gene",
    "Strain": "Species",
    "Genus": "Species",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """How one corpus relates concepts.

    Attributes
    ----------
    name
        Of the task.
    predicates
        That its statements have.
    pairs
        Types that a statement relates, subject first, as :data:`TYPES` orders them.
    novelty
        Whether the corpus tells what a document found from what it knew before.
    denials
        Whether the corpus relates what a sentence denies as well ("does not interact").
    harms
        Whether its predicates are of what does something, so that nothing is stated of
        what lessens it.
    """

    name: str
    predicates: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    novelty: bool = False
    denials: bool = False
    harms: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """Outputs of the task: none of its predicates, then each of these."""
        return ("", *self.predicates)


_GENES = (("Gene", "Gene"),)

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="BioRED",
            predicates=(
                "Association", "Positive_Correlation", "Negative_Correlation", "Bind",
                "Cotreatment", "Comparison", "Drug_Interaction", "Conversion",
            ),
            pairs=(
                ("Chemical", "Chemical"), ("Chemical", "Variant"), ("Chemical", "Gene"),
                ("Chemical", "Disease"), ("Variant", "Variant"), ("Variant", "Disease"),
                ("Gene", "Gene"), ("Gene", "Disease"),
            ),
            novelty=True,
        ),
        Task(
            name="CID", predicates=("CID",), pairs=(("Chemical", "Disease"),),
            harms=True,
        ),
        Task(
            name="DrugProt",
            predicates=(
                "INHIBITOR", "DIRECT-REGULATOR", "INDIRECT-DOWNREGULATOR", "SUBSTRATE",
                "INDIRECT-UPREGULATOR", "ACTIVATOR", "ANTAGONIST", "PART-OF",
                "PRODUCT-OF", "AGONIST",
            ),
            pairs=(("Chemical", "Gene"),),
        ),
        Task(name="ADE", predicates=("causes",), pairs=(("Chemical", "Disease"),)),
        Task(name="PPIm", predicates=("PPIm",), pairs=_GENES),
        Task(name="PPI", predicates=("interacts",), pairs=_GENES, denials=True),
    )
}  # fmt: skip

#: Tasks that statements can be asked of. All pairs of ADE's sentences are related: it
#: teaches what an effect looks like, and knows of no pair that is not.
ASKED = tuple(name for name in TASKS if name != "ADE")

#: Predicates of corpora that are too rare to be learnt → those they are learnt as.
LEARNT_AS = {
    "SUBSTRATE_PRODUCT-OF": "SUBSTRATE",
    "AGONIST-INHIBITOR": "AGONIST",
    "AGONIST-ACTIVATOR": "AGONIST",
}


@cache
def seen_type(entity_type: str) -> int:
    """Return the number of the type that the network takes an entity for.

    Examples
    --------
    >>> TYPES[seen_type("Cancer")], TYPES[seen_type("AdverseEffect")]
    ('Disease', 'Disease')
    >>> TYPES[seen_type("Anatomy")]
    ''
    """
    name = _LIKE.get(entity_type) or served_by(entity_type)
    return TYPES.index(name) if name in TYPES else len(TYPES) - 1
