from __future__ import annotations

import json
import re
import sys
import time
import warnings
from pathlib import Path

import pytest

from kgbuild.errors import ConfigError, InputError, MissingExtraError
from kgbuild.neo4j.store import Loaded
from kgbuild.tables import tables, write_table
from kgbuild.widgets._browser_html import year_bars
from kgbuild.widgets._labels import FONT, width_of
from kgbuild.widgets.browser import browse
from kgbuild.widgets.explorer import Explorer
from kgbuild.widgets.network import draw
from kgbuild.widgets.report import report_html

CAPTOPRIL, ACE, COUGH = "mesh:D002216", "ncbigene:1636", "mesh:D003371"


@pytest.fixture
def browser(graph, documents):
    return browse(graph, documents=documents)


def models(browser):
    """All that the browser's widgets hold, as it is sent to the page."""
    held, left = [], [browser.widget]
    while left:
        widget = left.pop()
        held.append(widget.get_state())
        left += getattr(widget, "children", ())
    return held


def lines(select):
    return [line for line, _ in select.options]


def choose(browser, name):
    browser.search.value = name
    browser.results.value = 0


def test_typing_lists_and_choosing_opens(browser):
    assert browser.counter.value == "1 to 8 of 8"
    # In a narrow cell the search is above.
    assert "<p>Search, then choose" in browser.head.value
    browser.search.value = "capt"
    assert lines(browser.results) == ["captopril · Chemical · 4 docs"]
    browser.results.value = 0
    assert browser.explorer.current == CAPTOPRIL
    assert ">captopril</span>" in browser.head.value
    assert "https://meshb.nlm.nih.gov/record/ui?ui=D002216" in browser.head.value
    assert "1991: 1 document<" in browser.head.value
    assert browser.near_counter.value == "1 to 6 of 6"


def test_lines_show_what_orders_them(browser, graph):
    choose(browser, "captopril")
    best = graph.neighbors(CAPTOPRIL).row(0, named=True)
    first = lines(browser.near)[0]
    assert first.startswith(best["name"])
    assert f"· score {best['score']:.2f} ·" in first
    assert "NPMI" not in first
    for by, label in (("npmi", "NPMI"), ("log_odds", "log odds")):
        browser.near_order.value = by
        best = graph.neighbors(CAPTOPRIL, by=by).row(0, named=True)
        assert f"· {label} {best[by]:.2f} ·" in lines(browser.near)[0]


def test_the_plain_table_is_in_the_order_of_the_score(browser, graph):
    table = browser.static_html()
    assert "<th>score</th>" in table
    names = re.findall(r">([^<>]+)</a>", table)
    rows = graph.top(2)
    expected = [n for r in rows.iter_rows(named=True)
                for n in (r["source_name"], r["target_name"])]  # fmt: skip
    assert names[: len(expected)] == expected


def test_neighbours_show_their_evidence_and_open(browser):
    choose(browser, "captopril")
    place = next(i for i, line in enumerate(lines(browser.near)) if "cough" in line)
    browser.near.value = place
    assert "captopril – cough" in browser.evidence.value
    assert ">cough</mark> was seen with <mark" in browser.evidence.value
    assert "https://pubmed.ncbi.nlm.nih.gov/101/" in browser.evidence.value
    browser.visit.click()
    assert browser.explorer.current == COUGH
    assert {line.split(" · ")[0] for line in lines(browser.near)} == {
        "captopril",
        "enalapril",
    }


def test_the_overview_names_the_strongest_of_every_type(browser):
    choose(browser, "captopril")
    text = re.sub("<[^>]+>", " ", browser.overview.value)
    assert re.search(r"Disease +(cough|heart failure), (cough|heart failure)", text)
    assert "rats" in text
    browser.min_documents.value = 2
    text = re.sub("<[^>]+>", " ", browser.overview.value)
    assert text.split() == ["Disease", "heart", "failure", "Gene", "ACE"]


def test_a_synonym_that_was_met_is_named(documents, graph):
    import polars as pl

    from kgbuild.graph import KnowledgeGraph

    named = graph.concepts.with_columns(
        pl.when(pl.col("concept_id") == ACE)
        .then(pl.lit("Angiotensin-Converting Enzyme"))
        .otherwise("name")
        .alias("name")
    )
    browser = browse(KnowledgeGraph(concepts=named, associations=graph.associations))
    browser.search.value = "ace"
    assert lines(browser.results) == ["Angiotensin-Converting … (ACE) · Gene · 5 docs"]
    browser.search.value = "angio"
    assert lines(browser.results) == ["Angiotensin-Converting … · Gene · 5 docs"]


