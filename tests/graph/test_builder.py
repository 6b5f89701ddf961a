"""Counting: against a plain count, in any batches, bit by bit."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from graphs import annotated, random_corpus

from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError, InputError, ValidationError
from kgbuild.graph import (
    GraphBuilder,
    KnowledgeGraph,
    build_graph,
    counting,
    encoding,
    generic_concepts,
    sources,
)
from kgbuild.graph import builder as builder_module
from kgbuild.graph.validation import require_sound
from kgbuild.normalize import Normalizer
from kgbuild.tables import (
    TABLES,
    documents_table,
    mentions_table,
    sentence_index,
    tables,
    write_table,
)
from kgbuild.text.sentences import document_sentences

LEVELS = ("sentence", "window", "document")


def are_apart(one, other):
    """Whether two spans do not overlap, of mentions that carry one concept only."""
    return any(x[1] <= y[0] or y[1] <= x[0] for x in one - other for y in other - one)


def plain_count(documents, level, *, window=1, exclude=frozenset()):  # noqa: C901 - written out on purpose: what the fast code is measured against
    """Count with dictionaries what the definition says, unit by unit."""
    pairs, concepts = {}, {}
    for document in documents:
        spans = document_sentences(document)
        starts = [s for s, _ in spans]
        named = [
            (sentence_index(starts, spans, m.start), m.span, c)
            for m in document.mentions
            for c in m.concepts
            if c not in exclude
        ]
        if level == "document":
            units = [range(len(spans))]
        elif level == "sentence":
            units = [range(i, i + 1) for i in range(len(spans))]
        else:
            last = max(len(spans) - window, 1)
            units = [range(i, i + window + 1) for i in range(last)]
        by_document = {}
        for _, span, c in named:
            by_document.setdefault(c, set()).add(span)
        for c, found in by_document.items():
            entry = concepts.setdefault(c, dict.fromkeys(("m", "d"), 0))
            entry["m"] += len(found)
            entry["d"] += 1
        met = set()
        for unit in units:
            here = {}
            for sentence, span, c in named:
                if sentence in unit:
                    here.setdefault(c, set()).add(span)
            for a, b in itertools.combinations(sorted(here), 2):
                if are_apart(here[a], here[b]):
                    entry = pairs.setdefault((a, b), {"d": 0, "s": 0, "y": {}})
                    if (a, b) not in met:
                        met.add((a, b))
                        entry["d"] += 1
                        year = document.year
                        if year is not None:
                            entry["y"][year] = entry["y"].get(year, 0) + 1
        for i in range(len(spans)):
            here = {}
            for sentence, span, c in named:
                if sentence == i:
                    here.setdefault(c, set()).add(span)
            for a, b in itertools.combinations(sorted(here), 2):
                if are_apart(here[a], here[b]):
                    pairs[a, b]["s"] += 1
    return pairs, concepts


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", [1, 2])
def test_counts_are_those_of_a_plain_count(level, seed):
    documents = random_corpus(40, seed=seed)
    window = 2 if level == "window" else 1
    graph = build_graph(documents, level=level, window=window, exclude=())
    pairs, concepts = plain_count(documents, level, window=window)
    found = {
        (r["source"], r["target"]): {
            "d": r["documents"],
            "s": r["sentences"],
            "y": {y["year"]: y["documents"] for y in r["years"]},
        }
        for r in graph.associations.iter_rows(named=True)
    }
    assert found == pairs
    assert {
        r["concept_id"]: {"m": r["mentions"], "d": r["documents"]}
        for r in graph.concepts.iter_rows(named=True)
    } == concepts


@pytest.mark.parametrize("level", LEVELS)
def test_evidence_points_at_the_two_concepts(documents, level):
    graph = build_graph(documents, level=level, max_evidence=3)
    by_id = {d.id: d for d in documents}
    seen = 0
    for row in graph.associations.iter_rows(named=True):
        assert 1 <= len(row["evidence"]) == min(3, row["documents"])
        assert len({e["document_id"] for e in row["evidence"]}) == len(row["evidence"])
        for evidence in row["evidence"]:
            document = by_id[evidence["document_id"]]
            places = document_sentences(document)
            starts = [s for s, _ in places]
            sentences = []
            for span, concept in zip(
                evidence["spans"], (row["source"], row["target"]), strict=True
            ):
                (mention,) = (
                    m
                    for m in document.mentions
                    if m.span == (span["start"], span["end"])
                )
                assert concept in mention.concepts
                sentences.append(sentence_index(starts, places, mention.start))
            if sentences[0] == sentences[1]:
                assert evidence["sentence"] == sentences[0]
            else:
                assert level != "sentence"
                assert evidence["sentence"] is None
            seen += 1
    assert seen > 20


def test_evidence_prefers_new_documents_and_close_mentions():
    documents = [
        annotated("ACE is there. Captopril too.", id="1", year=2020),
        annotated("Captopril first. ACE second. Captopril and ACE.", id="2", year=2010),
        annotated("Captopril and ACE.", id="3"),
        annotated("Captopril and ACE.", id="0", year=2010),
    ]
    graph = build_graph(documents, level="document")
    (evidence,) = graph.associations["evidence"].to_list()
    assert [e["document_id"] for e in evidence] == ["1", "0", "2", "3"]
    assert [e["sentence"] for e in evidence] == [None, 0, 2, 0]


def test_negated_and_hedged_sentences_are_counted():
    text = "Captopril and ACE. Captopril, not ACE. Captopril may help ACE."
    graph = build_graph([annotated(text, id="1")])
    row = graph.associations.row(0, named=True)
    assert (row["sentences"], row["negated"], row["hedged"]) == (3, 1, 1)


def test_ids_of_one_mention_are_no_association():
    alone = annotated("We saw breast and ovarian cancer.", id="1")
    assert len(build_graph([alone], level="document")) == 0
    twice = annotated(
        "One breast and ovarian cancer, another breast and ovarian cancer.", id="1"
    )
    assert len(build_graph([twice], level="document")) == 0


def mentions(*spans):
    """Make a document with mentions ``(start, end, concept, …)``."""
    text = "abcdefghijklmnopqrstuvwxyz" * 2
    return Document.from_text(text, id="1").with_mentions(
        Mention(start=a, end=b, text=text[a:b], type="Disease", concepts=ids)
        for a, b, *ids in spans
    )


A, B = "mesh:D000001", "mesh:D000002"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("spans", "quoted"),
    [
        # hemorrhagic cystitis (HC), each with both ids: one mention, no pair.
        ([(0, 9, A, B), (11, 13, A, B)], None),
        ([(0, 9, A, B), (11, 13, A)], None),
        ([(0, 9, A, B), (11, 13, A), (15, 18, B)], [(11, 13), (15, 18)]),
        # One within the other, and one that reaches into the other.
        ([(0, 9, A), (3, 6, B)], None),
        ([(0, 9, A), (6, 12, B)], None),
        ([(0, 9, A), (3, 6, B), (20, 22, B)], [(0, 9), (20, 22)]),
        ([(0, 9, A), (3, 6, B), (20, 22, A)], [(20, 22), (3, 6)]),
        ([(0, 9, A), (9, 12, B)], [(0, 9), (9, 12)]),
        # Both overlap something else, not each other.
        ([(0, 9, A), (2, 4, "mesh:D000003"), (9, 15, B), (10, 12, "mesh:D000003")],
         [(0, 9), (9, 15)]),
    ],
)  # fmt: skip
def test_mentions_that_overlap_are_no_pair(level, spans, quoted, monkeypatch):
    monkeypatch.setattr(counting, "_MAX_PAIRS", 1)
    graph = build_graph([mentions(*spans)], level=level, window=1)
    rows = graph.associations.filter(source=A, target=B)
    if quoted is None:
        assert rows.height == 0
    else:
        (evidence,) = rows["evidence"][0]
        assert [(s["start"], s["end"]) for s in evidence["spans"]] == quoted
        assert rows["sentences"].to_list() == [1]


def test_a_mention_of_several_concepts_names_none_of_them():
    graph = build_graph([mentions((0, 9, A, B), (11, 13, A), (15, 18, A))])
    names = {r["concept_id"]: r for r in graph.concepts.iter_rows(named=True)}
    assert names[A]["name"] == "lm"
    assert names[A]["synonyms"] == ["lm", "pqr"]
    assert (names[B]["name"], names[B]["synonyms"]) == (B, [])
    assert names[B]["mentions"] == 1


@pytest.mark.parametrize("level", LEVELS)
def test_batches_and_order_do_not_show(documents, level, monkeypatch):
    whole = build_graph(documents, level=level)
    monkeypatch.setattr(sources, "DOCUMENTS", 7)
    monkeypatch.setattr(encoding, "MENTIONS", 11)
    monkeypatch.setattr(counting, "_MAX_PAIRS", 5)
    assert build_graph(documents, level=level).equals(whole)
    assert build_graph(iter(documents[::-1]), level=level).equals(whole)
    scattered = mentions_table(documents).sample(fraction=1, shuffle=True, seed=1)
    both = (documents_table(documents[::-1]), scattered)
    assert build_graph(both, level=level).equals(whole)


class LateFuture(Future):
    """Work that begins when its result is asked for: the slowest of all machines."""

    def __init__(self, work):
        super().__init__()
        self.work = work

    def result(self, timeout=None):
        if not self.done():
            self.set_result(self.work())
        return super().result(timeout)


class LatePool(Executor):
    def __init__(self, workers):
        assert workers > 0

    def submit(self, work, /, *args, **kwargs):
        return LateFuture(partial(work, *args, **kwargs))


@pytest.mark.parametrize("level", LEVELS)
def test_when_threads_run_does_not_show(documents, level, monkeypatch):
    monkeypatch.setattr(encoding, "MENTIONS", 11)
    whole = build_graph(documents, level=level)
    require_sound(whole, documents=documents)
    monkeypatch.setattr(builder_module, "ThreadPoolExecutor", LatePool)
    assert build_graph(documents, level=level).equals(whole)


def test_tables_and_folders_give_the_same_graph(documents, tmp_path):
    whole = build_graph(documents)
    assert build_graph(tables(documents)).equals(whole)
    parts = [documents[:25], documents[25:50], documents[50:]]
    for i, part in enumerate(parts):
        for name, frame in zip(("documents", "mentions"), tables(part), strict=True):
            write_table(frame, tmp_path / name / f"part-{i}.parquet", name=name)
    assert build_graph(tmp_path).equals(whole)
    assert build_graph(str(tmp_path)).equals(whole)


def test_core_columns_are_enough(documents):
    core = mentions_table(documents).select(list(TABLES["mentions"].core))
    graph = build_graph(core)
    whole = build_graph(documents)
    counted = ["source", "target", "documents", "sentences"]
    assert graph.associations.select(counted).equals(whole.associations.select(counted))
    # Without the texts nothing is known of negation and years: null, not zero.
    assert graph.associations["negated"].null_count() == len(graph)
    assert graph.associations["first_year"].null_count() == len(graph)


@pytest.mark.parametrize("level", LEVELS)
def test_adding_is_union_and_adding_again_is_nothing(documents, level):
    whole = build_graph(documents, level=level)
    builder = GraphBuilder(level=level)
    builder.add(documents[:20])
    assert builder.add(documents[10:]).documents == 40
    assert builder.graph().equals(whole)
    again = builder.add(documents)
    assert (again.documents, again.repeated, again.mentions) == (0, 60, 0)
    assert builder.graph().equals(whole)
    assert builder.graph().counts == whole.counts


def test_a_document_that_comes_twice_in_one_go_counts_once(documents):
    graph = build_graph([*documents, documents[3], *documents[:5]])
    assert graph.equals(build_graph(documents))


def test_a_saved_builder_goes_on(documents, tmp_path):
    builder = GraphBuilder(level="window", window=2, types=["Gene", "Drug"])
    builder.add(documents[:30])
    builder.save(tmp_path / "counts")
    bytes_once = {p.name: p.read_bytes() for p in (tmp_path / "counts").iterdir()}
    builder.save(tmp_path / "counts")
    assert bytes_once == {
        p.name: p.read_bytes() for p in (tmp_path / "counts").iterdir()
    }
    other = GraphBuilder.load(tmp_path / "counts")
    other.add(documents)
    whole = build_graph(documents, level="window", window=2, types=["Gene", "Chemical"])
    assert other.graph().equals(whole)
    assert other.graph().counts == whole.counts
    # The lock stays: another process may wait for it.
    assert {p.name for p in tmp_path.iterdir()} == {"counts", ".counts.lock"}


def test_other_mentions_of_a_known_document_are_told(documents):
    builder = GraphBuilder()
    builder.add(documents)
    before = builder.graph()
    changed = documents[0].with_mentions(documents[0].mentions[1:])
    with pytest.warns(UserWarning, match="graph already.* 1 document;"):
        added = builder.add([changed])
    assert (added.conflicting, added.repeated) == (1, 0)
    assert builder.graph().equals(before)


def test_failed_documents_are_left_out_and_counted(documents):
    failed = documents[0].with_status("recognize", "failed", reason="too long")
    skipped = documents[1].with_status("recognize", "skipped", reason="given")
    graph = build_graph([failed, skipped, *documents[2:]])
    assert graph.counts["documents"] == 59
    assert graph.counts["documents_left_out"] == 1
    assert graph.equals(build_graph(documents[1:]))
    builder = GraphBuilder()
    builder.add([failed, *documents[1:]])
    builder.add([failed])
    assert builder.graph().counts["documents_left_out"] == 1
    builder.add(documents)
    assert builder.graph().equals(build_graph(documents))
    assert builder.graph().counts["documents_left_out"] == 0


def test_mentions_without_concepts_are_counted_only():
    graph = build_graph([annotated("A mystery in ACE and AGT.", id="1")])
    assert graph.counts["mentions"] == 3
    assert graph.counts["mentions_unlinked"] == 1
    assert graph.concepts["concept_id"].to_list() == ["ncbigene:1636", "ncbigene:183"]


def test_generic_concepts_are_left_out_unless_asked_for():
    document = annotated("ACE in patients with cough.", id="1")
    assert "ncbitaxon:9606" in generic_concepts()
    graph = build_graph([document])
    assert graph.counts["mentions_excluded"] == 1
    assert len(graph) == 1
    assert len(build_graph([document], exclude=())) == 3
    for typed in ("mesh:D003371", "MESH:D003371", "D003371"):
        assert len(build_graph([document], exclude=[typed])) == 1


def test_types_and_pairs_of_types(documents):
    graph = build_graph(documents, types=["drug", "Gene"])
    assert set(graph.concepts["type"].cast(pl.String)) == {"Chemical", "Gene"}
    whole = build_graph(documents)
    paired = build_graph(documents, type_pairs=[("Gene", "Chemical")])
    assert paired.concepts.equals(whole.concepts)
    assert build_graph(documents, type_pairs=("gene", "Chemical")).equals(paired)
    assert build_graph(documents, types="Gene").equals(
        build_graph(documents, types=["Gene"])
    )
    named = paired.top(1000)
    assert {
        frozenset(pair)
        for pair in named.select("source_type", "target_type").iter_rows()
    } == {frozenset({"Gene", "Chemical"})}
    # The tests that were made are those of the pairs of types asked for.
    assert paired.counts["pairs_tested"] == len(paired) < whole.counts["pairs_tested"]


def test_minimum_support_does_not_change_the_statistics(documents):
    whole = build_graph(documents)
    some = build_graph(documents, min_documents=4)
    assert 0 < len(some) < len(whole)
    assert some.associations.equals(
        whole.associations.filter(pl.col("documents") >= 4), null_equal=True
    )


def test_species_context():
    documents = [
        annotated("ACE and AGT in rats.", id="1"),
        annotated("ACE and AGT in patients.", id="2"),
        annotated("ACE and AGT in rats. ACE in patients.", id="3"),
        annotated("ACE and AGT.", id="4"),
    ]
    graph = build_graph(documents, species=["ncbitaxon:10116"], exclude=())
    for species in (10116, [10116], "ncbitaxon:10116"):
        assert build_graph(documents, species=species, exclude=()).equals(graph)
    assert graph.counts["documents"] == 3
    assert graph.counts["documents_left_out"] == 1
    row = graph.associations.filter(
        (pl.col("source") == "ncbigene:1636") & (pl.col("target") == "ncbigene:183")
    ).row(0, named=True)
    assert {e["document_id"] for e in row["evidence"]} == {"1", "3", "4"}


def test_roll_up_counts_for_ancestors_but_not_against_them():
    documents = [
        annotated("Captopril treats hypertension.", id="1"),
        annotated("Ramipril (ramipril) treats hypertension.", id="2"),
    ]
    parents = {
        "mesh:D002216": ["mesh:D000806"],
        "mesh:D017257": ["mesh:D000806"],
        "mesh:D006973": ["mesh:D014652"],
    }
    graph = build_graph(
        documents, parents=parents, names={"mesh:D000806": "ACE inhibitors"}
    )
    supported = {
        (r["source"], r["target"]): r["documents"]
        for r in graph.associations.iter_rows(named=True)
    }
    assert supported["mesh:D000806", "mesh:D006973"] == 2
    assert supported["mesh:D000806", "mesh:D014652"] == 2
    assert ("mesh:D000806", "mesh:D002216") not in supported
    assert ("mesh:D006973", "mesh:D014652") not in supported
    concept = graph.concept("mesh:D000806")
    assert (concept["name"], concept["type"]) == ("ACE inhibitors", "Chemical")
    assert concept["documents"] == 2
    assert concept["synonyms"] == []


@pytest.mark.parametrize("came_with_ids", [False, True])
def test_concepts_of_composite_mentions_have_their_names_of_the_vocabulary(
    came_with_ids,
):
    ids = ("mesh:D001943", "mesh:D010051")
    called = ("Breast Neoplasms", "Ovarian Neoplasms")
    text = "Breast and ovarian cancer were treated."
    mention = Mention(
        start=0, end=25, text=text[:25], type="Disease",
        concepts=ids if came_with_ids else (),
    )  # fmt: skip
    named = Document.from_text(text, id="1").with_mentions([mention])
    graph = build_graph([Normalizer.load("starter")(named)])
    names = dict(graph.concepts.select("concept_id", "name").iter_rows())
    assert names == dict(zip(ids, called, strict=True))


@pytest.mark.parametrize("exclude", [(), (A,)])
def test_names_of_several_concepts_keep_their_places(exclude):
    both = mentions((0, 9, A, B), (11, 13, A))
    named = both.with_mentions(
        [both.mentions[0].with_attributes(name="first; second"), both.mentions[1]]
    )
    graph = build_graph([named], exclude=exclude)
    names = dict(graph.concepts.select("concept_id", "name").iter_rows())
    assert names == {A: "first", B: "second"} if not exclude else {B: "second"}
    # Three names of two concepts: whose they are cannot be told.
    doubtful = both.with_mentions(
        [both.mentions[0].with_attributes(name="a; b; c"), both.mentions[1]]
    )
    names = build_graph([doubtful]).concepts["name"].to_list()
    assert names == ["lm", B]


def test_names_come_from_the_vocabulary_then_from_the_texts():
    def document(i, text, name=None):
        one = Document.from_text(text, id=str(i))
        attributes = (("name", name),) if name else ()
        mention = Mention(
            start=0, end=len(text), text=text, type="Gene",
            concepts=("ncbigene:1",), attributes=attributes,
        )  # fmt: skip
        return one.with_mentions([mention])

    texts = [document(0, "a1b"), document(1, "A1B"), document(2, "A1B")]
    assert build_graph(texts).concepts["name"].to_list() == ["A1B"]
    assert build_graph(texts).concepts["synonyms"].to_list() == [["A1B", "a1b"]]
    named = [*texts, document(3, "x", name="A1BG")]
    assert build_graph(named).concepts["name"].to_list() == ["A1BG"]
    given = build_graph(named, names={"ncbigene:1": "mine"})
    assert given.concepts["name"].to_list() == ["mine"]


def test_variants_are_named_by_gene_and_change():
    from kgbuild.variants import VariantRecognizer, link_variants

    def document(i, text):
        start = text.index("BRAF")
        gene = Mention(
            start=start, end=start + 4, text="BRAF", type="Gene",
            concepts=("ncbigene:673",),
        )  # fmt: skip
        found = VariantRecognizer()(Document.from_text(text, id=str(i)))
        return link_variants(found.with_mentions([*found.mentions, gene]))

    texts = [
        "p.Val600Glu was found in the BRAF gene, p.Val600Glu.",
        "BRAF V600E (rs113488022), again rs113488022 and rs113488022.",
    ]
    graph = build_graph([document(i, text) for i, text in enumerate(texts)])
    names = dict(graph.concepts.select("concept_id", "name").iter_rows())
    assert names == {
        "ncbigene:673": "BRAF",
        "tmvar:673|p|SUB|V|600|E": "BRAF V600E",
        "dbsnp:rs113488022": "BRAF V600E",
    }
    assert "p.Val600Glu" in graph.concept("tmvar:673|p|SUB|V|600|E")["synonyms"]


def test_narrower_types_are_kept_apart():
    one = annotated("ACE, ACE and AGT.", id="1")
    mentions = [replace(m, type="Protein") for m in one.mentions if m.text == "ACE"]
    both = one.with_mentions([*one.mentions, *mentions])
    graph = build_graph([both], types=["Protein"])
    assert graph.concepts["concept_id"].to_list() == ["ncbigene:1636"]
    assert graph.concept("ncbigene:1636")["types"] == ["Protein"]


def test_a_concept_of_two_types_keeps_both():
    one = annotated("ACE, ACE and AGT.", id="1")
    mentions = [replace(one.mentions[0], type="Chemical"), *one.mentions[1:]]
    more = [one, replace(one, id="2", mentions=tuple(mentions))]
    row = build_graph(more).concept("ncbigene:1636")
    assert (row["type"], row["types"]) == ("Gene", ["Gene", "Chemical"])


def test_two_recognisers_of_one_span_make_one_mention():
    one = annotated("ACE and AGT.", id="1")
    twice = one.with_mentions(
        [*one.mentions, replace(one.mentions[0], recognizer="other")]
    )
    assert build_graph([twice]).concept("ncbigene:1636")["mentions"] == 1


def test_no_documents_make_an_empty_graph():
    with pytest.warns(UserWarning, match="no document to count: the graph is empty"):
        graph = build_graph([])
    assert (graph.concepts.height, len(graph)) == (0, 0)
    for level in LEVELS:
        empty = build_graph([Document.from_text("", id="1")], level=level)
        assert (empty.concepts.height, len(empty)) == (0, 0)
        assert empty.counts["documents"] == 1


def test_provenance_and_settings_are_kept(documents, tmp_path):
    graph = build_graph(documents, provenance={"model": "m1"})
    graph.save(tmp_path)
    back = KnowledgeGraph.load(tmp_path)
    assert back.provenance["model"] == "m1"
    assert "kgbuild" in back.provenance
    assert back.settings["level"] == "sentence"
    json.dumps(back.settings)


def test_versions_of_several_makers_are_all_kept(documents, tmp_path):
    made = [
        document.with_status("recognize", "done", version=f"tagger {n % 2}")
        for n, document in enumerate(documents)
    ]
    for order in (made, made[::-1]):
        graph = build_graph(order)
        assert graph.provenance["recognize"] == "tagger 0 and tagger 1"
    assert (
        build_graph(made, provenance={"recognize": "x"}).provenance["recognize"] == "x"
    )
    # Counts that were kept learn of versions that come later.
    builder = GraphBuilder()
    builder.add(made[:1])
    builder.save(tmp_path / "counts")
    again = GraphBuilder.load(tmp_path / "counts")
    again.add(iter(made[1:]))
    assert again.graph().provenance == graph.provenance


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"level": "paragraph"}, "one of sentence, window, document. Got 'paragraph'"),
        ({"window": 0}, "window must be at least 1. Got 0"),
        ({"min_documents": 0}, "min_documents must be"),
        ({"max_evidence": True}, "max_evidence must be"),
        (
            {"types": ["Gen"]},
            "types must be among Gene, .*Got 'Gen': did you mean",
        ),
        ({"types": ["Protein"]}, "type 'Protein' .*is called 'Gene' here"),
        ({"types": []}, "types must be str, one or a list. Got none at all"),
        ({"type_pairs": ("Gene", "Diseas")}, "Got 'Diseas': did you mean 'Disease'"),
        ({"type_pairs": "Gene"}, "must hold pairs of types, like"),
        ({"species": ["man"]}, "NCBI taxon numbers"),
    ],
)
def test_wrong_options_are_refused(documents, options, words):
    with pytest.raises(ConfigError, match=words):
        build_graph(documents, **options)


def test_wrong_sources_are_refused(documents, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="Got int"):
        build_graph([1, 2])
    bare = [document.with_mentions(()) for document in documents[:2]]
    texts = [document.text for document in bare]
    for unread in (
        documents_table(documents), pl.DataFrame({"text": texts}), texts, texts[0],
        bare, bare[0], iter(texts), [{"text": texts[0]}],
    ):  # fmt: skip
        with pytest.raises(InputError, match=r"annotate .*first.* kgbuild\.annotate"):
            build_graph(unread)
    # A corpus in which somebody looked and nothing was there is as good as another.
    looked = [document.with_status("recognize", "done") for document in bare]
    assert len(build_graph(looked)) == 0
    with pytest.raises(InputError, match="no mentions table"):
        build_graph(tmp_path)
    with pytest.raises(ValidationError, match="which the documents table lacks"):
        build_graph((documents_table(documents[:3]), mentions_table(documents)))
    for i in (0, 1):
        frame = mentions_table(documents[:5])
        write_table(frame, tmp_path / "mentions" / f"{i}.parquet", name="mentions")
    write_table(
        documents_table(documents), tmp_path / "documents.parquet", name="documents"
    )
    monkeypatch.setattr(sources, "MENTIONS", 10)
    with pytest.raises(ValidationError, match="keep a document in one shard"):
        build_graph(tmp_path)


def test_an_error_half_way_leaves_what_was_whole(documents, tmp_path):
    builder = GraphBuilder()
    builder.add(documents[:10])
    before = builder.graph()

    def broken():
        yield from documents[10:12]
        msg = "disk gone"
        raise OSError(msg)

    with pytest.raises(OSError, match="disk gone"):
        builder.add(broken())
    assert builder.graph().equals(before)
    builder.add(documents)
    assert builder.graph().equals(build_graph(documents))


def test_not_a_builder(tmp_path):
    with pytest.raises(InputError, match="not the counts of a graph"):
        GraphBuilder.load(tmp_path)


_ADDS = """
import sys
from pathlib import Path
from graphs import random_corpus
from kgbuild.graph import GraphBuilder

