from __future__ import annotations

import bz2
import gzip
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kgbuild.document import Document, Mention
from kgbuild.errors import InputError, ResourceMissingError
from kgbuild.variants import (
    VariantLinker,
    VariantRecognizer,
    VariantTable,
    build_variant_table,
    from_core,
    link_variants,
)

HEADER = (
    "#AlleleID\tType\tName\tGeneID\tGeneSymbol\tRS# (dbSNP)\tAssembly\tNumberSubmitters"
)
#: Name of the allele, gene, rs number, assembly, submitters; one allele twice.
ALLELES = [
    ("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)", 673, 113488022, "GRCh37", 40),
    ("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)", 673, 113488022, "GRCh38", 40),
    ("NM_004333.6(BRAF):c.1799_1800delinsAA (p.Val600Glu)", 673, 121913377, "38", 2),
    ("NM_004333.6(BRAF):c.1798G>A (p.Val600Met)", 673, 121913378, "GRCh38", 3),
    ("NM_000492.4(CFTR):c.1521_1523del (p.Phe508del)", 1080, 113993960, "38", 60),
    ("NM_005957.5(MTHFR):c.665C>T (p.Ala222Val)", 4524, 1801133, "GRCh38", 9),
    ("GRCh38/hg38 1p36.33(chr1:1-900000)x1", -1, -1, "GRCh38", 1),
    ("NC_000007.14:g.(?_140924703)_(140924764_?)del", 673, 5550001, "GRCh38", 1),
    ("NM_000546.6(TP53):c.215C>G (p.Pro72Arg)", 7157, 1042522, "GRCh38", 5),
    ("NM_000546.6(TP53):c.214C>G (p.Pro72Ala)", 7157, 730882014, "GRCh38", 5),
    ("NM_000546.6(TP53):c.217G>C (p.Val73Leu)", 7157, 100, "GRCh38", 5),
    ("NM_000546.6(TP53):c.217G>T (p.Val73Leu)", 7157, 200, "GRCh38", 4),
]
ROWS = [
    f"{max(1, i)}\tkind\t{name}\t{gene}\tsymbol\t{rs}\t{assembly}\t{submitters}"
    for i, (name, gene, rs, assembly, submitters) in enumerate(ALLELES)
]


@pytest.fixture
def clinvar(tmp_path):
    path = tmp_path / "variant_summary.txt.gz"
    path.write_bytes(gzip.compress("\n".join([HEADER, *ROWS, ""]).encode()))
    return path


@pytest.fixture
def table(clinvar, tmp_path):
    build_variant_table(clinvar, tmp_path / "variants.sqlite")
    table = VariantTable(tmp_path / "variants.sqlite")
    yield table
    table.close()


def test_summary(clinvar, tmp_path):
    summary = build_variant_table(clinvar, tmp_path / "out" / "variants.sqlite")
    assert (summary.rows, summary.unread, summary.merged) == (11, 1, 0)
    assert summary.changes == 16


@pytest.mark.parametrize(
    ("gene", "core", "expected"),
    [
        ("ncbigene:673", "c|SUB|T|1799|A", ("rs113488022",)),
        ("ncbigene:673", "p|SUB|V|600|E", ("rs113488022",)),  # 40 to 2 submitters
        ("ncbigene:673", "r|SUB|T|1799|A", ("rs113488022",)),
        ("ncbigene:673", "c|INDEL|1799_1800|AA", ("rs121913377",)),
        ("ncbigene:1080", "p|DEL|508|F", ("rs113993960",)),
        ("ncbigene:7157", "p|SUB|V|73|L", ("rs100", "rs200")),  # 5 to 4: nobody knows
        ("ncbigene:7157", "p|SUB|V|600|E", ()),
        ("ncbigene:673", "p|SUB|V|601|E", ()),
        ("hgnc:673", "p|SUB|V|600|E", ()),
        ("ncbigene:x", "p|SUB|V|600|E", ()),
    ],
)
def test_find(table, gene, core, expected):
    assert table.find(gene, from_core(core)) == expected