def test_synonyms_that_differ_in_case_alone_are_one():
    from kgbuild.widgets._browser_html import head
    from kgbuild.widgets.explorer import ConceptPage

    page = ConceptPage(
        concept_id="a:1", name="Captopril", type="Chemical", types=("Chemical",),
        synonyms=("captopril", "Capoten", "SQ 14225", "CAPOTEN"), mentions=1,
        documents=1, years={}, neighbors={},
    )  # fmt: skip
    assert "also Capoten, SQ 14225<" in head(page)


def test_back_and_forward(browser):
    assert browser.back.disabled
    choose(browser, "captopril")
    choose(browser, "cough")
    browser.back.click()
    assert browser.explorer.current == CAPTOPRIL
    assert ">captopril</span>" in browser.head.value
    assert not browser.forward.disabled
    browser.forward.click()
    assert browser.explorer.current == COUGH
    assert browser.forward.disabled


def test_filters_narrow_both_lists(browser):
    choose(browser, "captopril")
    browser.search.value = ""
    browser.min_documents.value = 2
    assert browser.counter.value == "1 to 3 of 3"
    assert browser.near_counter.value == "1 to 2 of 2"
    browser.min_documents.value = 1
    browser.years.value = (2001, 2001)
    assert {line.split(" · ")[0] for line in lines(browser.near)} == {"REN"}
    browser.years.value = browser._span
    assert browser.near_counter.value == "1 to 6 of 6"
    browser.type.value = "Gene"
    assert {line.split(" · ")[0] for line in lines(browser.results)} == {"ACE", "REN"}


def test_neighbours_by_type_keep_the_type_where_there_is_one(browser):
    choose(browser, "captopril")
    browser.near_type.value = "Gene"
    assert browser.near_counter.value == "1 to 2 of 2"
    choose(browser, "enalapril")
    assert browser.near_type.value == "Gene"
    choose(browser, "cough")
    assert browser.near_type.label == "all types"


def test_pages(graph, documents, monkeypatch):
    monkeypatch.setattr("kgbuild.widgets.browser._PAGE", 3)
    browser = browse(graph, documents=documents)
    first = lines(browser.results)
    assert browser.earlier.disabled
    browser.later.click()
    assert browser.counter.value == "4 to 6 of 8"
    assert not set(first) & set(lines(browser.results))
    browser.later.click()
    assert browser.later.disabled
    assert browser.counter.value == "7 to 8 of 8"
    browser.earlier.click()
    browser.earlier.click()
    assert lines(browser.results) == first
    choose(browser, "captopril")
    browser.near_later.click()
    assert browser.near_counter.value == "4 to 6 of 6"
    assert browser.near_later.disabled


def test_nothing_found_is_said(browser):
    browser.search.value = "qqqq"
    assert browser.counter.value == "none"
    assert lines(browser.results) == []


def test_the_basket_is_kept_opened_emptied_and_saved(browser, tmp_path):
    assert browser.save.disabled
    for name in ("captopril", "ACE"):
        choose(browser, name)
        browser.keep.click()
    assert lines(browser.basket) == ["captopril · Chemical", "ACE · Gene"]
    browser.path.value = str(tmp_path / "basket.svg")
    browser.save.click()
    assert "Saved" in browser.message.value
    assert (tmp_path / "basket.svg").read_text().count("<circle") == 2
    browser.path.value = str(tmp_path / "basket.graphml")
    browser.save.click()
    assert "ncbigene:1636" in (tmp_path / "basket.graphml").read_text()
    browser.basket.value = (CAPTOPRIL,)
    browser.basket_open.click()
    assert browser.explorer.current == CAPTOPRIL
    browser.basket_drop.click()
    assert lines(browser.basket) == ["ACE · Gene"]


def test_a_basket_that_cannot_be_saved_says_why(browser, tmp_path):
    choose(browser, "captopril")
    browser.keep.click()
    browser.path.value = str(tmp_path / "basket.exe")
    browser.save.click()
    assert "color:#D55E00" in browser.message.value
    assert not list(tmp_path.iterdir())
    with pytest.raises(ConfigError):
        browse(browser.explorer.graph).save_basket(tmp_path / "a.graphml")