folder, part = Path(sys.argv[1]), int(sys.argv[2])
documents = random_corpus(40, seed=5)[10 * part : 10 * part + 10]
for document in documents:
    with GraphBuilder.alone(folder):
        builder = GraphBuilder.load(folder) if folder.exists() else GraphBuilder()
        builder.add([document])
        builder.save(folder)
"""


def _python(code, *arguments):
    import graphs

    path = os.pathsep.join([str(Path(graphs.__file__).parent), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_processes_that_add_at_once_lose_nothing(tmp_path):
    folder = tmp_path / "counts"
    workers = [_python(_ADDS, folder, part) for part in range(3)]
    told = [worker.communicate(timeout=240) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], told
    whole = build_graph(random_corpus(40, seed=5)[:30])
    assert GraphBuilder.load(folder).graph().equals(whole)


def test_counts_that_another_process_has_are_neither_read_nor_written(
    tmp_path, monkeypatch
):
    folder = tmp_path / "counts"
    GraphBuilder().save(folder)
    code = (
        "import sys, time; from kgbuild.graph import GraphBuilder\n"
        "with GraphBuilder.alone(sys.argv[1]):\n"
        "    print('has it', flush=True); time.sleep(60)"
    )
    other = _python(code, folder)
    try:
        assert other.stdout.readline() == "has it\n"
        monkeypatch.setattr(builder_module, "_PATIENCE_S", 0.0)
        for act in (GraphBuilder.load, GraphBuilder().save):
            with pytest.raises(ConfigError, match="Another process of kgbuild"):
                act(folder)
    finally:
        other.kill()
        other.communicate()
    assert GraphBuilder.load(folder).save(folder) == folder


def test_counts_of_a_process_killed_between_two_renames_are_found(
    tmp_path: Path,
) -> None:
    builder = GraphBuilder()
    builder.add(random_corpus(9, seed=1))
    builder.save(tmp_path / "counts").rename(tmp_path / ".counts.old~")
    again = GraphBuilder.load(tmp_path / "counts")
    assert again.graph().equals(builder.graph())
    again.save(tmp_path / "counts")
    assert not (tmp_path / ".counts.old~").exists()


TYPED = [
    ["GeneID:7157", "MESH:D009101"],
    ["https://identifiers.org/ncbigene/7157", "https://identifiers.org/mesh/D009101"],
    ["07157", "D009101"],
    ["ncbigene:7157", "mesh:D009101"],
]


def mention(start, end, text, kind, concept):
    return Mention(start=start, end=end, text=text, type=kind, concepts=(concept,))


def typed_documents():
    for number, (gene, disease) in enumerate(TYPED):
        mentions = [
            mention(0, 4, "TP53", "Gene", gene),
            mention(8, 15, "myeloma", "Disease", disease),
        ]
        document = Document.from_text("TP53 in myeloma.", id=str(number))
        yield document.with_mentions(mentions).with_status("recognize", "done")


def test_an_identifier_counts_as_its_curie_however_it_is_typed():
    documents = list(typed_documents())
    graph = build_graph(documents)
    assert graph.concepts["concept_id"].to_list() == ["mesh:D009101", "ncbigene:7157"]
    assert graph.concepts["documents"].to_list() == [4, 4]
    for identifier in ("MESH:D009101", "https://identifiers.org/mesh/D009101", "7157"):
        assert not len(build_graph(documents, exclude=[identifier]))
    assert documents[0].mentions[0].concepts == ("GeneID:7157",)


def test_a_concept_to_leave_out_that_is_nowhere_is_said():
    with pytest.warns(UserWarning, match="exclude leaves out: mesh:D000001"):
        build_graph(typed_documents(), exclude=["D000001", "D009101"])
