"""A tiny vocabulary, written for these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kgbuild.normalize import Normalizer

if TYPE_CHECKING:
    from pathlib import Path

GENE = """\
# Genes of three species.
id\tname\tsynonyms\ttaxon
ncbigene:7157\tTP53\tp53|tumor protein p53|P53\t9606
ncbigene:22059\tTrp53\tp53|transformation related protein 53\t10090
ncbigene:1636\tACE\tangiotensin I converting enzyme|angiotensin-converting enzyme\t9606
ncbigene:4313\tMMP2\tMMP-2|matrix metallopeptidase 2\t9606
ncbigene:4318\tMMP9\tMMP-9|matrix metallopeptidase 9\t9606
ncbigene:4292\tMLH1\tmutL homolog 1\t9606
ncbigene:7040\tTGFB1\ttransforming growth factor beta 1|TGF-beta 1\t9606
ncbigene:852\tGAL4\tgalactose-responsive transcription factor GAL4\t4932
ncbigene:2583\tB4GALNT1\tGAL4\t9606
"""
DISEASE = """\
id\tname\tsynonyms
mesh:D001943\tBreast Neoplasms\tbreast cancer|cancer of the breast|Breast Tumors
mesh:D010051\tOvarian Neoplasms\tovarian cancer
mesh:D006973\tHypertension\thigh blood pressure
mesh:D003924\tDiabetes Mellitus, Type 2\ttype 2 diabetes|NIDDM
mesh:D000544\tAlzheimer Disease\tAlzheimer's disease|AD
mesh:D003876\tDermatitis, Atopic\tatopic dermatitis|AD
mesh:D006529\tHepatomegaly\tenlarged liver
mesh:D003027|omim:119900\tClubfoot\ttalipes
"""
CHEMICAL = """\
id\tname\tsynonyms
mesh:D002216\tCaptopril\tSQ-14,225
mesh:D014635\tValproic Acid\tdepakene
mesh:D002118\tCalcium\tblood coagulation factor IV
mesh:D008795\tMetronidazole\t
"""
SPECIES = """\
id\tname\tsynonyms
ncbitaxon:9606\tHomo sapiens\thuman|humans|patients|patient|women
ncbitaxon:10090\tMus musculus\tmouse|mice
ncbitaxon:10116\tRattus norvegicus\trat|rats
ncbitaxon:4932\tSaccharomyces cerevisiae\tbudding yeast|baker's yeast|yeast
ncbitaxon:562\tEscherichia coli\tE. coli
ncbitaxon:11676\tHuman immunodeficiency virus 1\tHIV-1
"""
CELL_LINE = """\
id\tname\tsynonyms\ttaxon
cellosaurus:CVCL_0030\tHeLa\tHela|He-La\t9606
cellosaurus:CVCL_0063\tHEK293T\t293T|HEK 293T\t9606
cellosaurus:CVCL_0123\tNIH 3T3\tNIH-3T3|3T3\t10090
"""
FILES = {
    "gene": GENE,
    "disease": DISEASE,
    "chemical": CHEMICAL,
    "species": SPECIES,
    "cell_line": CELL_LINE,
}


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    for name, text in FILES.items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def normalizer(lists: Path) -> Normalizer:
    return Normalizer.load([lists, "none"])