def test_links_variants(table):
    document = Document.from_text("BRAF V600E, V600R and TP53 V73L were found.")
    genes = [
        Mention(start=0, end=4, text="BRAF", type="Gene", concepts=("ncbigene:673",)),
        Mention(
            start=22, end=26, text="TP53", type="Gene", concepts=("ncbigene:7157",)
        ),
    ]
    found = VariantRecognizer()(document.with_mentions(genes))
    linked = link_variants(found, table=table)
    by_text = {m.text: m for m in linked.mentions}
    assert by_text["V600E"].concepts == ("dbsnp:rs113488022",)
    assert by_text["V600E"].attribute("rs_evidence") == "table"
    assert by_text["V600R"].concepts == ("tmvar:673|p|SUB|V|600|R",)
    assert by_text["V73L"].concepts == ("tmvar:7157|p|SUB|V|73|L",)


def test_survives_pickling(table):
    again = pickle.loads(pickle.dumps(table))
    assert again.find("ncbigene:673", from_core("c|SUB|T|1799|A")) == ("rs113488022",)
    again.close()


MERGED_JSON = [
    {"refsnp_id": "77724903", "merged_snapshot_data": {"merged_into": ["55"]}},
    {"refsnp_id": "55", "merged_snapshot_data": {"merged_into": ["44"]}},
    {"refsnp_id": "9", "merged_snapshot_data": {"merged_into": []}},
    {"refsnp_id": "1", "merged_snapshot_data": {"merged_into": ["2"]}},
    {"refsnp_id": "2", "merged_snapshot_data": {"merged_into": ["1"]}},
]


def test_merges_are_followed_to_the_end(clinvar, tmp_path):
    merged = tmp_path / "refsnp-merged.json.bz2"
    merged.write_bytes(
        bz2.compress("".join(json.dumps(r) + "\n" for r in MERGED_JSON).encode())
    )
    out = tmp_path / "variants.sqlite"
    summary = build_variant_table(clinvar, out, merged=merged)
    assert summary.merged == 4
    table = VariantTable(out)
    assert table.version == "variant_summary.txt.gz + refsnp-merged.json.bz2"
    assert table.current("rs77724903") == "rs44"
    assert table.current("rs9") == "rs9"
    assert table.current("rs334") == "rs334"
    document = VariantRecognizer()(Document.from_text("Carriers of rs77724903."))
    (mention,) = link_variants(document, table=table).mentions
    assert mention.concepts == ("dbsnp:rs44",)
    table.close()


def test_old_merge_file(clinvar, tmp_path):
    merged = tmp_path / "RsMergeArch.bcp.gz"
    line = "77724903\t55\t132\t0\t2010-01-01\t2010-01-01\t44\t0\tcomment\n"
    merged.write_bytes(gzip.compress(line.encode()))
    build_variant_table(clinvar, tmp_path / "v.sqlite", merged=merged)
    table = VariantTable(tmp_path / "v.sqlite")
    assert table.current("rs77724903") == "rs44"
    table.close()


def test_any_thread_may_look_up(clinvar, tmp_path):
    merged = tmp_path / "RsMergeArch.bcp.gz"
    line = "77724903\t55\t132\t0\t2010-01-01\t2010-01-01\t44\t0\tcomment\n"
    merged.write_bytes(gzip.compress(line.encode()))
    build_variant_table(clinvar, tmp_path / "v.sqlite", merged=merged)
    table = VariantTable(tmp_path / "v.sqlite")
    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(table.current, ["rs77724903"] * 50))
    assert answers == {"rs44"}
    table.close()


