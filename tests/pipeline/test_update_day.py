"""PubMed's update files of a day: the state of a fresh run, for the work of a day."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING, Any

import pytest
from quick_runs import bytes_of, pipeline, settings

from kgbuild import tables
from kgbuild.corpus import CorpusWarning, pubmed_xml
from kgbuild.errors import InputError
from kgbuild.pipeline import run
from kgbuild.pipeline.summary import summary_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def record(pmid: int, text: str, *, version: int = 1) -> str:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID>'
        f"<Article><ArticleTitle>Study {pmid}.</ArticleTitle><Abstract><AbstractText>"
        f"{text}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )


def write(folder: Path, number: int, records: Iterable[str]) -> None:
    folder.mkdir(exist_ok=True)
    text = f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"
    file = folder / f"pubmed26n{number:04d}.xml.gz"
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def test_an_update_day_is_a_fresh_run_over_the_final_state(tmp_path: Path) -> None:
    draw = random.Random(19)
    words = ("Captopril", "ACE", "cough")

    def text() -> str:
        return f"We saw {' and '.join(draw.sample(words, 2))} {draw.random():.6f}."

    baseline, updates = tmp_path / "baseline", tmp_path / "updatefiles"
    per_file = 12
    for number in range(25):
        first = number * per_file + 1
        write(
            baseline,
            number + 1,
            (record(p, text()) for p in range(first, first + per_file)),
        )
    out = settings(tmp_path / "out", baseline, updates, shard_size=16)
    updates.mkdir()
    with pytest.warns(CorpusWarning, match="updatefiles is empty"):
        run(out, pipeline=pipeline()[0])
    write(updates, 26, [record(900, text())])
    run(out, pipeline=pipeline()[0])

    # The next day: revised, revised twice, deleted, deleted and back, versions, new.
    said = {pmid: text() for pmid in (5, 77, 150, 151, 300, 301, 302)}
    deleted = "<DeleteCitation><PMID>{}</PMID><PMID>{}</PMID></DeleteCitation>"
    write(updates, 27, [record(5, text()), record(77, said[77]), deleted.format(9, 10)])
    write(updates, 28, [record(5, said[5]), record(301, said[301])])
    write(updates, 29, [record(150, said[150], version=2), deleted.format(151, 301)])
    write(updates, 30, [record(151, said[151]), record(302, said[302])])
    chain, tagger, _ = pipeline()
    day = run(out, pipeline=chain)
    worked_on = {"5", "77", "150", "151", "302"}
    assert {*tagger.seen} == worked_on
    assert day.record["reused"]["new"] == len(tagger.seen) == len(worked_on)
    frame = tables.read_table(tmp_path / "out" / "documents", name="documents")
    texts = dict(frame.select("document_id", "text").iter_rows())
    assert len(texts) == 25 * per_file - 2 + 2
    assert not {"9", "10", "301"} & {*texts}
    for pmid in (5, 77, 150, 151, 302):
        assert said[pmid] in texts[str(pmid)]
    fresh = settings(tmp_path / "fresh", baseline, updates, shard_size=16)
    run(fresh, pipeline=pipeline()[0])
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")
    # The folders in the other order are the same corpus.
    turned = settings(tmp_path / "turned", updates, baseline, shard_size=16)
    run(turned, pipeline=pipeline()[0])
    assert bytes_of(tmp_path / "turned") == bytes_of(tmp_path / "fresh")


def test_a_killed_run_goes_on_with_the_file_it_was_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are known by their contents, and by all that decides what they give."""
    draw = random.Random(7)

    def said(pmid: int) -> str:
        return record(pmid, f"Captopril and ACE {draw.random():.6f}.")

    for number in range(1, 7):  # each revises two records of the one before
        pmids = range(10 * number - 2, 10 * number + 10)
        write(tmp_path / "files", number, map(said, pmids))
    write(
        tmp_path / "files",
        7,
        ["<DeleteCitation><PMID>15</PMID><PMID>66</PMID></DeleteCitation>", said(99)],
    )
    out = settings(tmp_path / "out", tmp_path / "files", shard_size=5)
    read: list[str] = []
    real = pubmed_xml.split_pubmed_xml

    def noted(stream: Any, *, path: Any = None) -> Any:
        read.append(path.name[-11:-7])
        return real(stream, path=path)

    monkeypatch.setattr(pubmed_xml, "split_pubmed_xml", noted)

    def stopped(work: Any, shards: Any) -> Any:
        for shard, _ in zip(shards, range(7), strict=False):
            yield work(shard)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(out, pipeline=pipeline()[0], executor=stopped)
    read.clear()
    on = run(out, pipeline=pipeline()[0])
    # 7, 6 and 5 were read to their ends.
    assert read == ["0004", "0003", "0002", "0001"]
    assert on.record["shards"]["files_not_read"] == 3
    assert "3 files not read again" in summary_text(on)
    fresh = settings(tmp_path / "fresh", tmp_path / "files", shard_size=5)
    run(fresh, pipeline=pipeline()[0])
    before = bytes_of(tmp_path / "out")
    assert before == bytes_of(tmp_path / "fresh")
    # Of an update, those files are read that it takes something from.
    write(
        tmp_path / "files",
        8,
        [said(20), "<DeleteCitation><PMID>51</PMID></DeleteCitation>"],
    )
    read.clear()
    day = run(out, pipeline=pipeline()[0])
    assert read == ["0008", "0008", "0005", "0002"]
    assert day.record["shards"]["files_not_read"] == 5
    assert day.record["reused"]["new"] == 1
    run(fresh, pipeline=pipeline()[0], overwrite=True)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")
    # What it deleted comes back with it.
    (tmp_path / "files" / "pubmed26n0008.xml.gz").unlink()
    read.clear()
    run(out, pipeline=pipeline()[0])
    assert read == ["0005", "0002"]
    assert bytes_of(tmp_path / "out") == before


def test_an_empty_folder_alone_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="This folder is empty: download"):
        run(settings(tmp_path / "out", tmp_path), pipeline=pipeline()[0])
