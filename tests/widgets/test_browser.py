from __future__ import annotations

import json
import re
import time
import warnings

import pytest

from kgbuild.errors import ConfigError, InputError
from kgbuild.pipeline.report import report_html
from kgbuild.tables import tables, write_table
from kgbuild.widgets.browser import browse
from kgbuild.widgets.explorer import Explorer
from kgbuild.widgets.network import draw

CAPTOPRIL, ACE, COUGH = "mesh:D002216", "ncbigene:1636", "mesh:D003371"


@pytest.fixture
def browser(graph, documents):
    return browse(graph, documents=documents)


def lines(select):
    return [line for line, _ in select.options]


def choose(browser, name):
    browser.search.value = name
    browser.results.value = 0


def test_typing_lists_and_choosing_opens(browser):
    assert browser.counter.value == "1 to 8 of 8"
    browser.search.value = "capt"
    assert lines(browser.results) == ["captopril · Chemical · 4 documents"]
    browser.results.value = 0
    assert browser.explorer.current == CAPTOPRIL
    assert ">captopril</span>" in browser.head.value
    assert "https://meshb.nlm.nih.gov/record/ui?ui=D002216" in browser.head.value
    assert "1991: 1 document<" in browser.head.value
    assert browser.near_counter.value == "1 to 6 of 6"


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
            *(browser.static_html(), browser.message.value),
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


def test_a_converted_notebook_shows_the_table(browser):
    nbformat = pytest.importorskip("nbformat")
    nbconvert = pytest.importorskip("nbconvert")
    outputs = [
        nbformat.v4.new_output("display_data", data=view._repr_mimebundle_())
        for view in (browser, draw(browser.explorer))
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("view", outputs=outputs)]
    )
    with warnings.catch_warnings():
        # It warns that the state of the widgets is not in the notebook: our case.
        warnings.simplefilter("ignore")
        page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    assert "<table>" in page
    assert "captopril</a>" in page
    assert "<circle" in page
    assert "<img src=x" not in page


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


def test_a_graph_without_anything_opens(graph):
    empty = browse(graph.filter(types=["Anatomy"]))
    assert empty.counter.value == "none"
    assert "<table>" in empty.static_html()


def test_control_texts_are_bounded(browser):
    browser.search.value = "x" * 100_000
    assert browser.counter.value == "none"


def test_an_interaction_is_quick(browser):
    begun = time.process_time()
    for name in ("captopril", "cough", "ACE", "enalapril"):
        choose(browser, name)
    assert time.process_time() - begun < 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report_html(browser.explorer.graph, {})
