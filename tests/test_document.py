from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
from dataclasses import FrozenInstanceError, replace
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.document import (
    Document,
    Mention,
    Passage,
    StageStatus,
    Statement,
    longest_first,
)
from kgbuild.errors import (
    DocumentFailure,
    InputError,
    MissingExtraError,
    ValidationError,
)

TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc ACE αβΩ \u0301\u200b😀𝛽\n\t-"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    passages = tuple(
        Passage(text=t, section=s, metadata={"n": i})
        for i, (t, s) in enumerate(
            draw(st.lists(st.tuples(TEXTS, st.sampled_from(["", "title"])), min_size=1))
        )
    )
    text = " ".join(p.text for p in passages)
    mentions = []
    for _ in range(draw(st.integers(0, 5)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        mentions.append(
            Mention(
                start=start, end=end, text=text[start:end],
                type=draw(st.sampled_from(["Gene", "Own type"])),
                score=draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
                concepts=draw(st.sampled_from([(), ("ncbigene:1",), ("a:1", "b:2")])),
                method=draw(st.sampled_from([None, "gold", "unlinked"])),
                composite=draw(st.booleans()),
                fragments=((start, end),) if draw(st.booleans()) else (),
                attributes=draw(st.sampled_from([(), (("tmvar", "p|SUB|V|600|E"),)])),
            )
        )  # fmt: skip
    return Document(
        id=draw(st.sampled_from(["1", "PMC7", "ä b"])),
        passages=passages,
        metadata={"year": 1999, "journal": "α", "nested": {"list": [1, None]}},
        mentions=tuple(mentions),
        statements=(
            Statement(
                subject="mesh:D1",
                predicate="CID",
                object="mesh:D2",
                directed=draw(st.booleans()),
                score=draw(st.none() | st.floats(0, 1)),
                spans=((0, len(text)),) if text else (),
                qualifiers=draw(st.sampled_from([(), (("novelty", "No"),)])),
            ),
        ),
        status=(StageStatus(stage="recognize", state="failed", reason="why"),),
    )


@given(documents())
def test_json_and_pickle_round_trips_lose_nothing(document: Document) -> None:
    assert Document.from_json(document.to_json()) == document
    again = pickle.loads(pickle.dumps(document))
    assert again == document
    assert again.text == document.text
    assert copy.deepcopy(document) == document


@given(documents())
def test_the_text_of_every_mention_stands_at_its_offsets(document: Document) -> None:
    for mention in document.mentions:
        assert document.text[mention.start : mention.end] == mention.text
    starts = [m.start for m in document.mentions]
    assert starts == sorted(starts)
    offsets = document.passage_offsets()
    assert [document.text[a:b] for a, b in offsets] == [
        p.text for p in document.passages
    ]


def test_documents_cross_the_border_to_a_spawned_process() -> None:
    document = Document.from_text("β-catenin 😀", id="7")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(attrgetter("text"), (document,)) == document.text


def test_offsets_that_disagree_with_the_text_are_refused() -> None:
    mention = Mention(start=0, end=3, text="ACE", type="Gene")
    with pytest.raises(ValidationError, match="from 0 to 3 is 'The', the mention says"):
        Document.from_text("The ACE gene.").with_mentions([mention])


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"start": 3, "end": 3, "text": ""}, "0 <= start < end"),
        ({"start": -1, "end": 2, "text": "abc"}, "0 <= start < end"),
        ({"start": 0, "end": 4, "text": "α"}, "count offsets in Unicode code points"),
        ({"type": ""}, "has no type"),
        ({"fragments": ((1, 2), (0, 1))}, "sorted"),
        ({"fragments": ((0, 9),)}, "inside 0 to 3"),
    ],
)
def test_impossible_mentions_are_refused(values: dict[str, object], told: str) -> None:
    sound = {"start": 0, "end": 3, "text": "ACE", "type": "Gene"}
    with pytest.raises(ValidationError, match=told.replace("(", r"\(")):
        Mention(**{**sound, **values})


def test_an_empty_id_and_an_unknown_state_are_refused() -> None:
    with pytest.raises(ValidationError, match="id that is not empty"):
        Document(id="", passages=())
    with pytest.raises(ValidationError, match=r"done, failed, skipped.*'finished'"):
        StageStatus(stage="recognize", state="finished")  # type: ignore[arg-type]


def test_records_are_frozen() -> None:
    document = Document.from_text("ACE")
    with pytest.raises(FrozenInstanceError):
        document.id = "2"  # type: ignore[misc]


