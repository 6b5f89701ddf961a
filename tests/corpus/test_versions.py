"""A paper that comes twice: read once where one asks, in its newest version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kgbuild import corpus
from kgbuild.document import Document, Mention

if TYPE_CHECKING:
    from pathlib import Path

ACE = Mention(start=0, end=3, text="ACE", type="Gene", concepts=("ncbigene:1636",))
OLD = Document.from_text("ACE falls.", id="8528200").with_mentions([ACE])
NEW = Document.from_text("ACE rises.", id="8528200").with_mentions([ACE])
OTHER = Document.from_text("Rats.", id="9000001")


def _written(folder: Path, suffix: str, *parts: list[Document]) -> list[Path]:
    files = []
    for number, documents in enumerate(parts):
        files.append(folder / f"part{number}{suffix}")
        corpus.write(documents, files[-1])
    return files


def _joined(folder: Path, suffix: str, *parts: list[Document]) -> Path:
    """Join files as people do, with ``cat``."""
    texts = [f.read_text() for f in _written(folder, suffix, *parts)]
    if suffix == ".csv":
        texts[1:] = [text.partition("\n")[2] for text in texts[1:]]
    path = folder / f"joined{suffix}"
    path.write_text("".join(texts))
    return path


@pytest.mark.filterwarnings("ignore:.*only text")
@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".pubtator"])
@pytest.mark.parametrize("joined", [True, False])
def test_a_paper_is_read_once(tmp_path: Path, suffix: str, joined: bool) -> None:
    make = _joined if joined else _written
    (first, second) = corpus.read(
        make(tmp_path, suffix, [OLD, OTHER], [OLD]), once=True
    )
    assert (first.id, first.text.strip()) == ("8528200", OLD.text)
    assert second.id == OTHER.id
    with pytest.warns(corpus.CorpusWarning, match=r"1 paper .* \(8528200\)"):
        (first, second) = corpus.read(
            make(tmp_path, suffix, [OLD, OTHER], [NEW]), once=True
        )
    assert (first.id, second.id) == (OTHER.id, "8528200")
    assert (second.text.strip(), second.pmid, second.metadata) == (
        NEW.text,
        8528200,
        {},
    )


def test_the_date_of_revision_tells_the_newest(tmp_path: Path) -> None:
    parts = [
        [Document(id=d.id, passages=d.passages, metadata={"revised": date})]
        for d, date in ((NEW, "2024-03-01"), (OLD, "2019-12-31"))
    ]
    with pytest.warns(corpus.CorpusWarning, match="newest version is kept"):
        (kept,) = corpus.read(_joined(tmp_path, ".jsonl", *parts), once=True)
    assert kept.text == NEW.text


def test_records_that_are_no_papers_all_stay(tmp_path: Path) -> None:
    note = Document.from_text("ACE falls.", id="note")
    path = _joined(tmp_path, ".jsonl", [note], [note])
    assert [d.id for d in corpus.read(path, once=True)] == ["note", "note#2"]


def test_failures_are_told_once(tmp_path: Path) -> None:
    path = _joined(tmp_path, ".jsonl", [OLD], [OLD])
    path.write_text(path.read_text() + '{"pmid": 7}\n')
    failures = []
    assert len(list(corpus.read(path, once=True, on_error=failures.append))) == 1
    assert [f.line for f in failures] == [3]
