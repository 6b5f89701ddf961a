from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kgbuild.document import Document, Mention
from kgbuild.normalize import Normalizer, build_vocabulary
from kgbuild.normalize.species import (
    SpeciesMention,
    find_species,
    is_virus,
    species_context,
)
from kgbuild.text.sentences import document_sentences

if TYPE_CHECKING:
    from pathlib import Path


def context_of(text: str, *species: tuple[str, int], title: str | None = None):
    document = Document.from_text(text, title=title)
    found = []
    for name, taxon in species:
        start = document.text.index(name)
        virus = "virus" in name.lower()
        found.append(SpeciesMention(start, start + len(name), taxon, virus))

    def taxa(gene: str) -> tuple[int, ...]:
        made = species_context(
            document, found, sentences=document_sentences(document), genes=[gene]
        )
        start = document.text.index(gene)
        mention = Mention(start=start, end=start + len(gene), text=gene, type="Gene")
        return made.taxa_of(mention)

    return taxa


def test_species_beside_the_gene_wins() -> None:
    taxa = context_of(
        "Patients and mice. The mouse had caspase.",
        ("Patients", 9606),
        ("mouse", 10090),
    )
    assert taxa("caspase") == (10090, 9606)


@pytest.mark.parametrize(
    ("text", "taxa"),
    [
        ("mouse TP53", (10090,)), ("TP53 of mice", (10090,)),
        ("TP53 mRNA in the mice", (10090,)), ("human TP53 in mice", (9606,)),
        # Nothing of one species: a tool, another species' homologue, two at once.
        ("TP53 in yeast", (9606, 4932)),
        ("yeast TP53 homologue", (9606, 4932)),
        ("human and mouse TP53", (9606, 10090)),
        ("nude mouse TP53", (9606, 10090)),
    ],
)  # fmt: skip
def test_species_of_the_genes_own_phrase_decides(
    text: str, taxa: tuple[int, ...]
) -> None:
    document = Document.from_text(f"Human genes, human cells, patients: {text}.")
    start = document.text.index("TP53")
    mention = Mention(start=start, end=start + 4, text="TP53", type="Gene")
    names = {"human": 9606, "mice": 10090, "mouse": 10090, "yeast": 4932}
    found = [
        SpeciesMention(m.start(), m.end(), names[m[0].lower()], "nude" in text)
        for m in re.finditer("(?i)human|mice|mouse|yeast", document.text)
    ]
    made = species_context(
        document, found, sentences=document_sentences(document), genes=["TP53"]
    )
    assert made.taxa_of(mention) == taxa


def test_species_of_another_sentence_is_not_beside() -> None:
    text = "Rats, rats. It was found in the rat. Caspase of the patients was lost."
    taxa = context_of(text, ("rat.", 10116), ("patients", 9606))
    assert taxa("Caspase")[0] == 9606


def test_glued_letter_names_the_species_where_the_document_does() -> None:
    text = "Human and yeast cells. Later on we saw that hMLH1 and yMLH1 differ much."
    taxa = context_of(text, ("yeast", 4932), ("Human", 9606))
    assert taxa("hMLH1")[0] == 9606
    assert taxa("yMLH1")[0] == 4932
    only = context_of("Yeast cells. Later we saw hMLH1.", ("Yeast", 4932))
    assert only("hMLH1") == (4932,)


def test_title_counts_twice() -> None:
    text = "Rat and human tissue. Human, rat. Caspase was lost."
    for title, first in (("Rat hearts", 10116), ("Human hearts", 9606)):
        named = title.split()[0]
        taxa = context_of(text, (named, 10116 if named == "Rat" else 9606),
                          ("rat.", 10116), ("Human,", 9606), title=title)  # fmt: skip
        assert taxa("Caspase")[0] == first