def test_the_basket_takes_in_neighbours_where_asked(browser, tmp_path):
    choose(browser, "cough")
    browser.keep.click()
    browser.path.value = str(tmp_path / "basket.svg")
    browser.save.click()
    assert (tmp_path / "basket.svg").read_text().count("<circle") == 1
    browser.reach.value = 1
    browser.save.click()
    assert (tmp_path / "basket.svg").read_text().count("<circle") == 3


@pytest.fixture
def no_neo4j(monkeypatch):
    for name in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_server_the_button_says_what_to_do(no_neo4j, graph):
    browser = browse(graph)
    assert browser.load.disabled, "the basket is empty"
    choose(browser, "captopril")
    browser.keep.click()
    assert not browser.load.disabled
    expected = {
        ("", ""): "needs the address of a server",
        ("bolt://127.0.0.1:9", ""): "needs a password",
        ("somewhere", "secret"): "is like neo4j://localhost:7687. Got &#x27;somewhere",
        # Nobody listens at port 9 of this machine.
        ("bolt://127.0.0.1:9", "secret"): "bolt://127.0.0.1:9 cannot be reached",
        ("bolt://<img src=x>", "secret"): "&lt;img src=x&gt;",
    }
    for (uri, password), reason in expected.items():
        browser._password = None
        browser.uri.value, browser.password.value = uri, password
        browser.load.click()
        assert "color:#D55E00" in browser.message.value
        assert reason in browser.message.value, uri
        assert "<img" not in browser.message.value
        assert not browser.load.disabled, "it can be tried again"


def test_the_button_loads_the_graph_of_the_basket(no_neo4j, graph, monkeypatch):
    """What reaches the store; the store itself is tested with a real server."""
    told = []

    class Store:
        def __init__(self, uri, *, user, password, database, retry_s):
            told.append((uri, user, password))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            told.append("closed")

        def load(self, loaded):
            told.append(loaded.concepts["concept_id"].to_list())
            return Loaded(
                concepts=loaded.concepts.height,
                associations=loaded.associations.height,
                documents=0,
                run_id="r",
            )

    monkeypatch.setattr("kgbuild.neo4j.store.Neo4jStore", Store)
    monkeypatch.setenv("NEO4J_URI", "bolt://example:7687")
    browser = browse(graph)
    assert browser.uri.value == "bolt://example:7687"
    for name in ("captopril", "ACE"):
        choose(browser, name)
        browser.keep.click()
    browser.password.value = "secret"
    browser.load.click()
    assert told == [
        ("bolt://example:7687", "neo4j", "secret"),
        [CAPTOPRIL, ACE],
        "closed",
    ]
    assert "2 concepts and 1 association are in bolt://" in browser.message.value
    # What widgets hold may be saved with the notebook.
    assert "secret" not in json.dumps(models(browser), default=str)
    told.clear()
    browser.reach.value = 1
    browser.load.click()
    assert told[0][2] == "secret", "typed once"
    assert len(told[1]) == 8


@pytest.mark.neo4j
def test_the_button_loads_into_a_real_server(no_neo4j, neo4j_empty, graph):
    browser = browse(graph)
    for name in ("captopril", "onerror"):
        choose(browser, name)
        browser.keep.click()
    browser.reach.value = 1
    browser.uri.value, browser.user.value = neo4j_empty.uri, neo4j_empty.user
    browser.password.value = neo4j_empty.password
    browser.load.click()
    assert "color" not in browser.message.value, browser.message.value
    expected = browser.explorer.basket_graph(hops=1)
    with neo4j_empty.store() as store:
        assert store.check(expected).complete
    browser._password = "wrong"
    browser.load.click()
    assert "refuses the user name or password" in browser.message.value


def test_more_evidence_turns_pages(graph, documents, monkeypatch):
    monkeypatch.setattr("kgbuild.widgets.browser._EVIDENCE", 1)
    browser = browse(graph, documents=documents)
    choose(browser, "captopril")
    place = next(i for i, line in enumerate(lines(browser.near)) if "ACE" in line)
    browser.near.value = place
    # The newest first
    assert "In fact" in browser.evidence.value
    assert "Evidence 1 to 1 of 2" in browser.evidence.value
    browser.more.click()
    assert "blocks" in browser.evidence.value
    assert browser.more.description == "first evidence"
    browser.more.click()
    assert "Evidence 1 to 1 of 2" in browser.evidence.value


