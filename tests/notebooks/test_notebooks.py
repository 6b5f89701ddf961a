"""The notebooks run from top to bottom, without the network, and are clean in git.

Needs the extras ``notebook``, ``test`` and, for the fifth notebook, ``train``; all of
it comes from pip. nbclient runs them: their answers are looked at, one of their cells is
changed as a user would, and their kernels are kept off the network.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import kgbuild as kg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbformat import NotebookNode

_CHECKOUT = Path(__file__).resolve().parents[2]

NOTEBOOKS = sorted((_CHECKOUT / "notebooks").glob("*.ipynb"))
_LACKING = [
    name
    for name in ("nbclient", "nbformat", "ipykernel", "plotly", "anywidget")
    if importlib.util.find_spec(name) is None
]
needs_jupyter = pytest.mark.skipif(
    bool(_LACKING),
    reason=f"not installed: {_LACKING}; pip install 'kgbuild[notebook,test]'",
)

#: A shared machine may be many times slower than a free one.
_CELL_TIMEOUT_S = 600

#: What every kernel runs first: it may talk to this machine and to nobody else.
_NO_NETWORK = """
import socket

def _check(address):
    host = address[0] if isinstance(address, tuple) else "unix"
    if host not in ("127.0.0.1", "::1", "localhost", "unix"):
        raise AssertionError(f"the notebook asks for the network: {address}")

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo

def connect(self, address):
    _check(address)
    return _connect(self, address)

def connect_ex(self, address):
    _check(address)
    return _connect_ex(self, address)

def getaddrinfo(host, *rest, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None:
        _check((name,))
    return _getaddrinfo(host, *rest, **options)

socket.socket.connect, socket.socket.connect_ex = connect, connect_ex
socket.getaddrinfo = getaddrinfo
"""


@pytest.fixture
def execute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., NotebookNode]]:
    """Run a notebook in a folder of its own; cells may be changed before."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-no-network.py").write_text(_NO_NETWORK, "utf-8")
    for name in ("NEO4J_URI", "NEO4J_PASSWORD", "NCBI_EMAIL", "NCBI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in (
        ("IPYTHONDIR", "ipython"), ("KGBUILD_CACHE", "cache"),
        ("KGBUILD_LIMITER_DIR", "limiter"), ("JUPYTER_RUNTIME_DIR", "runtime"),
        ("XDG_CONFIG_HOME", "config"),
    ):  # fmt: skip
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("PYTHONPATH", str(_CHECKOUT))
    # Several tests at once must not fight over the cores.
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    work = tmp_path / "work"
    work.mkdir()

    def run(path: Path, *, changes: dict[str, str] | None = None) -> NotebookNode:
        import nbformat
        from nbclient import NotebookClient

        notebook = nbformat.read(path, as_version=4)
        for old, new in (changes or {}).items():
            cells = [c for c in notebook.cells if old in c.source]
            assert len(cells) == 1, f"{old!r} stands in {len(cells)} cells"
            cells[0].source = cells[0].source.replace(old, new)
        client = NotebookClient(
            notebook,
            timeout=_CELL_TIMEOUT_S,
            startup_timeout=_CELL_TIMEOUT_S,
            kernel_name="python3",
            resources={"metadata": {"path": str(work)}},
        )
        return client.execute()

    yield run


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


# -- from top to bottom ----------------------------------------------------------------


@needs_jupyter
@pytest.mark.slow
def test_01_a_graph_with_evidence_and_files(execute, tmp_path) -> None:
    from kgbuild.graph import KnowledgeGraph

    notebook = execute(_named(1))
    html = _html(notebook)
    assert "kgb-doc" in html
    assert "Knowledge graph" in html
    assert "data:image/svg+xml;base64," in html, "the picture without widgets"
    assert "<mark" in html, "evidence is quoted"
    graph = KnowledgeGraph.load(tmp_path / "work" / "out" / "graph")
    assert graph.concept("captopril")["concept_id"] == "mesh:D002216"
    assert len(graph) > 100
    assert (tmp_path / "work" / "out" / "graph.graphml").stat().st_size > 10_000


@needs_jupyter
@pytest.mark.slow
def test_02_candidates_and_identifiers(execute) -> None:
    html = _html(execute(_named(2)))
    assert "Myocardial Infarction" in html
    for tgfb1 in ("ncbigene:7040", "ncbigene:21803", "ncbigene:59086"):
        assert tgfb1 in html
    assert "dbsnp:rs699" in html
    assert "unlinked" in html


