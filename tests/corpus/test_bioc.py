from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kgbuild import corpus
from kgbuild.corpus.bioc import document_to_bioc
from kgbuild.document import (
    Document,
    Mention,
    Passage,
    StageStatus,
    Statement,
)
from kgbuild.errors import DocumentFailure, InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def read(tmp_path: Path):
    """Read BioC: XML text, or a JSON value; its documents and its failures."""

    def call(data: object) -> tuple[list[Document], list[DocumentFailure]]:
        if isinstance(data, str):
            path = tmp_path / "in.xml"
            path.write_text(data, encoding="utf-8")
        else:
            path = tmp_path / "in.json"
            path.write_text(json.dumps(data), encoding="utf-8")
        failures: list[DocumentFailure] = []
        return list(corpus.read(path, on_error=failures.append)), failures

    return call


def _collection(inside: str) -> str:
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
        f"<collection><source>s</source><date/><key>k</key>\n{inside}\n</collection>"
    )


def _one(passages: list[dict], **more: object) -> dict:
    return {"documents": [{"id": "1", "passages": passages, **more}]}


def _passage(text: str, offset: int, *annotations: dict, **infons: str) -> dict:
    return {
        "offset": offset,
        "text": text,
        "infons": infons,
        "annotations": list(annotations),
    }


def _annotation(
    text: str, *spans: tuple[int, int], name: str = "T1", **infons: object
) -> dict:
    return {
        "id": name,
        "text": text,
        "infons": {"type": "Gene", **infons},
        "locations": [{"offset": a, "length": b - a} for a, b in spans],
    }


XML = _collection("""
<document><id>17</id><infon key="year">2004</infon><infon key="journal">J</infon>
<passage><infon key="type">title</infon><offset>0</offset><text>ACE &amp; β</text>
<annotation id="7"><infon key="type">Gene</infon><infon key="identifier">1636</infon>
<infon key="note">seen</infon><location offset="0" length="3"/><text>ACE</text>
</annotation></passage>
<passage><infon key="type">abstract</infon><infon key="lang">en</infon>
<offset>8</offset>
<sentence><offset>8</offset><text>Captopril.</text>
<annotation id="8"><infon key="type">Chemical</infon><infon key="MESH">D002216</infon>
<location offset="8" length="9"/><text>Captopril</text></annotation></sentence>
<sentence><offset>20</offset><text>It helps.</text>
<annotation id="9"><infon key="type">Other</infon>
<location offset="23" length="5"/><text>helps</text></annotation></sentence>
</passage>
<relation id="R"><infon key="type">Inhibits</infon><node refid="8" role="agent"/>
<node refid="7" role="target"/></relation></document>""")


def test_xml_with_sentences_infons_and_relations(read) -> None:
    (document,), failures = read(XML)
    assert failures == []
    assert document.id == "17"
    assert document.metadata == {"year": 2004, "journal": "J"}
    assert document.text == "ACE & β Captopril.  It helps."
    assert [p.section for p in document.passages] == ["title", "abstract"]
    assert document.passages[1].metadata == {"lang": "en"}
    gene, drug, other = document.mentions
    assert gene.concepts == ("ncbigene:1636",)
    assert gene.attributes == (("note", "seen"),)
    assert (drug.text, drug.concepts) == ("Captopril", ("mesh:D002216",))
    assert (other.text, other.method) == ("helps", None)
    (statement,) = document.statements
    assert (statement.subject, statement.object) == ("mesh:D002216", "ncbigene:1636")
    assert dict(statement.qualifiers) == {
        "subject_mention": "8-17", "object_mention": "0-3",
        "role1": "agent", "role2": "target",
    }  # fmt: skip


@pytest.mark.parametrize("suffix", [".xml", ".json"])
def test_what_was_read_comes_back(read, tmp_path: Path, suffix: str) -> None:
    (document,), _ = read(XML)
    path = tmp_path / f"out{suffix}"
    corpus.write([document], path)
    assert list(corpus.read(path)) == [document]


