"""Whatever a document holds, every format gives back what it promises to keep."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgbuild import corpus
from kgbuild.document import (
    Document,
    Mention,
    Passage,
    StageStatus,
    Statement,
    longest_first,
)
from kgbuild.text.evidence import with_evidence

#: Greek, combining, astral and right-to-left characters, separators of every format.
ALPHABET = "aB1 αβγ-é\u0301\u0308😀𝛂ב\u200d\u00a0\u2028\x85.,;:|\t\n\r\"'<>&%#()[]{}="
texts = st.text(ALPHABET, max_size=40)
words = st.text('abcαβ 1|;,\t"<&', min_size=1, max_size=8).filter(str.strip)
names = st.sampled_from(["note", "score", "gene", "αβ", "a b", "MESH", "type", "role1"])
curies = st.one_of(
    st.integers(1, 9999).map(lambda n: f"ncbigene:{n}"),
    st.integers(1, 9999).map(lambda n: f"mesh:D{n:06}"),
    st.sampled_from(["omim:114480", "kgbuild:β cell, x|y", "ncbitaxon:9606"]),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9999) | texts,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def mentions(draw: st.DrawFn, text: str) -> Mention:
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, min(len(text), start + 12)))
    concepts = tuple(draw(st.lists(curies, max_size=3, unique=True)))
    fragments: tuple[tuple[int, int], ...] = ()
    if end - start > 2 and draw(st.booleans()):
        cut = draw(st.integers(start + 1, end - 2))
        fragments = ((start, cut), (cut + 1, end))
    attributes = draw(st.dictionaries(names, texts, max_size=2))
    methods = ["gold", "exact"] if concepts else ["unlinked", None]
    return Mention(
        start=start,
        end=end,
        text=text[start:end],
        type=draw(st.sampled_from(["Gene", "Disease", "My type", "CellLine"])),
        recognizer=draw(st.sampled_from(["gold", "tagger", "variant-grammar"])),
        score=draw(st.none() | st.floats(0, 1)),
        link_score=draw(st.none() | st.floats(0, 1)),
        concepts=concepts,
        method=draw(st.sampled_from(methods)),
        composite=bool(concepts) and draw(st.booleans()),
        fragments=fragments,
        attributes=tuple(sorted(attributes.items())),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    passages = [
        Passage(
            text=draw(texts),
            section=draw(st.sampled_from(["title", "abstract", "AIM", "α & β"])),
            metadata=draw(st.dictionaries(names, json_values, max_size=2)),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    text = " ".join(p.text for p in passages)
    found = draw(st.lists(mentions(text), max_size=4)) if text else []
    statements = draw(
        st.lists(
            st.builds(
                Statement,
                subject=curies,
                predicate=words.map(str.strip),
                object=curies,
                directed=st.booleans(),
                extractor=st.sampled_from(["gold", "a b\t%"]),
                score=st.none() | st.floats(0, 1),
                spans=st.just(((0, len(text)),) if text else ()),
                qualifiers=st.sampled_from(
                    [
                        (),
                        (("novelty", "No"), ("x", "a\tb=1")),
                        (("argument3", "mesh:D1"), ("argument4", "a:b")),
                    ]
                ),
            ),
            max_size=2,
        )
    )
    status = st.builds(
        StageStatus,
        stage=words,
        state=st.sampled_from(["done", "failed", "skipped"]),
        reason=st.none() | texts,
    )
    return Document(
        id=draw(words).strip(),
        passages=tuple(passages),
        metadata=draw(st.dictionaries(names, json_values, max_size=2)),
        mentions=tuple(found),
        statements=tuple(statements),
        status=tuple(draw(st.lists(status, max_size=2))),
    )


corpora = st.lists(documents(), max_size=3, unique_by=lambda d: d.id)
quick = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _again(found: list[Document], form: str, suffix: str = "") -> list[Document]:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", corpus.CorpusWarning)
        path = Path(folder) / f"file.{form}{suffix}"
        corpus.write(found, path, format=form)
        return list(corpus.read(path, format=form, on_error="raise"))


@quick
@given(corpora)
@pytest.mark.parametrize(
    ("form", "suffix"), [("jsonl", ""), ("bioc-json", ""), ("bioc-xml", ".gz")]
)
def test_everything_is_kept(form: str, suffix: str, found: list[Document]) -> None:
    expected = found if form == "jsonl" else [with_evidence(d) for d in found]
    assert _again(found, form, suffix) == expected


@quick
@given(corpora)
def test_pubtator_keeps_places_types_and_ids(found: list[Document]) -> None:
    again = _again(found, "pubtator", ".zst")
    assert [d.id for d in again] == [d.id for d in found]
    for before, after in zip(found, again, strict=True):
        plain = before.text.replace("\n", " ").replace("\r", " ")
        assert after.text in {plain, f"{plain} "}
        assert _facts(after.mentions, after.text) == _facts(before.mentions, plain)
        assert after.statements == with_evidence(before).statements


def _facts(found: tuple[Mention, ...], text: str) -> list[tuple[object, ...]]:
    return sorted(
        (m.start, m.end, text[m.start : m.end], m.type, m.concepts, m.composite,
         bool(m.concepts) or str(m.method))
        for m in found
    )  # fmt: skip


@quick
@given(corpora)
@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_tables_keep_texts(form: str, found: list[Document]) -> None:
    again = _again(found, form)
    for before, after in zip(found, again, strict=True):
        assert after.id == before.id
        if before.passages[0].section == "title":
            assert after.title == before.title
            assert after.text in {before.text, f"{before.text} "}
        else:
            assert after.text == f" {before.text}"


@quick
@given(corpora)
def test_lines_keep_texts(found: list[Document]) -> None:
    plain = [d.text.replace("\n", " ").replace("\r", " ") for d in found]
    again = _again(found, "text-lines")
    assert [d.text for d in again] == [text for text in plain if text.strip()]


@quick
@given(corpora)
def test_conll_keeps_tokens_types_and_order(found: list[Document]) -> None:
    again = _again(found, "conll")
    # A document without a single token is a -DOCSTART- line, and still one.
    assert len(again) == len(found)
    for before, after in zip(found, again, strict=True):
        assert _solid(after.text) == _solid(before.text)
        expected = [
            (_solid(m.text), m.type)
            for m in longest_first(before.mentions)
            if _solid(m.text)
        ]
        assert [(_solid(m.text), m.type) for m in after.mentions] == expected
    # What was read is what is written: a second turn changes nothing more.
    for before, after in zip(again, _again(again, "conll"), strict=True):
        assert after.text == before.text


def _solid(text: str) -> str:
    import unicodedata

    return "".join(
        c for c in text if not c.isspace() and unicodedata.category(c) != "Cc"
    )


@quick
@given(documents())
def test_pubannotation_places_are_right(document: Document) -> None:
    from kgbuild.corpus.pubannotation import document_to_pubannotation

    data, missing = document_to_pubannotation(document)
    assert data["text"] == document.text
    assert missing + len(data["relations"]) == len(document.statements)
    for mention, note in zip(document.mentions, data["denotations"], strict=True):
        spans = note["span"] if isinstance(note["span"], list) else [note["span"]]
        assert (spans[0]["begin"], spans[-1]["end"]) == mention.span or len(spans) > 1
        for span in spans:
            assert 0 <= span["begin"] < span["end"] <= len(document.text)


@quick
@given(corpora, corpora)
def test_the_same_documents_make_the_same_bytes(
    found: list[Document], others: list[Document]
) -> None:
    for form in ("jsonl", "bioc-xml", "pubtator"):
        with tempfile.TemporaryDirectory() as folder:
            one, two = Path(folder) / "one.gz", Path(folder) / "two.gz"
            corpus.write(found, one, format=form)
            corpus.write(others, two, format=form)
            corpus.write(found, two, format=form)
            assert one.read_bytes() == two.read_bytes()


BOTH_WAYS = [
    name
    for name, entry in corpus.FORMATS.items()
    if entry.reader is not None and entry.writer is not None
]


@settings(quick, max_examples=15)
@given(document=documents())
@pytest.mark.parametrize("form", BOTH_WAYS)
def test_every_registered_format_keeps_the_text(form: str, document: Document) -> None:
    """Blanks apart; and where it says so, the longest mentions with their types."""
    if not _solid(document.text):
        return
    (again,) = _again([document], form)
    assert _solid(again.text) == _solid(document.text)
    if corpus.FORMATS[form].keeps_mentions:
        kept = [_named(m) for m in again.mentions]
        for mention in longest_first(document.mentions):
            if _solid(mention.text):
                assert _named(mention) in kept


def _named(mention: Mention) -> tuple[str, str]:
    return _solid(mention.text), mention.type