@needs_jupyter
@pytest.mark.slow
def test_03_stands_without_widgets_too(execute, tmp_path) -> None:
    notebook = execute(_named(3))
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
    page = (tmp_path / "work" / "out" / "basket.html").read_text("utf-8")
    assert "Plotly.newPlot" in page
    assert not re.search(r"<script[^>]+src=", page), "it loads nothing"


@needs_jupyter
@pytest.mark.slow
def test_04_says_plainly_that_there_is_no_server(execute) -> None:
    notebook = execute(_named(4))
    printed = _printed(notebook)
    assert "No server is named: run `kgbuild neo4j serve`" in printed
    assert printed.count("Left out: no server.") == 2
    answers = [o.data["text/plain"] for o in _outputs(notebook) if "data" in o]
    assert answers.count("'Left out: no server.'") == 3


@needs_jupyter
@pytest.mark.slow
def test_04_says_plainly_that_a_server_does_not_answer(execute, monkeypatch) -> None:
    # Port 9 of this machine: nobody listens there.
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    monkeypatch.setenv("NEO4J_PASSWORD", "a-password")
    # All but the connection is as above: a small corpus is enough.
    notebook = execute(
        _named(4), changes={"= sample_corpus()\n": "= sample_corpus()[:3]\n"}
    )
    assert "The steps below are left out: " in _printed(notebook)
    assert "127.0.0.1:9" in _printed(notebook)


@needs_jupyter
@pytest.mark.slow
@pytest.mark.neo4j
def test_04_loads_checks_and_asks(monkeypatch, execute) -> None:
    from kgbuild.neo4j.server import (
        Neo4jServer,
        cache_folder,
        unavailable,
    )

    monkeypatch.delenv("KGBUILD_CACHE")
    reason = unavailable()
    if reason or not (cache_folder() / "complete").exists():
        pytest.skip(f"no Neo4j here: {reason or 'its jars are not fetched yet'}")
    with Neo4jServer() as server:
        monkeypatch.setenv("NEO4J_URI", server.uri)
        monkeypatch.setenv("NEO4J_PASSWORD", server.password)
        notebook = execute(_named(4))
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
def test_05_learns_a_type_that_kgbuild_does_not_know(execute, tmp_path) -> None:
    notebook = execute(_named(5))
    log = tmp_path / "work" / "out" / "measurements" / "tagger" / "log.jsonl"
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    losses = [row["loss"] for row in rows if "epoch" in row]
    assert losses[-1] < 0.4 * losses[0]
    found = re.search(r"Measurement +([\d.]+) +([\d.]+) +([\d.]+)", _printed(notebook))
    assert float(found.group(3)) > 50, "strict F1 on sentences held back"
    tagged = log.parents[1] / "tagged.conll"
    assert {m.type for d in kg.read(tagged) for m in d.mentions} == {"Measurement"}
    html = _html(notebook)
    assert "my:blood-pressure" in html or "Blood pressure" in html
    assert not re.search(r">(&quot;|\")?left(&quot;|\")?<", html), "alone, it is none"
    assert "None of the list was found" not in _printed(notebook)


@needs_jupyter
@pytest.mark.slow
def test_06_finds_a_drug_that_no_sentence_names_with_the_disease(execute) -> None:
    notebook = execute(_named(6))
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
def test_one_changed_cell_makes_it_a_live_query(execute) -> None:
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
    path = _named(6)
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = next(t for t in ("".join(c["source"]) for c in cells) if "kg.fetch" in t)
    old, line = re.search(
        r"(documents = sample_corpus\(\))[\s\S]*# (.*\))", text
    ).groups()
    query = re.search(r'kg\.fetch\("([^"]+)"', line).group(1)
    with EutilsServer(records) as server:
        live = line.replace(query, "losartan OR valsartan").replace(
            "email=", f'base_url="{server.url}", email='
        )
        notebook = execute(path, changes={old: live})
        assert {r.utility for r in server.log} == {"esearch", "efetch"}
    assert "abstracts, for example:" in _printed(notebook)
    count = int(re.search(r"(\d+) abstracts", _printed(notebook)).group(1))
    assert 5 < count <= len(records)
    assert "10000" in _html(notebook), "evidence names the PMIDs of the server"


@needs_jupyter
@pytest.mark.slow
def test_07_a_service_is_asked(execute) -> None:
    for name in ("fastapi", "uvicorn", "mcp"):
        pytest.importorskip(name)
    notebook = execute(_named(7))
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
def test_08_what_is_said_of_a_drug_stands_beside_what_is_named_with_it(execute) -> None:
    notebook = execute(_named(8))
    assert "Negative_Correlation" in _html(notebook)