def test_the_same_files_give_the_same_bytes(clinvar, tmp_path):
    for name in ("a", "b"):
        build_variant_table(clinvar, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_half_written(clinvar, tmp_path):
    out = tmp_path / "made" / "variants.sqlite"
    clinvar.write_bytes(clinvar.read_bytes()[:-20])
    with pytest.raises(InputError, match="too early"):
        build_variant_table(clinvar, out)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("a\tb\n1\t2\n", "column 'Name' is missing"),
        (HEADER + "\n1\tx\n", "has 2 columns, its header 8"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "variant_summary.txt"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        build_variant_table(path, tmp_path / "out.sqlite")


@pytest.mark.parametrize("line", ["{}", "{broken", "a\tb", "1"])
def test_other_merge_files_are_refused(clinvar, tmp_path, line):
    merged = tmp_path / "merged.json"
    merged.write_text(line + "\n")
    with pytest.raises(InputError, match="refsnp-merged"):
        build_variant_table(clinvar, tmp_path / "out.sqlite", merged=merged)


def test_a_missing_or_foreign_table(tmp_path):
    with pytest.raises(ResourceMissingError, match="kgbuild vocab build variants"):
        VariantTable(tmp_path / "none.sqlite")
    foreign = tmp_path / "foreign.sqlite"
    foreign.write_text("this is no database, only some text of some length " * 30)
    with pytest.raises(InputError, match="not a variant table"):
        VariantTable(foreign)


def test_the_command_line_builds_the_table_that_a_run_uses(
    clinvar, tmp_path, monkeypatch, capsys
):
    import sys

    from kgbuild import cli
    from kgbuild.pipeline.builtin import BUILT_IN, AnnotationSettings
    from kgbuild.variants import TABLE_NAME

    arguments = ["kgbuild", "vocab", "build", "variants", str(clinvar), "-o"]
    monkeypatch.setattr(sys, "argv", [*arguments, str(tmp_path / "compiled")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code in (0, None)
    said = capsys.readouterr().out
    assert TABLE_NAME in said
    assert "merged" not in said
    merges = tmp_path / "RsMergeArch.bcp"
    merges.write_text("31\t17\t130\t0\t\t\t17\t1\n", encoding="utf-8")
    again = [*arguments[:-1], str(merges), "-o", str(tmp_path / "second")]
    monkeypatch.setattr(sys, "argv", again)
    with pytest.raises(SystemExit):
        cli.main()
    assert "1 merged rs numbers" in capsys.readouterr().out
    assert VariantTable(tmp_path / "compiled" / TABLE_NAME).version
    for place in (tmp_path / "compiled", tmp_path / "compiled" / TABLE_NAME):
        settings = AnnotationSettings(vocabulary=(place, Path("none")))
        assert BUILT_IN["link"](settings).version != VariantLinker().version
        assert not BUILT_IN["normalize"](settings).vocabularies


def test_a_table_of_forms(tmp_path):
    rows = [
        "form\trs\tncbigene\tfrequency",
        "p|SUB|V|600|E\trs113488022\t673\t20",
        "p|SUB|V|600|E\trs5\t673\t2",
        "c|SUB|G|35|A\trs121913529\t3845|9999\t",
        "p|SUB|A|348|T\trs202078273\t\t",
        "nonsense\trs7\t673\t1",
        "",
    ]
    path = tmp_path / "forms.tsv"
    path.write_text("\n".join(rows), encoding="utf-8")
    summary = build_variant_table(path, tmp_path / "variants.table")
    assert (summary.rows, summary.changes, summary.unread) == (5, 3, 1)
    table = VariantTable(tmp_path / "variants.table")
    assert table.find("ncbigene:673", from_core("p|SUB|V|600|E")) == ("rs113488022",)
    assert table.find("ncbigene:9999", from_core("c|SUB|G|35|A")) == ("rs121913529",)
    table.close()
    path.write_text("\n".join([rows[0], "p|SUB|V|600|E"]), encoding="utf-8")
    with pytest.raises(InputError, match="its header 4"):
        build_variant_table(path, tmp_path / "other.table")