@pytest.mark.parametrize(("gene", "taxon"), [("TP53", 9606), ("Trp53", 10090)])
def test_capitals_decide_between_human_and_rodent(gene: str, taxon: int) -> None:
    text = f"Mice, mice. Patients were seen. A mouse. Here {gene} was deleted."
    taxa = context_of(
        text, ("Mice", 10090), ("mice", 10090), ("Patients", 9606), ("mouse", 10090)
    )
    assert taxa(gene)[0] == taxon


def test_no_species_means_human() -> None:
    assert context_of("Caspase was lost.")("Caspase") == (9606,)


def test_a_virus_alone_leaves_its_host() -> None:
    taxa = context_of("The influenza virus raised caspase.", ("influenza virus", 11320))
    assert taxa("caspase") == (9606, 11320)


def test_other_species_leave_no_human() -> None:
    assert context_of("In yeast, caspase was lost.", ("yeast", 4932))("caspase") == (
        4932,
    )


def test_a_species_named_once_in_passing_leaves_its_guests_genes() -> None:
    told = "We made caspase in {}. It was pure. It bound us. It was new. It stayed."
    once = context_of(told.format("E. coli"), ("E. coli", 562), title="Caspase")
    assert once("caspase")[0] == 9606
    # Not what is the title's, is named again, or has a paper of a few sentences.
    titled = context_of(told.format("it"), ("E. coli", 562), title="E. coli grows.")
    assert titled("caspase") == (562,)
    again = told.format("E. coli") + " The yeast grew."
    assert 9606 not in context_of(again, ("E. coli", 562), ("yeast", 4932))("caspase")
    short = context_of("We made caspase in E. coli.", ("E. coli", 562), title="Ours.")
    assert short("caspase") == (562,)


def test_whose_homologue_a_gene_is_named_after_is_not_named_again() -> None:
    text = (
        "Rtf1 was lost. Its name is RNA factor, homolog (S. cerevisiae). It is kept "
        "from yeast to us. Embryos died. None lived. We ask why."
    )
    found = (("S. cerevisiae", 4932), ("yeast", 4932))
    assert context_of(text, *found, title="Loss of a factor")("Rtf1")[0] == 9606


def test_capitals_of_many_symbols_tell_where_no_animal_is_named() -> None:
    def first(symbols: str) -> int:
        document = Document.from_text(f"{symbols} rose.")
        made = species_context(
            document, (), sentences=document_sentences(document), genes=symbols.split()
        )
        return made.ranking[0]

    assert first("Socs2 Gata6 Pim1 Cdc25a Fgf4") == 10090
    assert first("Socs2 Gata6 Pim1") == 9606
    assert first("Socs2 Gata6 Pim1 Cdc25a Fgf4 EPO TNF KIT") == 9606


def test_whose_cells_an_animal_carries_is_open_whatever_else_is_named() -> None:
    text = "Tumors grew in nude mice. EGFR fell after Salmonella was injected."
    document = Document.from_text(text)
    mice, microbe = (
        SpeciesMention(text.index(name), text.index(name) + len(name), taxon, guest)
        for name, taxon, guest in [("mice", 10090, True), ("Salmonella", 590, False)]
    )
    start = text.index("EGFR")
    gene = Mention(start=start, end=start + 4, text="EGFR", type="Gene")
    for found in ([mice], [mice, microbe]):
        made = species_context(document, found, sentences=document_sentences(document))
        assert made.taxa_of(gene)[0] == 9606


def test_animals_alone_may_leave_human_out() -> None:
    """Papers on human genes compare them with an animal's without naming human."""
    text = "TP53, MLH1 and CASP3 bind a kinase. It is much like one of fruit flies."
    document = Document.from_text(text)
    found = [SpeciesMention(text.index("fruit"), text.index("fruit") + 11, 7227)]
    made = species_context(
        document, found, sentences=document_sentences(document),
        genes=["TP53", "MLH1", "CASP3"],
    )  # fmt: skip
    start = text.index("TP53")
    mention = Mention(start=start, end=start + 4, text="TP53", type="Gene")
    assert made.taxa_of(mention)[0] == 9606
    facts = made.facts_of(mention)
    assert facts[9606]["human unnamed"] == 1.0
    assert facts[7227]["share"] == 1.0
    often = [replace(found[0], start=i, end=i + 1) for i in range(12)]
    many = species_context(document, often, sentences=document_sentences(document))
    assert many.taxa_of(mention) == (7227,)


