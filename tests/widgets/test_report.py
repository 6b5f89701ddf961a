from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import networkx as nx
import polars as pl
import pytest

from kgbuild import tables
from kgbuild.document import Document, Mention, Passage
from kgbuild.explanation import explain
from kgbuild.graph import KnowledgeGraph, build_graph
from kgbuild.graph.quotes import Quotes
from kgbuild.normalize import layers
from kgbuild.widgets import _associations_table
from kgbuild.widgets._associations_table import MOST_ROWS, table_html
from kgbuild.widgets._layout import positions
from kgbuild.widgets.report import report_html

ATTACK = "<img src=x onerror=alert(1)>\"'--><script>alert(2)</script></style></title>"


class Page(HTMLParser):
    """Tags with their attributes, and the text, as a browser would read them."""

    VOID = frozenset({"meta", "br", "input"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not [t for t in self.stack if t not in self.VOID]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def document(number: int, text: str, words: dict[str, tuple[str, str]], **more):
    mentions = []
    for word, (kind, concept) in words.items():
        start = text.index(word)
        mentions.append(
            Mention(
                start=start,
                end=start + len(word),
                text=word,
                type=kind,
                concepts=(concept,),
                method="exact",
            )
        )
    return Document(
        id=str(number),
        passages=(Passage(text=text, section="abstract"),),
        metadata={"year": 1990 + number, "journal": f"Journal {number}"},
        mentions=tuple(mentions),
    )


CAPTOPRIL = ("Chemical", "mesh:D002216")
COUGH = ("Disease", "mesh:D003371")
ACE = ("Gene", "ncbigene:1636")


@pytest.fixture(scope="module")
def corpus():
    return [
        document(
            1,
            "We gave captopril. Nobody knew that captopril-like drugs cause cough.",
            {"captopril-like": CAPTOPRIL, "cough": COUGH},
        ),
        document(
            2, "Again captopril led to cough.", {"captopril": CAPTOPRIL, "cough": COUGH}
        ),
        document(
            3,
            "Captopril blocks ACE. Rats differ.",
            {"Captopril": CAPTOPRIL, "ACE": ACE},
        ),
    ]


RUN = {
    "versions": {"kgbuild": "9.9"},
    "settings": {"input": "a.xml"},
    "input": {"path": "corpus/a.xml"},
    "counts": {"documents": 3, "not_read": 0, "mentions": 1234, "linked_mentions": 6},
    "stages": {
        "recognize": {"done": 2, "failed": 1},
        "variants": {"done": 3},
        "normalize": {},
    },
    "complete": False,
}


def test_the_page_says_what_the_run_found(corpus):
    html = report_html(build_graph(corpus), RUN, documents=corpus)
    text = re.sub(r"\s+", " ", Page(html).text)
    assert "Knowledge graph of a.xml" in text
    assert "Made by kgbuild 9.9" in text
    assert "1,234mentions" in text
    assert "Stage recognize: 1 document failed." in text
    assert "Stage normalize did not run." in text
    assert "Drawn: the 2 best associations" in text
    # Evidence: the sentence only, both ends marked, with its source.
    assert "Nobody knew that captopril-like drugs cause cough." in text
    assert "We gave captopril." not in text
    assert "PMID 1, Journal 1, 1991" in text
    marked = re.findall(r"<mark [^>]*>([^<]*)</mark>", html)
    assert {"captopril-like", "cough", "ACE", "Captopril"} <= set(marked)
    for url in (
        "https://meshb.nlm.nih.gov/record/ui?ui=D002216",
        "https://www.ncbi.nlm.nih.gov/gene/1636",
        "https://pubmed.ncbi.nlm.nih.gov/2/",
    ):
        assert url in html
    # Rows and figures of the stronger association
    assert re.search(r"<td class=\"n\">2</td><td class=\"n\">2</td>", html)
    assert "1991–1992" in text


def test_what_is_quoted_is_explained(corpus):
    run = RUN | {"settings": {"annotation": {"vocabulary": ["starter"]}}}
    html = report_html(build_graph(corpus), run, documents=corpus)
    text = re.sub(r"\s+", " ", Page(html).text)
    for summary in ("why this association", "why these identifiers"):
        assert text.count(summary) == len(build_graph(corpus))
    assert "'Captopril' (Chemical): mesh:D002216" in text
    assert "'ACE' is its preferred name" in text
    # A table of the same documents has no mentions, unless they are given too.
    documents, mentions = tables.tables(corpus)
    assert "these identifiers" not in report_html(
        build_graph(corpus), run, documents=documents
    )
    given = {"documents": documents, "mentions": mentions.lazy()}
    assert report_html(build_graph(corpus), run, **given) == html
    gone = {"settings": {"annotation": {"vocabulary": ["/none/x.kgvocab"]}}}
    assert "/none/x.kgvocab" in report_html(build_graph(corpus), gone, documents=corpus)


def test_the_picture_has_a_node_per_concept_and_leads_to_the_table(corpus):
    page = Page(report_html(build_graph(corpus), RUN, documents=corpus))
    assert page.count("circle") == 3
    assert page.count("line") == 2
    targets = {a["href"] for tag, a in page.tags if (a.get("href") or "")[:2] == "#a"}
    ids = {a.get("id") for tag, a in page.tags if tag == "tr"}
    assert targets == {"#a1", "#a2"}
    assert {t[1:] for t in targets} <= ids


def test_the_matrix_counts_pairs_of_types(corpus):
    html = report_html(build_graph(corpus), RUN)
    matrix = html.split("Associations by type</h2>")[1].split("</table>")[0]
    assert sorted(re.findall(r">(\d+)</td>", matrix)) == ["1", "1"]


def scripts(html: str) -> list[str]:
    """Return what a browser would take for scripts: the data, and what runs."""
    return re.findall(r"<script[^>]*>(.*?)</script>", html, flags=re.DOTALL)


def test_the_page_loads_nothing_and_runs_its_own_script_alone(corpus):
    html = report_html(build_graph(corpus), RUN, documents=corpus)
    page = Page(html)
    assert page.count("script") == 2
    _, run = scripts(html)
    digest = base64.b64encode(hashlib.sha256(run.encode()).digest()).decode()
    (policy,) = [
        a["content"]
        for _, a in page.tags
        if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.endswith(f"; script-src 'sha256-{digest}'")
    assert page.count("link") == 0
    assert not [a for _, a in page.tags if "src" in a]
    assert not re.search(r"url\(|@import", html)
    assert "default-src 'none'" in html


def test_same_input_same_page(corpus):
    first = report_html(build_graph(corpus), RUN, documents=corpus)
    again = report_html(build_graph(corpus[::-1]), RUN, documents=corpus[::-1])
    assert first == again


def test_hostile_names_ids_texts_and_settings_stay_text():
    words = {"captopril": ("Chemical", ATTACK), "cough": (ATTACK, "mesh:" + ATTACK)}
    one = document(1, f"{ATTACK} captopril {ATTACK} cough {ATTACK}", words)
    run = {
        "versions": {"kgbuild": ATTACK},
        "input": {"path": ATTACK},
        "settings": {ATTACK: ATTACK},
        "stages": {ATTACK: {"failed": 1}},
        "counts": {"documents": 1},
    }
    html = report_html(build_graph([one], names={ATTACK: ATTACK}), run, documents=[one])
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "iframe"})
    data, run = scripts(html)
    assert "alert" not in run
    assert ATTACK in json.dumps(json.loads(data), ensure_ascii=False).replace(
        '\\"', '"'
    )
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        href = attributes.get("href") or "#"
        assert href.startswith(("https://", "#"))
    assert page.text.count("<script>alert(2)</script>") >= 6


def test_an_empty_graph_and_an_empty_record_make_a_page():
    html = report_html(build_graph([Document.from_text("", id="1")]), {})
    assert "No two concepts were named together" in html
    assert Page(html).count("svg") == 0


def test_without_texts_evidence_names_its_documents(corpus):
    html = report_html(build_graph(corpus), RUN)
    assert "PMID 2" in html
    assert "<mark" not in html


def test_top_limits_the_table(corpus):
    html = report_html(build_graph(corpus), RUN, documents=corpus, top=1)
    page = Page(html)
    assert [a["id"] for t, a in page.tags if t == "tr" and "id" in a] == ["a1"]
    assert [a["href"] for t, a in page.tags if (a.get("href") or "")[:2] == "#a"] == [
        "#a1"
    ]


def test_every_section_is_linked_from_the_top(corpus):
    html = report_html(
        build_graph(corpus), RUN, documents=corpus, unlinked=lacking("COX")
    )
    page = Page(html)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    headings = [a.get("id") for tag, a in page.tags if tag == "h2"]
    assert len(headings) == 8
    links = [a["href"] for _, a in page.tags if (a.get("href") or "")[:2] == "#s"]
    assert links == [f"#{name}" for name in headings] + ["#section-search"]
    assert html.index("</nav>") < html.index("<h2")
    assert "that table can be filtered, sorted and saved" in page.text


def test_contents_have_only_what_is_there():
    html = report_html(build_graph([Document.from_text("", id="1")]), {})
    links = [a["href"] for _, a in Page(html).tags if (a.get("href") or "")[:1] == "#"]
    assert links == ["#section-best"]
    assert "filtered, sorted" not in html


def test_all_associations_can_be_searched_in_the_page(corpus):
    html = report_html(build_graph(corpus), RUN, documents=corpus, top=1)
    data = json.loads(scripts(html)[0])
    assert data["columns"][:3] == ["source", "target", "score"]
    names = {
        tuple(sorted(data["concepts"][r[i]][0] for i in (0, 1))) for r in data["rows"]
    }
    graph = build_graph(corpus)
    assert names == {
        tuple(sorted(map(str, pair)))
        for pair in graph.associations.select("source", "target").iter_rows()
    }


def test_the_filter_knows_what_vocabularies_call_a_concept(monkeypatch):
    attack = {"Infarction": ("Disease", "mesh:D009203"), "captopril": CAPTOPRIL}
    graph = build_graph([document(1, "Infarction and captopril.", attack)])

    def words() -> dict[str, str]:
        data = json.loads(scripts(report_html(graph, RUN))[0])
        return {c[0]: " ".join([c[2], c[4]]).lower() for c in data["concepts"]}

    found = words()["mesh:D009203"]
    assert "heart" in found
    assert "attack" in found
    assert found.split().count("heart") == 1
    assert "heart" not in words()["mesh:D002216"]
    names = [f"<b>{n:x}{ATTACK}" for n in range(100_000)]
    monkeypatch.setattr(_associations_table, "names_of", lambda *_: names)
    assert max(map(len, words().values())) < 1_000
    assert Page(report_html(graph, RUN)).count("img") == 0


def lacking(*texts: str, **more: list[object]) -> pl.DataFrame:
    n = len(texts)
    return pl.DataFrame(
        {
            "type": ["Gene"] * n,
            "text": texts,
            "mentions": [1_200] * n,
            "documents": [7] * n,
        }
        | more
    )


def test_what_has_no_identifier_is_listed_with_what_helps(corpus):
    page = Page(report_html(build_graph(corpus), RUN, unlinked=lacking(ATTACK)))
    assert "Found, but without an identifier" in page.text
    assert ATTACK in page.text
    assert "1,200" in page.text
    assert "kgbuild vocab install" in page.text
    assert "--corrections" in page.text


def test_each_name_without_identifier_has_the_reason_that_explain_gives(corpus):
    text = "Mefenamic acid inhibits COX, and zorbin stays."
    names = ("COX", "zorbin")
    starts = [text.index(name) for name in names]
    mentions = tuple(
        Mention(start=s, end=s + len(n), text=n, type="Gene", method="unlinked")
        for s, n in zip(starts, names, strict=True)
    )
    one = Document.from_text(text, id="9").with_mentions(mentions)
    rows = lacking(
        *names, document_id=["9", "9"], start=starts, method=["unlinked"] * 2
    )
    for documents in ([*corpus, one], corpus):
        page = Page(
            report_html(build_graph(corpus), RUN, documents=documents, unlinked=rows)
        )
        for mention in mentions:
            assert explain(mention, document=one).reason in page.text
    assert "it names a class or another molecule" in page.text


def test_nothing_is_to_be_installed_where_the_large_vocabularies_are(
    corpus, monkeypatch
):
    monkeypatch.setattr(layers, "installed_vocabulary", lambda: Path("vocabulary"))
    in_force = RUN | {"vocabularies": {"Gene": ["installed 12ab", "starter 34cd"]}}
    left_out = RUN | {"vocabularies": {"Gene": ["starter 34cd"]}}
    said = [
        Page(report_html(build_graph(corpus), run, unlinked=lacking("COX"))).text
        for run in (in_force, left_out)
    ]
    assert "vocab install" not in said[0] + said[1]
    assert "left out" not in said[0]
    assert "what is installed was left out" in said[1]


def test_a_name_that_no_stage_looked_up_is_not_said_to_be_unknown(corpus):
    rows = lacking("ACE", method=[None])
    page = Page(report_html(build_graph(corpus), RUN, unlinked=rows))
    assert "no stage looked for one" in page.text


class TestQuotes:
    def quote(self, source, spans, document="1"):
        spans = [{"start": a, "end": b} for a, b in spans]
        ends = [{"type": "Gene", "name": "x"}] * len(spans)
        piece = {"document_id": document, "spans": spans}
        found = Quotes(source).evidence(piece, ends=ends)
        assert (found.quote is None) == (found.text is None)
        return found.quote if found.quote is None else Page(found.quote).text

    def test_two_sentences_are_quoted_with_a_gap(self):
        text = "ACE rises. Nothing else. AGT falls."
        one = Document.from_text(text, id="1")
        assert self.quote([one], [(25, 28), (0, 3)]) == "ACE rises. […] AGT falls."

    def test_a_long_sentence_is_cut_around_the_entities(self):
        text = "word " * 400 + "ACE meets AGT " + "word " * 400
        start = text.index("ACE")
        quoted = self.quote(
            [Document.from_text(text, id="1")],
            [(start, start + 3), (start + 10, start + 13)],
        )
        assert len(quoted) < 700
        assert quoted.startswith("…")
        assert quoted.endswith("…")
        assert "ACE meets AGT" in quoted

    def test_a_sentence_ends_with_its_passage(self):
        one = Document.from_text("It is AGT.", id="1", title="ACE in rats")
        assert self.quote([one], [(0, 3)]) == "ACE in rats"

    def test_a_table_serves_as_well_as_documents(self):
        one = Document.from_text("ACE rises. AGT.", id="1")
        table = tables.documents_table([one])
        assert self.quote(table, [(0, 3)]) == "ACE rises."

    def test_nested_entities_and_unknown_documents(self):
        one = Document.from_text("ACE inhibitor", id="1")
        assert self.quote([one], [(0, 13), (0, 3)]) == "ACE inhibitor"
        assert self.quote([one], [(0, 99)]) is None
        assert self.quote([one], [(0, 3)], document="2") is None
        assert self.quote(None, [(0, 3)]) is None


def test_the_table_of_a_huge_graph_stays_small_and_says_what_it_leaves_out():
    """Every row has two concepts of its own, with long names and many texts."""
    n = MOST_ROWS + 1
    ends = [[f"my:{end}{i}" for i in range(n)] for end in "ab"]
    named = pl.DataFrame({"concept_id": ends[0] + ends[1]}).with_columns(
        type=pl.lit("Plasmid"), name=pl.lit("word " * 400), mentions=1, documents=1,
        synonyms=pl.lit(["text " * 60]),
    )  # fmt: skip
    rows = pl.DataFrame({"source": ends[0], "target": ends[1]}).with_columns(
        predicate=pl.lit("co_mention"), directed=False, documents=1, sentences=1,
        score=pl.Series([i / n for i in range(n)]), npmi=0.123456, log_odds=0.123456,
        q_value=0.123456, p_value=0.1, probability=0.123456, evidence=pl.lit([]),
        negated=0, first_year=1999, last_year=2000,
    )  # fmt: skip
    table = table_html(KnowledgeGraph(concepts=named, associations=rows))
    assert "The 5,000 of 5,001 that score best" in table
    assert 2_500_000 < len(table) < 4_500_000


class TestPositions:
    WIDE = 600.0

    def positions(self, network, **options):
        sizes = dict.fromkeys(network, (90.0, 30.0))
        return positions(network, sizes, width=self.WIDE, **options)

    def test_deterministic_whatever_the_order_of_edges(self):
        edges = [("a", "b"), ("b", "c"), ("c", "a"), ("x", "y"), ("c", "d")]
        one = self.positions(nx.Graph(edges), seed=3)
        other = self.positions(nx.Graph([(b, a) for a, b in reversed(edges)]), seed=3)
        assert one == other
        assert one != self.positions(nx.Graph(edges), seed=4)

    def test_boxes_do_not_overlap_and_components_do_not(self):
        network = nx.disjoint_union_all(
            [nx.star_graph(30), *(nx.path_graph(n) for n in (6, 4, 3, 2, 1))]
        )
        places = self.positions(network)
        assert set(places) == set(network)
        boxes = {n: (x - 45, y - 15, x + 45, y + 15) for n, (x, y) in places.items()}
        assert min(box[0] for box in boxes.values()) >= 0
        assert max(box[2] for box in boxes.values()) <= self.WIDE
        whole = []
        for part in nx.connected_components(network):
            lows, highs = zip(
                *((boxes[n][:2], boxes[n][2:]) for n in part), strict=True
            )
            whole.append((*map(min, zip(*lows)), *map(max, zip(*highs))))  # noqa: B905
        for kind in ([*boxes.values()], whole):
            for i, (a, b, c, d) in enumerate(kind):
                for e, f, g, h in kind[i + 1 :]:
                    assert c < e or g < a or d < f or h < b

    def test_nothing_to_place(self):
        assert self.positions(nx.Graph()) == {}
