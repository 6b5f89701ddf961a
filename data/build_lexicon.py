"""Write the lexicon that ships: what annotators called what, and in how many documents.

    python data/build_lexicon.py --shared ../shared

Reads the training documents of public corpora and writes
``kgbuild/models/lexicon/lexicon.tsv.gz``. A document whose id is in the development
split is left out of every corpus, and a document that stands in several corpora counts
once. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild.corpus import read
from kgbuild.normalize.lexicon import COLUMNS, FILE, lexicon_path
from kgbuild.normalize.sources.corpus import observe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgbuild.document import Document

#: Corpus → entity types whose identifiers are those of the vocabularies.
CORPORA = {
    "pubtator/NCBIdisease_TrainDev": ("Disease",),
    "pubtator/BC5CDR_TrainDev": ("Disease", "Chemical"),
    "pubtator/BioRED_TrainDev": ("Disease", "Chemical", "Gene", "Species", "CellLine"),
    "pubtator/NLMgene_Train": ("Gene",),
    "pubtator/GNormPlus_Train": ("Gene",),
    "pubtator/tmVar3_Train": ("Gene", "Disease"),
    "pubtator/SPECIES_Train": ("Species",),
    "pubtator/S800_revised": ("Species",),
    "pubtator/Linnaeus_Train": ("Species",),
    "pubtator/BioID_Train_revision": ("CellLine",),
    "relations/BC6PM_train": ("Gene",),
}

#: Where the species of genes is stated.
GENES = (
    "Homo_sapiens.gene_info.gz", "Mus_musculus.gene_info.gz",
    "Danio_rerio.gene_info.gz", "Drosophila_melanogaster.gene_info.gz",
    "Rattus_norvegicus_rgd_ncbigene.tsv.gz",
)  # fmt: skip

#: Strains whose genes have numbers of their own → the species that papers name.
STRAINS = {559292: 4932, 284812: 4896, 511145: 562, 83333: 562}


def main() -> None:
    """Read, count and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--output", type=Path, default=lexicon_path() / FILE)
    options = parser.parse_args()
    corpora = options.shared / "corpora"
    held_out = frozenset((corpora / "dev_pmids.txt").read_text("utf-8").split())
    taxa = dict(_taxa(options.shared / "vocab"))
    rows = []
    for kind in sorted({kind for kinds in CORPORA.values() for kind in kinds}):
        documents = _documents(corpora, kind, held_out)
        for entry in observe(documents, entity_type=kind):
            taxon = taxa.get(entry.concept) or entry.taxon if kind == "Gene" else None
            ((name, _),) = entry.names
            taxon = STRAINS.get(taxon or 0, taxon)
            if kind == "Gene" and not taxon:
                continue  # such a gene would be linked in any species' document
            tidy = " ".join(name.split())
            rows.append((kind, entry.concept, tidy, taxon or "", entry.count))
    rows.sort(key=lambda row: (row[0], row[1], -row[4], row[2]))
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE
    )
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    options.output.write_bytes(packed)
    sys.stdout.write(f"{len(rows):,} names, {len(packed):,} bytes: {options.output}\n")


def _documents(
    corpora: Path, kind: str, held_out: frozenset[str]
) -> Iterator[Document]:
    """Yield the training documents, with each name and concept of an id once."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    for name, kinds in CORPORA.items():
        if kind not in kinds:
            continue
        for document in read(corpora / f"{name}.PubTator.gz", on_error=lambda _: None):
            key = document.id.partition("#")[0]
            if key in held_out:
                continue
            first = []
            for mention in document.mentions:
                once = (key, " ".join(mention.text.split()), mention.concepts)
                if mention.type == kind and once not in seen and len(once[1]) < 100:
                    seen.add(once)
                    first.append(mention)
            yield document.with_mentions(first)


def _taxa(folder: Path) -> Iterator[tuple[str, int]]:
    from kgbuild.normalize.sources import read_entries

    for file in GENES[:-1]:
        for entry in read_entries(
            folder / file, entity_type="Gene", format="gene-info"
        ):
            if entry.taxon is not None:
                yield entry.concept, entry.taxon
    with gzip.open(folder / GENES[-1], "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row["id"], int(row["taxon"])


if __name__ == "__main__":
    main()
