"""Symbols that are genes by what stands beside them: "DMD exon 51", "VHL mutations".

Genes are named for their diseases, so that a symbol is often taken for either; an exon,
a promoter or a mutation is a gene's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kgbuild.ner.usage import names_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kgbuild.document import Mention

_GENE, _OTHERS = "Gene", frozenset({"Disease", "Chemical"})
_SYMBOL = re.compile(r"[A-Z][A-Z0-9]{1,7}")
#: Behind a symbol that no list has, the gene that a disease has its name from, too.
_ITS_GENE = re.compile(
    r" (?:gene|promoter)(?![\w-])(?! (?:signatur|expression|therap|panel))"
)
#: Up to how many signs before a symbol a word of it is sought.
_REACH = 60
_BEHIND = re.compile(
    r"""(?x)[ -](?:(?:missense|nonsense|germline|somatic|point|truncating|frameshift
        |human|gene)[ ])?
    (?:gene|exons?|introns?|codons?|promoters?|mRNAs?|isoforms?|cDNAs?|transcripts?
        |alleles?|mutations?|haploinsufficiency|(?:si|sh)RNA|knock-?outs?)\b
    |-/-|-null[ ](?:mice|mouse|cells)"""
)
_BEFORE = re.compile(
    r"""(?x)\b(?i:(?:mutations?|variants?|polymorphisms?|deletions?)[ ]in
        |(?:mutations?|exons?(?:[ ]\d+)?|introns?(?:[ ]\d+)?|codons?(?:[ ]\d+)?
            |promoter|haploinsufficiency|transcripts?)[ ](?:in|of))
    [ ](?:the[ ])?(?:human[ ])?(?:[A-Z0-9]+,?[ ](?:and|or)[ ])?$"""
)
#: Who has a disease, "mutations in NF1 patients", and what a chemical does.
_WHO = re.compile(
    r"-(?:treated|induced|exposed|fed|associated|related)\b"
    r"|[ -](?:\w+ )?(?:patients?|famil\w+|cases?|subjects|individuals|children|adults"
    r"|carriers|probands?|pedigrees|kindreds?|tumou?rs?|males|females|men|women)\b"
)


def follow_gene_words(
    text: str, mentions: Sequence[Mention], types: Collection[str]
) -> list[Mention]:
    """Make genes of symbols with a word beside them that only genes have.

    The symbol must be a gene's name somewhere, as "T2DM" and "H2O2" are not, or stand
    in front of "gene": "the HD gene".

    Parameters
    ----------
    text
        Of a document.
    mentions
        Disjoint.
    types
        Of the task; nothing changes where genes are none of them.
    """
    if _GENE not in types:
        return list(mentions)
    return [
        replace(m, type=_GENE).with_attributes(consistency="gene word")
        if m.type in _OTHERS and _SYMBOL.fullmatch(m.text) and _stands_as_gene(text, m)
        else m
        for m in mentions
    ]


def _stands_as_gene(text: str, mention: Mention) -> bool:
    if _ITS_GENE.match(text, mention.end):
        return True
    if len(mention.text) < 3 or mention.text not in names_of(_GENE):
        return False
    before = text[max(0, mention.start - _REACH) : mention.start]
    if _BEHIND.match(text, mention.end):
        return True
    return bool(_BEFORE.search(before) and not _WHO.match(text, mention.end))
