"""What stands where widgets do not run: saved, converted and plain notebooks."""

from __future__ import annotations

import base64
import json
import re
import warnings
from html.parser import HTMLParser

import pytest
from captopril import ATTACK

from kgbuild.document import Document, Mention
from kgbuild.graph import build_graph
from kgbuild.pipeline import AnnotatedCorpus
from kgbuild.widgets.browser import browse
from kgbuild.widgets.evidence import evidence
from kgbuild.widgets.highlight import show
from kgbuild.widgets.network import draw

CAPTOPRIL, ACE = "mesh:D002216", "ncbigene:1636"


def displayed(monkeypatch, view):
    """Return the outputs that a notebook keeps of a view."""
    outputs = []

    def display(shown, *, raw=False):
        outputs.append(shown if raw else {"text/html": shown.data})

    monkeypatch.setattr("IPython.display.display", display)
    view._ipython_display_()
    return outputs


class Shown(HTMLParser):
    """What a page shows outside scripts and styles."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self._hidden = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._hidden:
            self.text.append(data)


@pytest.mark.parametrize("state", ["with", "without"])
def test_a_converted_notebook_shows_all_of_it(graph, documents, monkeypatch, state):
    """With the widgets' state nbconvert leaves the first output to a script."""
    nbformat = pytest.importorskip("nbformat")
    nbconvert = pytest.importorskip("nbconvert")
    pytest.importorskip("matplotlib")
    pytest.importorskip("anywidget")
    plots = pytest.importorskip("kgbuild.widgets.plots")
    io = pytest.importorskip("plotly.io")
    browser = browse(graph, documents=documents)
    network = draw(browser.explorer)
    figure = plots.plot_associations(graph)
    monkeypatch.setattr(io.renderers, "render_on_display", True)
    monkeypatch.setattr(io._renderers.renderers, "_default_name", "plotly_mimetype")
    monkeypatch.setattr(
        io._renderers.renderers,
        "_default_renderers",
        [io.renderers["plotly_mimetype"]],
    )
    outputs = []
    for view in (browser, network, figure):
        for data in displayed(monkeypatch, view):
            if isinstance(data.get("image/png"), bytes):
                data["image/png"] = base64.b64encode(data["image/png"]).decode()
            outputs.append(nbformat.v4.new_output("display_data", data=data))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("view", outputs=outputs)]
    )
    if state == "with":
        ids = [w.model_id for w in (browser.widget, network.widget)]
        notebook.metadata["widgets"] = {
            "application/vnd.jupyter.widget-state+json": {
                "version_major": 2,
                "version_minor": 0,
                "state": {
                    model: {
                        "model_module": "m", "model_module_version": "1",
                        "model_name": "n", "state": {},
                    }
                    for model in ids
                },
            }
        }  # fmt: skip
    with warnings.catch_warnings():
        # It warns that the state of the widgets is not in the notebook: our case.
        warnings.simplefilter("ignore")
        page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    body = page[page.index("<body") :]
    shown = Shown()
    shown.feed(body)
    text = "".join(shown.text)
    assert "the strongest by their score" in text
    assert "captopril" in text
    images = [a["src"] for tag, a in shown.tags if tag == "img"]
    assert any(src.startswith("data:image/svg+xml;base64,") for src in images)
    assert any(src.startswith("data:image/png;base64,") for src in images)
    # Nothing of ours asks anybody for anything.
    assert all(src.startswith("data:") for src in images)
    assert not [a for tag, a in shown.tags if tag == "link"]
    assert ATTACK in text or "onerror" in text
    assert "<img src=x" not in body


def test_both_outputs_of_a_widget_stand_alone(graph, documents, monkeypatch):
    pytest.importorskip("anywidget")
    browser = browse(graph, documents=documents)
    for view, live in ((browser, "kgb-browser"), (draw(graph), "js-plotly-plot")):
        first, second = displayed(monkeypatch, view)
        json.dumps([first, second])
        assert "application/vnd.jupyter.widget-view+json" in first
        assert "text/html" not in first
        assert "kgb-static" in second["text/html"]
        # Seen unless the widget stands before it.
        assert f":has(.{live}) + " in second["text/html"]
        sources = re.findall(r'src="([^"]*)"', second["text/html"])
        assert all(source.startswith("data:") for source in sources)


def test_without_plotly_one_picture_is_enough(graph, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    [only] = displayed(monkeypatch, draw(graph))
    assert "<svg" in only["text/html"]


@pytest.fixture(scope="module")
def hostile():
    text = f"{ATTACK} meets ACE"
    mentions = [
        Mention(start=0, end=len(ATTACK), text=ATTACK, type=ATTACK,
                concepts=("my:" + ATTACK,), recognizer=ATTACK, method=ATTACK),
        Mention(start=len(text) - 3, end=len(text), text="ACE", type="Gene",
                concepts=(ACE,)),
    ]  # fmt: skip
    return [Document.from_text(text, id=ATTACK).with_mentions(mentions)]


def test_documents_corpora_graphs_and_evidence_show_text_as_text(hostile):
    graph = build_graph(hostile, exclude=())
    views = {
        "document": hostile[0],
        "failed": hostile[0].with_status("normalize", "failed", reason=ATTACK),
        "documents": show(hostile),
        "corpus": AnnotatedCorpus(hostile),
        "graph": graph,
        "evidence": evidence(graph, ACE, "my:" + ATTACK, documents=hostile),
    }
    for name, view in views.items():
        html = view._repr_html_()
        shown = Shown()
        shown.feed(html)
        assert "<img src=x onerror=alert(1)>" in "".join(shown.text), name
        assert not [t for t, _ in shown.tags if t in ("img", "script", "iframe")], name
        for tag, attributes in shown.tags:
            assert not [a for a in attributes if a.startswith("on")], (name, tag)
            href = attributes.get("href") or "https:"
            assert href.startswith("https:"), (name, href)


def test_what_a_corpus_and_a_graph_say_of_themselves(documents, graph):
    corpus = AnnotatedCorpus(documents)._repr_html_()
    assert "6 documents" in corpus
    genes = sum(m.type == "Gene" for d in documents for m in d.mentions)
    assert f"<td>Gene</td><td>{genes}</td><td>{genes}</td>" in corpus
    failed = [documents[0].with_status("normalize", "failed", reason="r")]
    assert "1 with failures" in AnnotatedCorpus(failed)._repr_html_()
    told = graph._repr_html_()
    assert "8 concepts, 14 associations from 6 documents" in re.sub("<[^>]+>", "", told)
    assert "captopril" in told
