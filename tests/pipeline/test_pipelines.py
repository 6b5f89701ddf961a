"""The pipelines that ship, each on what it is for."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kgbuild.graph import KnowledgeGraph
from kgbuild.pipeline import load_settings, run

if TYPE_CHECKING:
    from collections.abc import Iterable

PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"


def article(pmid: int, text: str) -> str:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article>'
        f"<ArticleTitle>Study {pmid}.</ArticleTitle><Abstract><AbstractText>{text}"
        "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )


def pubmed_file(file: Path, records: Iterable[str]) -> None:
    file.parent.mkdir(exist_ok=True)
    text = f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def test_pubmed_baseline_and_update_folders(tmp_path: Path) -> None:
    shutil.copy(PIPELINES / "pubmed.toml", tmp_path)
    said = "Captopril inhibits ACE in hypertension."
    for number in range(2):
        pubmed_file(
            tmp_path / "baseline" / f"pubmed26n000{number + 1}.xml.gz",
            (article(n, said) for n in range(number * 6 + 1, number * 6 + 7)),
        )
    deleted = "<DeleteCitation><PMID>2</PMID></DeleteCitation>"
    pubmed_file(
        tmp_path / "updatefiles" / "pubmed26n0003.xml.gz",
        [article(1, "Losartan blocks AGTR1."), deleted],
    )
    settings = load_settings(
        tmp_path / "pubmed.toml", output=tmp_path / "out", run={"processes": 1}
    )
    # What lies beside the files: checksums, and a download that was cut off.
    for folder in ("baseline", "updatefiles"):
        (tmp_path / folder / "pubmed26n0001.xml.gz.md5").write_text("MD5 = 0\n")
        (tmp_path / folder / "pubmed26n0009.xml.gz.part").write_bytes(b"\x1f\x8b")
    done = run(settings)
    assert done.record["counts"]["documents"] == 11
    (row,) = done.graph.top(1).iter_rows(named=True)
    assert row["documents"] == 10
    assert not (tmp_path / "out" / "report.html").exists()
    assert not (tmp_path / "out" / "graph.graphml").exists()


def test_gold_mentions_to_a_graph(tmp_path: Path) -> None:
    shutil.copy(PIPELINES / "gold.toml", tmp_path)
    (tmp_path / "corpus.pubtator").write_text(
        "7|t|Captopril inhibits ACE.\n7|a|Patients coughed.\n"
        "7\t0\t9\tCaptopril\tChemical\tMESH:D002216\n"
        "7\t19\t22\tACE\tGene\t1636\n7\t24\t32\tPatients\tSpecies\t9606\n"
        "7\tBind\tD002216\t1636\n\n",
        "utf-8",
    )
    settings = load_settings(tmp_path / "gold.toml", output=tmp_path / "out")
    done = run(settings)
    edges = done.graph.associations.select("source", "predicate", "target").rows()
    assert ("mesh:D002216", "Bind", "ncbigene:1636") in edges
    assert ("mesh:D002216", "co_mention", "ncbigene:1636") in edges
    assert done.record["stages"]["recognize"] == {"skipped": 1}
    assert KnowledgeGraph.load(tmp_path / "out").associations.height == len(edges)
    for name in ("graph.graphml", "kgx"):
        assert (tmp_path / "out" / name).exists()


@pytest.mark.shared
def test_a_gold_corpus_to_a_graph(shared_dir: Path, tmp_path: Path) -> None:
    file = shared_dir / "corpora/relations/BC5CDR_TrainDev.PubTator.gz"
    settings = load_settings(
        "gold.toml", input={"files": [str(file)]}, output=tmp_path / "out",
        run={"limit": 100}, graph={"edges": "statements"},
    )  # fmt: skip
    graph = run(settings).graph
    assert {*graph.associations["predicate"].cast(str)} == {"CID"}
    assert len(graph) > 100
