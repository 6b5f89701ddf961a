"""Every gold mention of the shared corpora, through the formats that keep them."""

from __future__ import annotations

import gzip
import re
import warnings
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kgbuild import corpus
from kgbuild.corpus.identifiers import parse_identifiers
from kgbuild.entity_types import canonical_type

if TYPE_CHECKING:
    from pathlib import Path

    from kgbuild.document import Document, Mention
    from kgbuild.errors import DocumentFailure

pytestmark = pytest.mark.shared

CORPORA = [
    "BC5CDR_TrainDev", "BioID_Train_revision", "BioRED_TrainDev", "GNormPlus_Train",
    "Linnaeus_Train", "NCBIdisease_TrainDev", "NLMgene_Train", "SPECIES_Train",
    "tmVar3_Train",
]  # fmt: skip
#: Mentions whose offsets are wrong in the file and can be put right.
MOVED = {
    "BioID_Train_revision": 1, "GNormPlus_Train": 34, "NLMgene_Train": 10,
    "tmVar3_Train": 21,
}  # fmt: skip
#: Mentions that the file writes otherwise than its text: in case or punctuation.
OTHERWISE = {"GNormPlus_Train": 1, "NCBIdisease_TrainDev": 1, "NLMgene_Train": 1}
_CACHE: dict[str, list[Document]] = {}


def _path(shared_dir: Path, name: str) -> Path:
    return shared_dir / "corpora/pubtator" / f"{name}.PubTator.gz"


def _gold(shared_dir: Path, name: str) -> list[Document]:
    if name not in _CACHE:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", corpus.CorpusWarning)
            found = corpus.read(_path(shared_dir, name), on_error="raise")
            _CACHE[name] = list(found)
        said = [
            re.findall(r"kept (\d+) mentions? that", str(w.message)) for w in caught
        ]
        assert said == [[str(OTHERWISE.get(name))]] * (name in OTHERWISE)
    return _CACHE[name]


