"""What a run leaves beside its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild import tables
from kgbuild.document import Document, Mention
from kgbuild.pipeline.outputs import unlinked_names

if TYPE_CHECKING:
    from pathlib import Path


def _unlinked(number: int, *texts: str, kind: str = "Gene") -> Document:
    whole = " ; ".join(texts)
    mentions = [
        Mention(start=s, end=s + len(t), text=t, type=kind, method="unlinked")
        for t in texts
        for s in [whole.index(t)]
    ]
    return Document.from_text(whole, id=str(number)).with_mentions(mentions)


def _written(folder: Path, *documents: Document) -> list[Path]:
    """Write the mentions of each document to a shard of its own."""
    shards = [folder / f"part-{place}.parquet" for place in range(len(documents))]
    for document, shard in zip(documents, shards, strict=True):
        tables.tables([document])[1].write_parquet(shard)
    return shards


def test_spellings_of_a_name_without_identifier_are_one_row(tmp_path):
    shards = _written(
        tmp_path,
        _unlinked(1, "Gastro-kinase", "GASTROKINASE"),
        _unlinked(2, "gastro kinase"),
        _unlinked(3, "at first gastrokinase", "gastro kinase"),
        _unlinked(4, "gastrokinase", kind="Chemical"),
    )
    rows = unlinked_names(shards).rows(named=True)
    assert [(r["type"], r["text"], r["mentions"], r["documents"]) for r in rows] == [
        ("Gene", "gastro kinase", 4, 3),
        ("Chemical", "gastrokinase", 1, 1),
        ("Gene", "at first gastrokinase", 1, 1),
    ]
    # The first mention that is spelled so.
    assert (rows[0]["document_id"], rows[0]["start"]) == ("2", 0)
    assert rows[0]["method"] == "unlinked"


def test_a_dash_between_digits_tells_names_apart(tmp_path):
    shards = _written(tmp_path, _unlinked(1, "c.76-1G>A", "c.761G>A", kind="Variant"))
    assert set(unlinked_names(shards)["text"]) == {"c.76-1G>A", "c.761G>A"}


def test_the_commonest_come_first_and_few_are_listed(tmp_path):
    texts = [f"name {'abcdefg'[n]}" for n in range(7)]
    shards = _written(
        tmp_path, _unlinked(1, *texts), _unlinked(2, texts[5]), _unlinked(3, texts[5])
    )
    found = unlinked_names(shards, most=3)
    assert found["text"].to_list() == ["name f", "name a", "name b"]
    assert unlinked_names([]).is_empty()