def test_nested_and_discontinuous_mentions_live_together() -> None:
    text = "breast and ovarian cancer"
    document = Document.from_text(text).with_mentions(
        [
            Mention(start=0, end=25, text=text, type="Disease"),
            Mention(
                start=0, end=25, text=text, type="Disease", fragments=((0, 6), (19, 25))
            ),
            Mention(start=11, end=25, text="ovarian cancer", type="Disease"),
        ]
    )
    assert len(document.mentions) == 3
    kept = longest_first(document.mentions)
    assert [m.span for m in kept] == [(0, 25)]


def test_longest_first_keeps_the_first_of_equals() -> None:
    one = Mention(start=0, end=3, text="ABC", type="Gene")
    two = Mention(start=2, end=5, text="CDE", type="Gene")
    assert longest_first([two, one]) == (one,)


@pytest.mark.parametrize(
    ("id_", "metadata", "pmid"),
    [("123", {}, 123), ("PMC1", {}, None), ("x", {"pmid": "77"}, 77), ("0", {}, None),
     ("١٢", {}, None), ("99999999999", {}, None)],
)  # fmt: skip
def test_pmid_is_the_id_where_it_is_one(
    id_: str, metadata: dict[str, str], pmid: int | None
) -> None:
    assert Document(id=id_, passages=(), metadata=metadata).pmid == pmid


def test_a_later_status_replaces_the_earlier() -> None:
    document = Document.from_text("a").with_status("normalize", "failed", reason="x")
    document = document.with_status("normalize", "done")
    assert document.stage("normalize") == StageStatus(stage="normalize", state="done")
    assert document.stage("recognize") is None


@pytest.mark.parametrize(
    "line", ["", "[1]", "{", '{"id": 1}', '{"id": "1", "passages": [{"txt": "a"}]}',
             '{"id": "1", "passages": [], "version": 99}']
)  # fmt: skip
def test_json_that_is_no_document_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        Document.from_json(line)


def test_json_keeps_only_what_differs_from_the_default() -> None:
    document = Document.from_text("ACE").with_mentions(
        [Mention(start=0, end=3, text="ACE", type="Gene")]
    )
    (mention,) = json.loads(document.to_json())["mentions"]
    assert mention == {"start": 0, "end": 3, "text": "ACE", "type": "Gene"}


def test_attributes_stay_sorted() -> None:
    mention = Mention(start=0, end=1, text="a", type="Gene")
    mention = mention.with_attributes(z="1").with_attributes(a="2", z="3")
    assert mention.attributes == (("a", "2"), ("z", "3"))
    assert mention.attribute("z") == "3"
    assert mention.attribute("q") is None


def test_replacing_passages_makes_the_text_anew() -> None:
    document = Document.from_text("old")
    assert replace(document, passages=(Passage(text="new"),)).text == "new"


@pytest.mark.parametrize(
    "error",
    [
        InputError("why", path="a.txt", line=3),
        MissingExtraError("torch", "train"),
        ValidationError("x"),
    ],
)
def test_errors_cross_the_border_to_another_process(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_failures_say_where() -> None:
    failure = DocumentFailure(document_id="1", stage="read", reason="r", line=4)
    assert (failure.document_id, failure.line, failure.path) == ("1", 4, None)


@pytest.mark.parametrize(
    ("predicate", "directed"),
    [("CID", True), ("Association", False), ("nobody knows it", True)],
)
def test_a_statement_is_directed_as_its_predicate_is(predicate, directed):
    def state(**further):
        return Statement(
            subject="mesh:D1", predicate=predicate, object="mesh:D2", **further
        )

    assert state().directed is directed
    assert state(directed=not directed).directed is not directed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"score": 7.0}, "from 0 to 1"),
        ({"score": float("nan")}, "from 0 to 1"),
        ({"predicate": "co_mention"}, "state another"),
    ],
)
def test_what_a_statement_refuses(fields, message):
    valid = {"subject": "mesh:D1", "predicate": "CID", "object": "mesh:D2"}
    with pytest.raises(ValidationError, match=message):
        Statement(**{**valid, **fields})


@pytest.mark.parametrize("name", ["score", "link_score"])
@pytest.mark.parametrize("score", [7, -0.1, float("nan")])
def test_scores_of_mentions_are_shares(name, score):
    with pytest.raises(ValidationError, match=f"The {name} of the mention 'ACE' must"):
        Mention(start=0, end=3, text="ACE", type="Gene", **{name: score})
