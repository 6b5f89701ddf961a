"""A list of the user's: its names mean what it says, whatever lies beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kgbuild.document import Document, Mention
from kgbuild.normalize import Normalizer
from kgbuild.normalize.building import build_vocabulary
from kgbuild.normalize.layers import open_vocabularies

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "id\tname\tsynonyms\ttaxon\n"

#: What lies beneath; rewrites of the listed names lead to it.
BENEATH = {
    "Disease": (
        "mesh:D003922\tDiabetes Mellitus, Type 1\tdiabetes type 1\t\n"
        "mesh:D013001\tSomatoform Disorders\tpain disorder\t\n"
        "mesh:D002277\tCarcinoma\t\t\nmesh:D009369\tNeoplasms\tcancer\t\n"
        "mesh:D004409\tdrug-induced dyskinesia\t\t\n"
        "mesh:D003876\tAtopic Dermatitis\t\t\n"
    ),
    "Chemical": (
        "mesh:C120662\tcalcium acetate\t\t\nmesh:D019346\tsodium acetate\t\t\n"
        "mesh:D005947\tGlucose\tD-glucose\t\n"
    ),
    "Gene": (
        "ncbigene:24842\tTp53\tp53\t10116\nncbigene:24505\tIns1\tinsulin\t10116\n"
        "ncbigene:22059\tTrp53\tp53\t10090\n"
        "ncbigene:7157\tTP53\ttumor protein p53\t9606\n"
    ),
}


def with_list(folder: Path, kind: str, rows: str) -> Normalizer:
    """Return what links by a list that lies above what is beneath."""
    (folder / "beneath.tsv").write_text(HEAD + BENEATH[kind], encoding="utf-8")
    official = build_vocabulary(kind, [folder / "beneath.tsv"], format="tsv")
    official.layer = "official"
    own = folder / f"{kind.lower()}.tsv"
    own.write_text(HEAD + rows, encoding="utf-8")
    return Normalizer({kind: [*open_vocabularies(own), official]})


@pytest.mark.parametrize("row", ["own:1\tmine\t{}", "own:1\t{}\t", "mesh:D1\tmine\t{}"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("diabetes", "Disease"),
        ("pain", "Disease"),
        ("cancer", "Disease"),
        ("Severe diabetes", "Disease"),
        ("calcium", "Chemical"),
        ("sodium", "Chemical"),
        ("glucose", "Chemical"),
    ],
)
def test_a_name_of_a_list_goes_before_all_beneath(
    tmp_path: Path, row: str, text: str, kind: str
) -> None:
    linker = with_list(tmp_path, kind, row.format(text.split()[-1]) + "\t\n")
    link = linker.link(text, kind)
    assert link.concepts == (row.partition("\t")[0],)
    assert link.candidates[0].concept == link.concepts[0]


@pytest.mark.parametrize(
    ("text", "taxa", "concept"),
    [
        # A species of the document, and be it not the likeliest.
        ("p53", [10116, 10090, 9606], "own:9"),
        ("insulin", [10116, 9606], "own:9"),
        ("insulin", [], "own:9"),
        # In a paper on mice alone a list of human genes says nothing.
        ("p53", [10090], "ncbigene:22059"),
    ],
)
def test_a_list_of_genes_holds_where_its_species_is_spoken_of(
    tmp_path: Path, text: str, taxa: list[int], concept: str
) -> None:
    linker = with_list(tmp_path, "Gene", "own:9\tp53\tinsulin|ACE\t9606\n")
    assert linker.link(text, "Gene", taxa=taxa).concepts == (concept,)


@pytest.mark.parametrize(
    ("text", "name", "kind", "rows", "concept"),
    [
        ("Zorb-induced dyskinesia.", "dyskinesia", "Disease", "m\tdyskinesia", "own:1"),
        ("Tumor protein p53 (p53) fell.", "p53", "Gene", "p53\t", "own:1"),
        # Letters alone tell nothing that the document denies, names do.
        ("Atopic dermatitis (AD).", "AD", "Disease", "AD\t", "own:1"),
        (
            "Atopic dermatitis (AD).", "AD", "Disease", "Alzheimer disease\tAD",
            "mesh:D003876",
        ),
    ],
)  # fmt: skip
def test_a_list_and_the_words_of_a_document(
    tmp_path: Path, text: str, name: str, kind: str, rows: str, concept: str
) -> None:
    linker = with_list(tmp_path, kind, f"own:1\t{rows}\t\n")
    at = text.rindex(name)
    marked = [Mention(start=at, end=at + len(name), text=name, type=kind)]
    if text.startswith("Zorb"):
        marked.insert(0, Mention(start=0, end=4, text="Zorb", type="Chemical"))
    found = linker(Document.from_text(text).with_mentions(marked)).mentions
    assert found[-1].concepts == (concept,)
