"""Changes that were numbered from the first base of the mRNA, before HGVS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgbuild.variants.normal_form import Variant

#: Genes whose changes of bases were long counted from the first base of the mRNA.
_COUNTED_FROM_MRNA = frozenset({"ncbigene:672", "ncbigene:675", "ncbigene:1080"})
#: Gene and change under such a name → what HGVS calls it: the founder mutations.
TODAY = {
    ("ncbigene:672", "c|DEL|185|AG"): "c.68_69delAG",
    ("ncbigene:672", "c|DEL|187|AG"): "c.68_69delAG",
    ("ncbigene:672", "c|INS|5382|C"): "c.5266dupC",
    ("ncbigene:672", "c|INS|5385|C"): "c.5266dupC",
    ("ncbigene:672", "c|DUP|5385|C"): "c.5266dupC",
    ("ncbigene:672", "c|DEL|4153|A"): "c.4035delA",
    ("ncbigene:672", "c|DEL|4154|A"): "c.4035delA",
    ("ncbigene:672", "c|SUB|T|300|G"): "c.181T>G",
    ("ncbigene:675", "c|DEL|6174|T"): "c.5946delT",
    ("ncbigene:675", "c|DEL|999|5"): "c.771_775delTCAAA",
    ("ncbigene:1080", "c|SUB|G|621+1|T"): "c.489+1G>T",
    ("ncbigene:1080", "c|SUB|G|1717-1|A"): "c.1585-1G>A",
}


def counts_from_mrna(text: str, variant: Variant, gene: str | None) -> bool:
    """Whether a change is written as was usual before HGVS, by its gene and no "c.".

    What HGVS calls it is known of founder mutations alone: an insertion or a deletion
    moves to the end of its repeat, and so needs the sequence.

    Examples
    --------
    >>> from kgbuild.variants.normal_form import from_core
    >>> counts_from_mrna("185delAG", from_core("c|DEL|185|AG"), "ncbigene:672")
    True
    """
    return (
        gene in _COUNTED_FROM_MRNA
        and variant.level == "c"
        and variant.position[:1].isdigit()
        and re.match(r"[cC]\s?\.?\d", text) is None
        and "c." not in text
    )