def _raw(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Read a file in the plainest way: (text, rows of mentions) of every block."""
    blocks = []
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as stream:
        for line in stream:
            body = re.match(r"[^|\t]+\|([ta])\|(.*)\n", line)
            if body and body.group(1) == "t":
                blocks.append([body.group(2), []])
            elif body:
                blocks[-1][0] += " " + body.group(2)
            elif line.strip():
                blocks[-1][1].append(line.rstrip("\n").split("\t"))
    return [(text, rows) for text, rows in blocks]


@pytest.mark.parametrize("name", CORPORA)
def test_what_is_read_is_what_the_file_says(shared_dir: Path, name: str) -> None:
    documents = _gold(shared_dir, name)
    blocks = _raw(_path(shared_dir, name))
    assert len(documents) == len(blocks)
    moved = 0
    for document, (text, rows) in zip(documents, blocks, strict=True):
        assert document.text == text
        assert len(document.mentions) == len(rows)
        right: Counter[tuple[object, ...]] = Counter()
        for row in rows:
            start, end, said, label = int(row[1]), int(row[2]), row[3], row[4]
            if text[start:end] == said:
                column = row[5] if len(row) > 5 else None
                concepts = parse_identifiers(canonical_type(label), column).concepts
                right[start, end, said, label, concepts] += 1
        found = Counter(
            (m.start, m.end, m.text, m.attribute("label") or m.type, m.concepts)
            for m in document.mentions
        )
        assert right <= found
        moved += sum(bool(m.attribute("source_offsets")) for m in document.mentions)
    assert moved == MOVED.get(name, 0)


def _without_source(mention: Mention) -> Mention:
    kept = tuple(a for a in mention.attributes if a[0] != "source_offsets")
    return replace(mention, attributes=kept)


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize("form", ["pubtator", "bioc-xml", "bioc-json", "jsonl"])
def test_read_write_read(
    shared_dir: Path, tmp_path: Path, name: str, form: str
) -> None:
    before = _gold(shared_dir, name)
    path = tmp_path / "out"
    assert corpus.write(before, path, format=form) == len(before)
    after = corpus.read(path, format=form, on_error="raise")
    for one, two in zip(before, after, strict=True):
        expected = one
        if form == "pubtator":
            # Right offsets are written; that they were wrong once is not.
            expected = one.with_mentions(map(_without_source, one.mentions))
        assert two == expected


@pytest.mark.parametrize("name", ["BioRED_TrainDev", "NCBIdisease_TrainDev"])
def test_pubtator_is_written_as_it_was(
    shared_dir: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "out.pubtator.gz"
    corpus.write(_gold(shared_dir, name), path)
    for (text, rows), (same, again) in zip(
        _raw(_path(shared_dir, name)), _raw(path), strict=True
    ):
        assert text == same

        def key(row: list[str]) -> tuple[object, ...]:
            kind = canonical_type(row[4])
            says = parse_identifiers(kind, row[5] if len(row) > 5 else None)
            return (int(row[1]), int(row[2]), row[4], says.concepts, says.method,
                    says.composite)  # fmt: skip

        assert sorted(map(key, rows), key=repr) == sorted(map(key, again), key=repr)


def test_labels_and_nil_are_not_lost(shared_dir: Path) -> None:
    labels = Counter(
        m.attribute("label")
        for name in ("NCBIdisease_TrainDev", "tmVar3_Train")
        for d in _gold(shared_dir, name)
        for m in d.mentions
    )
    kept = {
        "SpecificDisease", "DiseaseClass", "Modifier", "CompositeMention",
        "DNAMutation", "ProteinMutation", "SNP", "DNAAllele",
    }  # fmt: skip
    assert kept <= set(labels)
    methods = Counter(
        m.method
        for name in ("BC5CDR_TrainDev", "NLMgene_Train")
        for d in _gold(shared_dir, name)
        for m in d.mentions
    )
    assert (methods["unlinked"], methods[None]) == (87 + 48, 1175)


def test_repeated_pmid_of_ncbi_disease(shared_dir: Path) -> None:
    ids = [d.id for d in _gold(shared_dir, "NCBIdisease_TrainDev")]
    assert len(ids) == len(set(ids)) == 692
    assert {"8528200", "8528200#2"} <= set(ids)


@pytest.mark.parametrize(
    "name", ["AnatEM_devel", "CRAFT_devel", "BioNLP13CG_devel", "JNLPBA_devel"]
)
def test_conll_corpora(shared_dir: Path, tmp_path: Path, name: str) -> None:
    path = shared_dir / "corpora/conll" / f"{name}.tsv.gz"
    before = list(corpus.read(path, on_error="raise"))
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        lines = [line.rstrip("\n").split("\t") for line in stream]
    lines = [row for row in lines if row[0] != "-DOCSTART-"]
    begun = Counter(row[1][2:] for row in lines if len(row) > 1 and row[1][0] == "B")
    found = Counter(m.attribute("label") or m.type for d in before for m in d.mentions)
    assert found == begun
    tokens = "".join("".join(row[0].split()) for row in lines if len(row) > 1)
    assert "".join("".join(d.text.split()) for d in before) == tokens
    again = tmp_path / "again.conll"
    corpus.write(before, again)
    for one, two in zip(before, corpus.read(again, on_error="raise"), strict=True):
        assert [("".join(m.text.split()), m.type) for m in one.mentions] == [
            ("".join(m.text.split()), m.type) for m in two.mentions
        ]


@pytest.mark.parametrize("name", ["aceinhibitors", "animal_models_of_depression"])
def test_abstracts(shared_dir: Path, name: str) -> None:
    path = shared_dir / "corpora/abstracts" / f"{name}.jsonl.gz"
    failures: list[DocumentFailure] = []
    documents = list(corpus.read(path, on_error=failures.append))
    with gzip.open(path) as stream:
        count = sum(1 for line in stream if line.strip())
    assert (len(documents), failures) == (count, [])
    assert len({d.id for d in documents}) == count
    dated = [d.year for d in documents if d.year is not None]
    if name == "aceinhibitors":
        assert len(dated) == count
        assert all(isinstance(y, int) and 1900 < y < 2030 for y in dated)
    assert [d.id for d in documents] == [d.id for d in corpus.read(path)]


def test_texts_by_line(shared_dir: Path) -> None:
    path = shared_dir / "corpora/text/hallmarks_of_cancer.txt.gz"
    assert sum(1 for _ in corpus.read(path, format="text-lines")) == 1850