@pytest.mark.parametrize("suffix", [".xml", ".json"])
def test_all_that_a_document_holds_comes_back(tmp_path: Path, suffix: str) -> None:
    document = Document(
        id="x|#1",
        passages=(
            Passage(text="α and β-blockers 😀", section="title"),
            Passage(text="", section="abstract"),
            Passage(
                text="Breast and  ovarian cancer",
                section="METHODS",
                metadata={"type": "paragraph", "n": 1, "section_type": "x"},
            ),
        ),
        metadata={
            "year": 2004,
            "pmid": 5,
            "authors": ["A", {"b": None}],
            "kgbuild:odd": "x",
            "journal": "J & Co <b>",
            "type": "t",
        },
        mentions=(
            Mention(
                start=6,
                end=16,
                text="β-blockers",
                type="Chemical",
                recognizer="tagger",
                score=0.1 + 0.2,
                link_score=1.0,
                concepts=("mesh:D000319",),
                method="exact",
                attributes=(
                    ("identifier2", "z"), ("kgbuild:score", "w"), ("mesh", "v"),
                    ("type", "u"),
                ),
            ),
            Mention(start=20, end=26, text="Breast", type="Disease", method="unlinked"),
            Mention(
                start=20,
                end=46,
                text="Breast and  ovarian cancer",
                type="Disease",
                fragments=((20, 26), (40, 46)),
                concepts=("mesh:D001943",),
                method=None,
            ),
            Mention(start=17, end=26, text="😀  Breast", type="Other"),
        ),
        statements=(
            Statement(
                subject="mesh:D000319",
                predicate="treats",
                object="mesh:D001943",
                qualifiers=(
                    ("argument3", "ncbitaxon:9606"),
                    ("entity9", "q"),
                    ("novelty", "No"),
                    ("type", "y"),
                ),
            ),
        ),
        status=(
            StageStatus(stage="recognize", state="done", version="aio 1"),
            StageStatus(stage="normalize", state="failed", reason="why, é"),
        ),
    )  # fmt: skip
    path = tmp_path / f"out{suffix}"
    corpus.write([document], path)
    (again,) = corpus.read(path, on_error="raise")
    assert again == document
    # Comparisons leave it out.
    assert [s.version for s in again.status] == ["aio 1", None]


def test_offsets_of_passages_may_leave_gaps_and_start_anywhere(read) -> None:
    (document,), failures = read(
        _one(
            [
                _passage("ACE here", 100, _annotation("ACE", (100, 103))),
                _passage("REN there", 500, _annotation("REN", (500, 503))),
            ]
        )
    )
    assert failures == []
    assert document.text == "ACE here REN there"
    assert [m.span for m in document.mentions] == [(0, 3), (9, 12)]


def test_offsets_may_count_from_the_passage(read) -> None:
    (document,), failures = read(
        _one(
            [
                _passage("A long title", 0),
                _passage("See ACE", 13, _annotation("ACE", (4, 7))),
            ]
        )
    )
    assert failures == []
    assert document.mentions[0].span == (17, 20)


def test_annotations_of_the_document_find_their_passage(read) -> None:
    (document,), failures = read(
        _one(
            [_passage("Title", 0), _passage("See ACE", 50)],
            annotations=[_annotation("ACE", (54, 57))],
        )
    )
    assert failures == []
    assert document.mentions[0].span == (10, 13)


def test_several_locations_make_fragments(read) -> None:
    text = "breast and ovarian cancer"
    (document,), failures = read(
        _one([_passage(text, 0, _annotation("breast cancer", (19, 25), (0, 6)))])
    )
    assert failures == []
    (mention,) = document.mentions
    assert mention.fragments == ((0, 6), (19, 25))
    assert mention.text == text
    written = document_to_bioc(document)["passages"][0]["annotations"][0]
    assert written["text"] == "breast cancer"


