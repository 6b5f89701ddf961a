"""Lists of PMIDs as people have them: nothing lost, one bad line refuses no list."""

from __future__ import annotations

import json

import pytest

from kgbuild.errors import InputError
from kgbuild.pubmed import read_pmids

PUBMED_CSV = """PMID,Title,Authors,Citation,"First Author"
31462531,"A trial of 12 drugs, and ""more"",
in two lines",A B,N Engl 2019;380:77,A
"8528200",Cough,C D,Chest 1995,C
"""

LISTS = {
    "plain": ("# mine\n1\n2, 3;4\t5\n\nPMID:6\n1\n", [1, 2, 3, 4, 5, 6]),
    "named": ("PMID: 1\npmid 2\nPubMed ID: 3\n[PMID: 4]\n5[pmid]\n", [1, 2, 3, 4, 5]),
    "of a spreadsheet": ("PMID\r\n1.0\r\n2.00\r\n", [1, 2]),
    "in quotes": ("\"1\"\n'2'\n“3”\n", [1, 2, 3]),
    "addresses": (
        "https://pubmed.ncbi.nlm.nih.gov/1/\n"
        "http://www.ncbi.nlm.nih.gov/pubmed/2?term=3, "
        "https://europepmc.org/article/MED/4\n",
        [1, 2, 4],
    ),
    "PubMed's CSV": (PUBMED_CSV, [31462531, 8528200]),
    "a table with tabs": ("title\tpubmed_id\nA 12\t1\nB\t\nC\t2.0\n", [1, 2]),
    "MEDLINE": ("PMID- 1\nTI  - On 5 cases\n\nPMID- 2\nTI  - B\n", [1, 2]),
    "JSON lines": (
        json.dumps({"pmid": "7", "reason": "of 5"}) + '\n{"pmid": 8}\n9\n',
        [7, 8, 9],
    ),
    "a byte-order mark": ("\ufeffPMID\n1\n", [1]),
    "without http": ("pubmed.ncbi.nlm.nih.gov/31462531\n", [31462531]),
    "a search": ("https://pubmed.ncbi.nlm.nih.gov/?term=31462531\n", [31462531]),
    "a query": ("31462531[uid] OR 8528200[uid]\n", [31462531, 8528200]),
    "texts of a spreadsheet": ('="31462531"\n="8528200"\n', [31462531, 8528200]),
    "thousands": ('31,462,531\n"8,528,200"\n', [31462531, 8528200]),
    "bullets": ("- 31462531\n* 8528200\n• PMID: 7\n", [31462531, 8528200, 7]),
    # Numbers of rows are no PMIDs.
    "a table without a head": ("31462531,A trial,2019\n8528200,Cough,1995\n",
                               [31462531, 8528200]),
    "a numbered list": ("1. 31462531\n2. 8528200\n", [31462531, 8528200]),
    "cat -n": ("     1\t31462531\n     2\t8528200\n", [31462531, 8528200]),
    "rows of R": ('"1",31462531\n"2",8528200\n', [31462531, 8528200]),
    "an index of pandas": ("0,31462531\n1,8528200\n", [31462531, 8528200]),
    "a named index": (",pmid,title\n0,31462531,A\n1,8528200,B\n", [31462531, 8528200]),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_lists_as_people_have_them(tmp_path, name, encoding):
    text, expected = LISTS[name]
    path = tmp_path / "pmids.txt"
    path.write_text(text, encoding, newline="")
    assert read_pmids(path, on_failure=pytest.fail) == expected


@pytest.mark.parametrize(
    "bad", ["x", "-2", "3.15E+07", '{"id": 3}', "{broken", "4 of 5 papers", "1.5", "0"]
)
def test_a_bad_line_is_told_and_refuses_nothing(tmp_path, bad):
    path = tmp_path / "pmids.txt"
    path.write_text(f"1\n{bad}\n2\n")
    failures = []
    assert read_pmids(path, on_failure=failures.append) == [1, 2]
    assert [(f.line, f.stage) for f in failures] == [(2, "read")]
    with pytest.warns(UserWarning, match="1 lines are left out, the first of them"):
        assert read_pmids(path) == [1, 2]


def test_a_bad_cell_of_a_table_has_its_line(tmp_path):
    path = tmp_path / "pmids.csv"
    path.write_text('PMID,Title\n1,"two\nlines"\nx,A\n2,B\n')
    failures = []
    assert read_pmids(path, on_failure=failures.append) == [1, 2]
    assert [f.line for f in failures] == [4]


@pytest.mark.parametrize("text", ["", "# nothing\n", "PMID\n", "captopril\n"])
def test_a_list_without_any_is_refused(tmp_path, text):
    path = tmp_path / "pmids.txt"
    path.write_text(text)
    with pytest.raises(InputError, match="no PMID in this file"):
        read_pmids(path)


@pytest.mark.parametrize(
    "text", [",year\n0,1999\n1,2000\n", "no\tyear\n1\t1999\n", "id;title\n1;A\n2;B\n"]
)
def test_a_table_without_a_column_of_pmids_is_refused(tmp_path, text):
    path = tmp_path / "cohort.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"no column of PMIDs: its columns are .*PMID"):
        read_pmids(path)


def test_marks_of_joined_files_are_no_part_of_a_pmid(tmp_path):
    path = tmp_path / "joined.txt"
    path.write_text("\ufeff11\n12\n\ufeff13\n", "utf-8")
    assert read_pmids(path) == [11, 12, 13]
