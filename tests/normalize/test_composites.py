"""Mentions of several things: every part counts, and of genes one species."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kgbuild.normalize import Normalizer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        # Annotators gave each gene the name of both.
        ("ERK1/2", {"ncbigene:5594", "ncbigene:5595"}),
        ("MMP-2/-9", {"ncbigene:4313", "ncbigene:4318"}),
        # ERBB2 has this very name, slash and all.
        ("HER2/neu", {"ncbigene:2064"}),
    ],
)
def test_a_composite_is_every_part_of_it(text: str, concepts: set[str]) -> None:
    normalizer = Normalizer.load(["starter", "lexicon"])
    link = normalizer.link(text, "Gene", taxa=(9606, 10090, 10116))
    assert set(link.concepts) == concepts
    assert {c.concept for c in link.candidates} >= concepts


def test_known_parts_are_more_than_the_word_that_they_share(tmp_path: Path) -> None:
    rows = [
        "id\tname\tsynonyms", "mesh:D002277\tCarcinoma\tcarcinomas",
        "mesh:D010051\tOvarian Neoplasms\tovarian carcinomas",
        "mesh:D013274\tStomach Neoplasms\tgastric carcinomas",
    ]  # fmt: skip
    (tmp_path / "disease.tsv").write_text("\n".join(rows), encoding="utf-8")
    normalizer = Normalizer.load([tmp_path, "none"])
    link = normalizer.link("ovarian, gastric and fallopian carcinomas", "Disease")
    assert link.concepts == ("mesh:D010051", "mesh:D013274")
    # One known part of several is less than what they have in common.
    link = normalizer.link("ovarian and fallopian carcinomas", "Disease")
    assert link.concepts == ("mesh:D002277",)


def test_a_name_without_the_slash_is_none_of_a_composite(tmp_path: Path) -> None:
    rows = ["IL16\t", "IL1\tIL-1", "IL6\tIL-6"]
    (tmp_path / "gene.tsv").write_text(
        "id\tname\tsynonyms\n"
        + "".join(f"ncbigene:{n}\t{row}\n" for n, row in enumerate(rows, 1))
    )
    normalizer = Normalizer.load([tmp_path, "none"])
    assert normalizer.link("IL-1/6", "Gene").concepts == ("ncbigene:2", "ncbigene:3")
    assert normalizer.link("IL-16", "Gene").concepts == ("ncbigene:1",)


def test_parts_of_a_composite_are_of_one_species(tmp_path: Path) -> None:
    # The rat's name is spelled just so, the human's but for a dash.
    rows = ["1\tTgfb1\tTGF-beta1\t10116", "2\tTGFB1\tTGF-beta-1\t9606",
            "3\tTGFB2\tTGF-beta2\t9606"]  # fmt: skip
    (tmp_path / "gene.tsv").write_text(
        "id\tname\tsynonyms\ttaxon\n" + "".join(f"ncbigene:{r}\n" for r in rows)
    )
    link = Normalizer.load([tmp_path, "none"]).link("TGF-beta1/2", "Gene")
    assert link.concepts == ("ncbigene:2", "ncbigene:3")


#: Another gene is called after the letter alone, as APP is ABETA and NEUROD1 is BETA2.
GREEK = """\
id\tname\tsynonyms\ttaxon
ncbigene:1\tPRKCA\tPKC-alpha|PKCalpha\t9606
ncbigene:2\tPRKCB\tPKC-beta|PKCbeta\t9606
ncbigene:3\tPRKCG\tPKC-gamma|PKCgamma\t9606
ncbigene:4\tAPP\tABETA|a-beta\t9606
ncbigene:5\tNEUROD1\tBETA2\t9606
ncbigene:6\tESRRB\tERR-beta2\t9606
ncbigene:7\tESRRA\tERR-alpha1\t9606
"""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("PKCalpha and -beta", "12"),
        ("PKCα and -β", "12"),
        ("PKC-α, β, and γ", "123"),
        ("ERR-alpha1 and -beta2", "76"),
        ("ERRα1/β2", "76"),
        # What no list has is none of what its last letter is called.
        ("XYZalpha and -beta", ""),
        ("XYZ-alpha1 and -beta2", ""),
    ],
)
def test_a_greek_ending_is_the_end_of_the_name_before_it(
    tmp_path: Path, text: str, numbers: str
) -> None:
    (tmp_path / "gene.tsv").write_text(GREEK, encoding="utf-8")
    link = Normalizer.load([tmp_path, "none"], index=None).link(text, "Gene")
    assert link.concepts == tuple(f"ncbigene:{number}" for number in numbers)


@pytest.mark.parametrize("text", ["-beta", "β2", "-R1", "-12"])
def test_an_end_of_a_name_that_was_marked_alone_is_no_gene(text: str) -> None:
    normalizer = Normalizer.load("starter", index=None)
    assert not normalizer.link(text, "Gene").concepts