def test_single_words_of_the_whole_taxonomy_are_no_evidence(tmp_path: Path) -> None:
    listed, everything = tmp_path / "list.tsv", tmp_path / "taxonomy.tsv"
    listed.write_text("id\tname\tsynonyms\nncbitaxon:9986\tO. cuniculus\trabbit\n")
    everything.write_text(
        "id\tname\tsynonyms\nncbitaxon:173331\tTrachinotus falcatus\tpermit\n"
        "ncbitaxon:7227\tDrosophila melanogaster\t\n"
    )
    species = build_vocabulary("Species", [listed, everything])
    text = "The conditions permit a rabbit and a Drosophila, or Trachinotus falcatus."
    found = [text[s.start : s.end] for s in find_species(text, [species])]
    assert found == ["rabbit", "Drosophila", "Trachinotus falcatus"]


def test_species_are_found_where_nobody_marked_them(normalizer: Normalizer) -> None:
    text = (
        "Patients, mice and E. coli. The CAT gene of Saccharomyces cerevisiae; RATS "
        "and rats."
    )
    found = find_species(text, normalizer.vocabularies["Species"])
    named = [(text[s.start : s.end], s.taxon) for s in found]
    assert named == [
        ("Patients", 9606),
        ("mice", 10090),
        ("E. coli", 562),
        ("Saccharomyces cerevisiae", 4932),
        ("rats", 10116),
    ]


def test_found_species_lie_apart_and_in_order(normalizer: Normalizer) -> None:
    text = "human human HIV-1 human patients mouse " * 5
    found = find_species(text, normalizer.vocabularies["Species"])
    for before, after in itertools.pairwise(found):
        assert before.end <= after.start


@pytest.mark.parametrize(
    ("name", "virus"),
    [("Human immunodeficiency virus 1", True), ("Bacteriophage T4", True),
     ("Homo sapiens", False)],
)  # fmt: skip
def test_viruses_are_known_by_name(name: str, virus: bool) -> None:
    assert is_virus(name) is virus


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("foals", 9796), ("sows", 9823), ("boar", 9823), ("roosters", 9031),
        ("heifers", 9913), ("quails", 93934), ("toads", 8382), ("trout", 504568),
        # What germs and birds were called before; no bare genus of former times.
        ("Streptococcus faecium", 1352), ("Pseudomonas cepacia", 292),
        ("Propionibacterium acnes", 1747), ("Lactobacillus rhamnosus", 47715),
        ("Corvus monedula", 30423), ("Pasteurella pestis", 632),
        # A vaccine's strain is no Bacillus, however its name is spelled.
        ("bacille Calmette-Guérin", 33892), ("Bacillus Calmette-Guerin", 33892),
    ],
)  # fmt: skip
def test_everyday_and_former_names_are_their_species(text: str, concept: int) -> None:
    starter = Normalizer.load(["starter"], index=None)
    assert starter.link(text, "Species").concepts == (f"ncbitaxon:{concept}",)


def test_a_genus_with_sp_is_no_family(tmp_path: Path) -> None:
    rows = "id\tname\nncbitaxon:1\tZorbida\nncbitaxon:2\tZorbidae sp.\n"
    (tmp_path / "species.tsv").write_text(rows, encoding="utf-8")
    linker = Normalizer.load([tmp_path, "none"], index=None)
    for text in ("Zorbida sp.", "Zorbida spp."):
        assert linker.link(text, "Species").concepts == ("ncbitaxon:1",)
    assert linker.link("Zorbidae sp.", "Species").concepts == ("ncbitaxon:2",)