def test_annotations_without_a_place_are_kept_as_metadata(read, tmp_path: Path) -> None:
    index = {"id": "9", "infons": {"type": "MeSH_Indexing", "identifier": "D1"}}
    (document,), failures = read(_one([_passage("Text", 0, index)]))
    assert failures == []
    assert document.mentions == ()
    assert document.metadata["unplaced_annotations"] == [{"infons": index["infons"]}]
    corpus.write([document], tmp_path / "again.xml")
    assert list(corpus.read(tmp_path / "again.xml")) == [document]


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (_annotation("ACE", (2, 5)), "'ACE' is said to stand at 2 to 5"),
        (_annotation("", (3, 90)), "3 to 90"),
        (_annotation("xyz", (0, 2), (3, 5)), "does not stand where its locations"),
        (_annotation("Some", (0, 2), (1, 4)), "overlap"),
        ({**_annotation("Some", (0, 4)), "infons": {}}, "no infon 'type'"),
        (
            {
                **_annotation("Some", (0, 4)),
                "locations": [{"offset": "a"}],
            },
            "Got 'a'",
        ),
    ],
)
def test_a_bad_annotation_is_reported_and_the_rest_goes_on(
    read, annotation: dict, said: str
) -> None:
    good = _annotation("text", (5, 9), name="T9")
    (document,), (failure,) = read(_one([_passage("Some text", 0, annotation, good)]))
    assert [m.text for m in document.mentions] == ["text"]
    assert said in failure.reason
    assert failure.document_id == "1"


def test_relations_as_biored_and_pubtator_have_them(read) -> None:
    passages = [
        _passage(
            "ACE REN",
            0,
            _annotation("ACE", (0, 3), identifier="1636"),
            _annotation("REN", (4, 7), name="T2"),
        )
    ]
    relations = [
        {"id": "R1", "infons": {"type": "Bind", "entity1": "1636", "entity2": "D002216",
                                "novel": "No"}, "nodes": []},
        {"id": "R2", "infons": {"type": "Association", "score": 0.9, "role1": {
            "identifier": "1636", "type": "Gene"}, "role2": {
            "identifier": "9606", "type": "Species"}}},
        {"id": "R3", "infons": {"type": "Near"}, "nodes": [
            {"refid": "T1", "role": ""}, {"refid": "T2", "role": ""}]},
        {"id": "R4", "infons": {"type": "Lost"}, "nodes": [
            {"refid": "T1", "role": ""}, {"refid": "T7", "role": ""}]},
    ]  # fmt: skip
    (document,), (failure,) = read(_one(passages, relations=relations))
    assert [(s.subject, s.object) for s in document.statements] == [
        ("ncbigene:1636", "mesh:D002216"),
        ("ncbigene:1636", "ncbitaxon:9606"),
        ("ncbigene:1636", "kgbuild:REN"),
    ]
    assert document.statements[0].qualifiers == (("novel", "No"),)
    assert document.statements[1].score == 0.9
    assert document.statements[2].spans == ((0, 7),)
    assert "'R4'" in failure.reason


def test_relations_of_composite_mentions_are_one_for_each_concept(read) -> None:
    passages = [
        _passage(
            "a b",
            0,
            _annotation("a", (0, 1), identifier="1,2"),
            _annotation("b", (2, 3), name="T2", identifier="3"),
        )
    ]
    relations = [{"infons": {"type": "x"}, "nodes": [{"refid": "T1"}, {"refid": "T2"}]}]
    (document,), failures = read(_one(passages, relations=relations))
    assert failures == []
    assert [(s.subject, s.object) for s in document.statements] == [
        ("ncbigene:1", "ncbigene:3"), ("ncbigene:2", "ncbigene:3"),
    ]  # fmt: skip


def test_json_of_the_pubtator_service(read) -> None:
    (document,), failures = read(
        {
            "PubTator3": [
                {
                    "_id": "5|None",
                    "id": "5",
                    "infons": {},
                    "passages": [
                        _passage(
                            "ACE",
                            0,
                            _annotation("ACE", (0, 3), identifier="1636", valid=True),
                            section_type="TITLE",
                            type="front",
                        )
                    ],
                    "pmid": 5,
                    "year": 2001,
                    "journal": "J",
                    "authors": ["X Y"],
                }
            ]
        }
    )
    assert failures == []
    assert (document.title, document.year, document.pmid) == ("ACE", 2001, 5)
    assert document.metadata["authors"] == ["X Y"]
    assert document.mentions[0].attributes == (("valid", "true"),)


