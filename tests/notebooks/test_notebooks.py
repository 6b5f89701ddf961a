"""The notebooks run from top to bottom, without the network, and are clean in git.

Needs the extras ``notebook``, ``test`` and, for the fifth notebook, ``train``; all of
it comes from pip. As they stand they are executed once, for these tests and for the
documentation, by ``docs/executed_notebooks.py``. Their answers are looked at, and cells
are changed as a user would.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import kgbuild as kg

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

_DOCS = Path(__file__).resolve().parents[2] / "docs"
sys.path.insert(0, str(_DOCS))
try:
    import executed_notebooks as notebooks
finally:
    sys.path.pop(0)

NOTEBOOKS = notebooks.NOTEBOOKS
_LACKING = [
    name
    for name in ("nbclient", "nbformat", "ipykernel", "plotly", "anywidget")
    if importlib.util.find_spec(name) is None
]
needs_jupyter = pytest.mark.skipif(
    bool(_LACKING),
    reason=f"not installed: {_LACKING}; pip install 'kgbuild[notebook,test]'",
)


@pytest.fixture
def executed() -> Callable[[int], tuple[NotebookNode, Path]]:
    """Return a notebook as it was executed once, and the folder where it was."""
    import nbformat

    def read(number: int) -> tuple[NotebookNode, Path]:
        path = _named(number)
        folder = notebooks.executed(path)
        return nbformat.read(folder / path.name, as_version=4), folder / "work"

    return read


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., NotebookNode]:
    """Run a notebook with other cells, or with other variables of its kernel."""
    cache = Path(os.environ["KGBUILD_CACHE"])

    def run(number: int, **options: Any) -> NotebookNode:
        return notebooks.execute(_named(number), tmp_path, cache=cache, **options)

    return run


def _number(path: Path) -> int:
    return int(path.name[:2])


def _named(number: int) -> Path:
    return next(p for p in NOTEBOOKS if _number(p) == number)


def _outputs(notebook: NotebookNode) -> list[Any]:
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


def _html(notebook: NotebookNode) -> str:
    """Return all that stands where widgets do not run."""
    data = [o.get("data", {}) for o in _outputs(notebook)]
    return "\n".join(d["text/html"] for d in data if "text/html" in d)


def _printed(notebook: NotebookNode) -> str:
    return "".join(o.text for o in _outputs(notebook) if o.output_type == "stream")


# -- as they stand in git --------------------------------------------------------------


def test_all_are_there() -> None:
    assert [_number(path) for path in NOTEBOOKS] == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_stripped(path: Path) -> None:
    notebook = json.loads(path.read_text("utf-8"))
    assert notebook["nbformat"] == 4
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    # What a run leaves behind: versions, widget states, execution counts, outputs.
    assert set(notebook["metadata"]["language_info"]) == {"name"}
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    for name in re.findall(r"\]\(([^)#:]+\.ipynb)\)", text):
        assert (path.parent / name).exists(), name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_one_cell_names_the_corpus_and_shows_the_live_query(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    corpus = [s for s in sources if "= sample_corpus()" in s]
    assert len(corpus) == 1
    assert "# documents = list(kg.fetch(" in corpus[0]


def test_what_was_executed_is_taken_while_nothing_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat")
    (tmp_path / "kgbuild").mkdir()
    code, notebook = tmp_path / "kgbuild" / "code.py", tmp_path / "a.ipynb"
    code.write_text("1")
    notebook.write_text("1")
    runs = []

    def execute(path: Path, folder: Path, *, cache: Path) -> NotebookNode:
        runs.append(path)
        assert folder.is_relative_to(tmp_path / "kept")
        return nbformat.v4.new_notebook()

    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(notebooks, "execute", execute)

    def executed() -> Path:
        notebooks._digest.cache_clear()
        return notebooks.executed(notebook)

    first = executed()
    assert (first / "a.ipynb").exists()
    assert executed() == first
    assert len(runs) == 1
    notebook.write_text("2")
    assert executed() != first
    assert len(runs) == 2
    code.write_text("2")
    executed()
    assert len(runs) == 3
    assert not first.exists(), "nothing old is left to be taken"
    notebooks._digest.cache_clear()


# -- from top to bottom ----------------------------------------------------------------


@needs_jupyter
@pytest.mark.slow
def test_01_a_graph_with_evidence_and_files(executed) -> None:
    from kgbuild.graph import KnowledgeGraph

    notebook, work = executed(1)
    html = _html(notebook)
    assert "kgb-doc" in html
    assert "Knowledge graph" in html
    assert "data:image/svg+xml;base64," in html, "the picture without widgets"
    assert "<mark" in html, "evidence is quoted"
    graph = KnowledgeGraph.load(work / "out" / "graph")
    assert graph.concept("captopril")["concept_id"] == "mesh:D002216"
    assert len(graph) > 100
    assert (work / "out" / "graph.graphml").stat().st_size > 10_000


@needs_jupyter
@pytest.mark.slow
def test_02_candidates_and_identifiers(executed) -> None:
    html = _html(executed(2)[0])
    assert "Myocardial Infarction" in html
    for tgfb1 in ("ncbigene:7040", "ncbigene:21803", "ncbigene:59086"):
        assert tgfb1 in html
    assert "dbsnp:rs699" in html
    assert "unlinked" in html


@needs_jupyter
@pytest.mark.slow
def test_03_stands_without_widgets_too(executed) -> None:
    notebook, work = executed(3)
    widgets = [
        o
        for o in _outputs(notebook)
        if "application/vnd.jupyter.widget-view+json" in o.get("data", {})
    ]
    # The browser, two networks, and the bar of progress.
    assert len(widgets) >= 3
    html = _html(notebook)
    assert "as a plain table" in html
    # Where no script runs, each network and each figure is an image.
    assert html.count("data:image/svg+xml;base64,") == 2
    assert sum("image/png" in o.get("data", {}) for o in _outputs(notebook)) == 4
    figures = [
        o
        for o in _outputs(notebook)
        if "application/vnd.plotly.v1+json" in o.get("data", {})
    ]
    assert len(figures) == 4
    page = (work / "out" / "basket.html").read_text("utf-8")
    assert "Plotly.newPlot" in page
    assert not re.search(r"<script[^>]+src=", page), "it loads nothing"


@needs_jupyter
@pytest.mark.slow
def test_04_says_plainly_that_there_is_no_server(executed) -> None:
    notebook, _ = executed(4)
    printed = _printed(notebook)
    assert "No server is named: run `kgbuild neo4j serve`" in printed
    assert printed.count("Left out: no server.") == 2
    answers = [o.data["text/plain"] for o in _outputs(notebook) if "data" in o]
    assert answers.count("'Left out: no server.'") == 3


@needs_jupyter
@pytest.mark.slow
def test_04_says_plainly_that_a_server_does_not_answer(changed) -> None:
    notebook = changed(
        4,
        # Port 9 of this machine: nobody listens there.
        environment={"NEO4J_URI": "bolt://127.0.0.1:9", "NEO4J_PASSWORD": "a-password"},
        # All but the connection is as above: a small corpus is enough.
        changes={"= sample_corpus()\n": "= sample_corpus()[:3]\n"},
    )
    assert "The steps below are left out: " in _printed(notebook)
    assert "127.0.0.1:9" in _printed(notebook)


@needs_jupyter
@pytest.mark.slow
@pytest.mark.neo4j
def test_04_loads_checks_and_asks(changed, neo4j_empty) -> None:
    named = {
        "NEO4J_URI": neo4j_empty.uri,
        "NEO4J_USERNAME": neo4j_empty.user,
        "NEO4J_PASSWORD": neo4j_empty.password,
    }
    notebook = changed(4, environment=named)
    printed = _printed(notebook)
    assert "all there, unchanged: True" in printed
    assert "the same tables: True" in printed
    assert "Left out" not in printed
    html = _html(notebook)
    assert "Enalapril" in html, "a drug of heart failure"
    assert "provenance" in html


@needs_jupyter
@pytest.mark.slow
@pytest.mark.train
def test_05_learns_a_type_that_kgbuild_does_not_know(executed) -> None:
    notebook, work = executed(5)
    log = work / "out" / "measurements" / "tagger" / "log.jsonl"
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    losses = [row["loss"] for row in rows if "epoch" in row]
    assert losses[-1] < 0.4 * losses[0]
    found = re.search(r"Measured quantity +([\d.]+) +([\d.]+) +([\d.]+)", _printed(notebook))
    assert float(found.group(3)) > 50, "strict F1 on sentences held back"
    tagged = log.parents[1] / "tagged.conll"
    assert {m.type for d in kg.read(tagged) for m in d.mentions} == {"Measured quantity"}
    html = _html(notebook)
    assert "my:blood-pressure" in html or "Blood pressure" in html
    assert not re.search(r">(&quot;|\")?left(&quot;|\")?<", html), "alone, it is none"
    assert "None of the list was found" not in _printed(notebook)


@needs_jupyter
@pytest.mark.slow
def test_06_finds_a_drug_that_no_sentence_names_with_the_disease(executed) -> None:
    notebook, _ = executed(6)
    html = _html(notebook)
    assert "Marfan" in html
    candidates = next(
        o.data["text/html"]
        for c in notebook.cells
        if c.cell_type == "code" and c.source.rstrip().endswith("\ncandidates")
        for o in c.outputs
    )
    assert "TGFB1" in candidates
    assert "Valsartan" in candidates
    # Named with the disease itself, so it is no discovery.
    assert "Losartan" not in candidates
    assert html.count("<blockquote") >= 4


@needs_jupyter
@pytest.mark.slow
def test_one_changed_cell_makes_it_a_live_query(changed) -> None:
    """The line of the notebook itself, with a server on this machine for PubMed."""
    from eutils_server import EutilsServer, make_record

    from kgbuild.corpus.sample import sample_corpus

    records = [
        make_record(
            10_000_000 + i, title=d.title, abstract=d.text[len(d.title) :].strip()
        )
        for i, d in enumerate(sample_corpus())
        if "TGF" in d.text or "losartan" in d.text
    ]
    # The other notebooks have the same line (test_one_cell_names_the_corpus…).
    cells = json.loads(_named(6).read_text("utf-8"))["cells"]
    text = next(t for t in ("".join(c["source"]) for c in cells) if "kg.fetch" in t)
    old, line = re.search(
        r"(documents = sample_corpus\(\))[\s\S]*# (.*\))", text
    ).groups()
    query = re.search(r'kg\.fetch\("([^"]+)"', line).group(1)
    with EutilsServer(records) as server:
        live = line.replace(query, "losartan OR valsartan").replace(
            "email=", f'base_url="{server.url}", email='
        )
        notebook = changed(6, changes={old: live})
        assert {r.utility for r in server.log} == {"esearch", "efetch"}
    assert "abstracts, for example:" in _printed(notebook)
    count = int(re.search(r"(\d+) abstracts", _printed(notebook)).group(1))
    assert 5 < count <= len(records)
    assert "10000" in _html(notebook), "evidence names the PMIDs of the server"


@needs_jupyter
@pytest.mark.slow
def test_07_a_service_is_asked(executed) -> None:
    for name in ("fastapi", "uvicorn", "mcp"):
        pytest.importorskip(name)
    notebook, _ = executed(7)
    shown = "\n".join(
        str(o.get("data", {}).get("text/plain", "")) for o in _outputs(notebook)
    )
    assert "('ACE', 'gene', ['NCBIGene:1636'])" in shown
    assert "'pmid': " in shown
    printed = _printed(notebook)
    assert "PMID 990000" in printed
    assert "stopped" in printed
    assert "explain_association: Return how two concepts are associated" in printed


@needs_jupyter
@pytest.mark.slow
def test_08_what_is_said_of_a_drug_stands_beside_what_is_named_with_it(
    executed,
) -> None:
    notebook, _ = executed(8)
    assert "Negative_Correlation" in _html(notebook)