def test_code_and_pictures_steer_the_browser(browser):
    view = draw(browser.explorer)
    view.click(ACE)
    assert ">ACE</span>" in browser.head.value
    browser.explorer.open(CAPTOPRIL)
    assert ">captopril</span>" in browser.head.value
    browser.close()
    browser.explorer.open(COUGH)
    assert ">captopril</span>" in browser.head.value


def test_hostile_names_and_texts_stay_text(browser):
    choose(browser, "onerror")
    assert "onerror" in lines(browser.results)[0]
    rendered = "".join(
        [
            *(browser.head.value, browser.evidence.value, browser.counter.value),
            *(browser.static_html(), browser.overview.value),
        ]
    )
    assert "&lt;img src=x" in rendered
    assert not re.search(r"<(img|script)", rendered)
    for widget in (browser.results, browser.near, browser.type, browser.near_type):
        # Labels are shown as text by ipywidgets itself, one line each.
        assert all("\n" not in line for line in lines(widget))


def test_the_notebook_gets_a_table_where_widgets_do_not_run(browser):
    bundle = browser._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<table>" in bundle["text/html"]
    assert "captopril" in bundle["text/html"]
    json.dumps(bundle)


@pytest.fixture
def panel(graph, documents, tmp_path):
    browser = browse(
        graph,
        documents=documents,
        corrections=tmp_path / "corrections.csv",
        vocabulary="starter",
    )
    choose(browser, "captopril")
    browser.correct.toggle.value = True
    return browser.correct


def rows(panel):
    return Path(panel.file.value).read_text("utf-8").splitlines()[1:]


def test_what_is_on_view_can_be_corrected_and_back(panel):
    assert lines(panel.mention)[:2] == ["enalapril · Chemical", "captopril · Chemical"]
    assert "Here it means" in panel.why.value
    assert "its preferred name" in panel.why.value
    assert panel.write.disabled, "nothing is chosen"
    assert lines(panel.meaning)[1].endswith("mesh:D004656 · score 0.99, as now")
    panel.meaning.value = "none"
    panel.where.value = "103"
    panel.write.click()
    assert rows(panel) == ["enalapril,Chemical,,103,none"]
    assert panel.file.value in panel.message.value
    assert "means no concept in document 103" in panel.message.value
    panel.where.value = panel.where.options[-1][1]
    panel.context.value = "heart"
    panel.meaning.value = "other"
    panel.identifier.value = "MESH:D002216"
    panel.write.click()
    assert rows(panel)[1:] == ["enalapril,Chemical,heart,,mesh:D002216"]
    panel.undo.click()
    panel.undo.click()
    assert rows(panel) == []
    assert panel.undo.disabled


def test_a_text_of_ones_own_has_its_candidates(panel):
    panel.mention.value = "other"
    panel.type.value = "Gene"
    panel.text.value = "EPO"
    assert lines(panel.meaning)[1].startswith("EPO · ncbigene:2056 · score")
    panel.meaning.value = "ncbigene:2056"
    panel.write.click()
    assert rows(panel) == ["EPO,Gene,,,ncbigene:2056"]
    panel.text.value = "epo"
    assert "says that &#x27;EPO&#x27; (Gene) means ncbigene:2056" in panel.why.value


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"meaning": "other", "identifier": "pressure"}, "is no identifier"),
        ({"meaning": "none", "where": " with"}, "Say which words"),
        ({"meaning": "none", "file": " "}, "Say which file"),
        ({"meaning": "none", "file": "/proc/none/a.csv"}, "/proc/none"),
        ({"mention": "other", "text": "", "meaning": "none"}, "needs a text"),
    ],
)
def test_a_correction_that_cannot_be_written_says_why(panel, changes, said):
    for name, value in changes.items():
        getattr(panel, name).value = value
    panel.write.click()
    assert "color:#D55E00" in panel.message.value
    assert said in panel.message.value
    assert panel.undo.disabled