@pytest.mark.parametrize("form", ["array", "lines", "object", "collections"])
def test_json_documents_in_any_wrapping(tmp_path: Path, form: str) -> None:
    documents = [{"id": str(n), "passages": [_passage("x", 0)]} for n in range(3)]
    text = {
        "array": json.dumps(documents, indent=1),
        "lines": "\n".join(map(json.dumps, documents)),
        "object": json.dumps({"key": "[{", "documents": documents, "z": [1]}),
        "collections": json.dumps([{"documents": documents}]),
    }[form]
    path = tmp_path / "in.json"
    path.write_text(text)
    assert [d.id for d in corpus.read(path, format="bioc-json")] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "document",
    [{}, {"id": "1"}, {"passages": []}, {"id": "1", "passages": [3]}, 7, None,
     {"id": "1", "passages": [{"text": 3}]},
     {"id": "1", "passages": [{"text": "x", "offset": "q"}]}],
)  # fmt: skip
def test_what_is_no_document_is_reported(read, document: object) -> None:
    good = {"id": "2", "passages": [_passage("x", 0)]}
    documents, (failure,) = read({"documents": [document, good]})
    assert [d.id for d in documents] == ["2"]
    assert failure.reason


def test_a_broken_document_of_xml_stops_no_other(read) -> None:
    good = "<document><id>{}</id><passage><text>x</text></passage></document>"
    documents, (failure,) = read(
        _collection(
            f"{good.format(1)}\n<document><id>2<id></document>\n{good.format(3)}"
        )
    )
    assert [d.id for d in documents] == ["1", "3"]
    assert failure.line == 5


@pytest.mark.parametrize("suffix", [".xml", ".json"])
def test_a_file_cut_off_stops(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"whole{suffix}"
    corpus.write([Document.from_text("x" * 100, id=str(n)) for n in range(9)], path)
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError, match=r"too early|cut off") as caught:
        list(corpus.read(cut))
    assert caught.value.line is not None


def test_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xml"
    path.write_text(
        '<!DOCTYPE collection [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        "<collection><document><id>&b;</id></document></collection>"
    )
    with pytest.raises(InputError, match="declares entities"):
        list(corpus.read(path))


def test_characters_that_xml_forbids_keep_their_width(tmp_path: Path) -> None:
    document = Document(
        id="1",
        passages=(Passage(text="a\x01b ACE\r\nend"),),
        mentions=(Mention(start=4, end=7, text="ACE", type="Gene"),),
    )
    path = tmp_path / "out.xml"
    corpus.write([document], path)
    (again,) = corpus.read(path, on_error="raise")
    assert again.text == "a\ufffdb ACE\r\nend"
    assert again.mentions == document.mentions


def test_documents_without_an_id(tmp_path: Path) -> None:
    passages = [{"offset": 0, "infons": {}, "text": "ACE"}]
    documents = [
        {"passages": passages},
        {"id": "", "passages": passages},
        {"passages": [{**passages[0], "infons": {"article-id_pmid": "7"}}]},
        {"infons": {"article-id_pmc": "PMC8"}, "passages": passages},
        {"passages": [{**passages[0], "infons": {"article-id_doi": "10.1/x"}}]},
        {"id": "7", "passages": passages},
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"documents": documents}))
    read = list(corpus.read(path, on_error="raise"))
    assert [d.id for d in read] == [
        "export:1", "export:2", "7", "PMC8", "doi:10.1/x", "7#2"
    ]  # fmt: skip
    assert read[-1].pmid == 7
    path = tmp_path / "export.xml"
    one = "<document><passage><offset>0</offset><text>ACE</text></passage></document>"
    path.write_text(f"<collection>{one * 2}</collection>")
    assert [d.id for d in corpus.read(path)] == ["export:1", "export:2"]