def test_a_browser_of_a_run_corrects_in_the_file_of_the_run(graph, tmp_path):
    graph.save(tmp_path)
    said = {"vocabulary": ["starter"], "corrections": str(tmp_path / "mine.csv")}
    (tmp_path / "run.json").write_text(json.dumps({"settings": {"annotation": said}}))
    assert browse(tmp_path).correct.file.value == said["corrections"]
    assert browse(tmp_path, corrections="x.csv").correct.file.value == "x.csv"
    assert browse(graph).correct.file.value == "corrections.csv"


def test_everything_that_can_be_browsed(graph, documents, tmp_path):
    frames = tables(documents)
    graph.save(tmp_path)
    for name, frame in zip(("documents", "mentions"), frames, strict=True):
        write_table(frame, tmp_path / name / "part-0.parquet", name=name)
    sources = {
        "folder": browse(tmp_path),
        "documents": browse(iter(documents)),
        "graph": browse(graph, documents=frames[0], mentions=frames[1]),
        "explorer": browse(Explorer(graph, documents=documents)),
    }
    for name, one in sources.items():
        one.explorer.open(CAPTOPRIL)
        assert "1991: 1 document<" in one.head.value, name
        assert "<mark" in one.evidence.value, name
    with pytest.raises(InputError):
        browse(tmp_path / "nothing")


def test_without_ipywidgets_there_is_a_clear_error(graph, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(MissingExtraError, match=r"'ipywidgets'.*kgbuild\[notebook\]"):
        browse(graph)


def test_a_graph_without_anything_opens(graph):
    empty = browse(graph.filter(types=["Anatomy"]))
    assert empty.counter.value == "none"
    assert "<table>" in empty.static_html()


def test_control_texts_are_bounded(browser):
    browser.search.value = "x" * 100_000
    assert browser.counter.value == "none"


def test_what_the_widgets_hold_does_not_grow(graph, documents):
    from ipywidgets.widgets.widget import _instances

    browser = browse(graph, documents=documents)

    def walk(times):
        for step in range(times):
            choose(browser, ("captopril", "cough", "ACE", "onerror")[step % 4])
            browser.near_order.value = ("npmi", "documents")[step % 2]
            browser.near.value = 0
            browser.more.click()
            browser.back.click()
            browser.keep.click()
            browser.years.value = (1991 + step % 4, 2001)
            browser.search.value = ""
            browser.years.value = (1991, 2001)
        return len(json.dumps(models(browser), default=str))

    made = len(_instances)
    first = walk(8)
    assert walk(40) == first
    assert len(_instances) == made


def test_a_name_of_a_megabyte_makes_no_page_of_a_megabyte():
    from kgbuild.document import Document, Mention

    text = "x" * 1_000_000 + " ACE"
    mentions = [
        Mention(start=a, end=b, text=text[a:b], type="Gene", concepts=(c,))
        for a, b, c in ((0, 1_000_000, "my:1"), (1_000_001, 1_000_004, ACE))
    ]
    document = Document.from_text(text, id="1").with_mentions(mentions)
    browser = browse([document])
    browser.explorer.open("my:1")
    assert len(json.dumps(models(browser), default=str)) < 100_000


def test_an_interaction_is_quick(browser):
    begun = time.process_time()
    for name in ("captopril", "cough", "ACE", "enalapril"):
        choose(browser, name)
    assert time.process_time() - begun < 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report_html(browser.explorer.graph, {})


@pytest.mark.parametrize("last", [2000, 2001, 2004, 2150])
def test_the_first_and_the_last_year_do_not_overprint_each_other(last):
    bars = year_bars({1999: 3, last: 1}, label="document")
    assert bars.count("<rect") == 2
    [width] = re.findall(r'<svg width="(\d+)"', bars)
    starts, ends = re.findall(r'<text x="(\d+)"', bars)
    letters = width_of("1999") * 11 / FONT
    assert int(starts) + letters + 4 < int(ends) - letters
    assert int(ends) == int(width) <= 380


def test_statements_tell_what_orders_them_and_how_sure_they_are(graph):
    from dataclasses import replace

    from kgbuild.graph.query import GraphQuery
    from kgbuild.widgets._browser_html import strength

    query = GraphQuery(graph.concepts, graph.associations)
    near, *_ = query.neighbors(graph.associations["source"][0]).items
    stated = replace(near, predicate="Bind", score=0.25, probability=0.875)
    assert strength(stated) == ["score 0.25", "probability 0.88"]
    assert strength(replace(stated, score=None)) == ["probability 0.88"]
