"""The widgets in a real JupyterLab, in a real browser.

Needs the extra ``notebook``, the package playwright, and a Chromium on the system
(``apt-get install chromium``, or ``KGBUILD_CHROMIUM`` names one).
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import captopril
import polars as pl
import pytest

from kgbuild.graph import build_graph

_CHROMIUM = os.environ.get("KGBUILD_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
_LACKING = [
    name
    for name in ("playwright", "jupyterlab", "plotly", "anywidget", "ipykernel")
    if importlib.util.find_spec(name) is None
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(bool(_LACKING), reason=f"not installed: {_LACKING}"),
    pytest.mark.skipif(_CHROMIUM is None, reason="there is no Chromium"),
]

_CHECKOUT = Path(__file__).parents[2]
#: A browser on a machine that does much else may need minutes for a large script.
_WAIT_MS = 120_000
#: For all cells of a notebook, on a machine that does other things too.
_RUN_MS = 600_000

#: In this, what the other shows is run below: one kernel reads the corpus, once.
NOTEBOOK = "03_exploring_with_the_browser.ipynb"
SHOWN_TOO = "01_from_query_to_graph.ipynb"

CELLS = [
    """
import sys
sys.path[:0] = [{checkout!r}, {support!r}]
import captopril
from kgbuild.graph import build_graph
from kgbuild.widgets.browser import browse
from kgbuild.widgets.highlight import show
from kgbuild.widgets.network import draw
documents = captopril.documents()
graph = build_graph(documents, exclude=())
""",
    "show(documents, limit=2)",
    "browser = browse(graph, documents=documents)\nbrowser",
    "draw(browser.explorer)",
    # A second browser, and where it writes corrections.
    """
browse(graph, documents=documents, corrections="mine.csv", vocabulary="starter")
""",
]


def _notebook(sources: list[str]) -> dict[str, object]:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source.strip().replace("{checkout!r}", repr(str(_CHECKOUT)))
            .replace("{support!r}", repr(str(_CHECKOUT / "tests" / "support"))),
        }
        for number, source in enumerate(sources)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with notebooks and JupyterLab's settings."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "explore.ipynb").write_text(json.dumps(_notebook(CELLS)))
    ours, other = (
        json.loads((_CHECKOUT / "notebooks" / name).read_text("utf-8"))
        for name in (NOTEBOOK, SHOWN_TOO)
    )
    made = {"documents = sample_corpus()", "annotated = kg.annotate(documents)"}
    ours["cells"] += [
        {**cell, "id": f"other-{cell['id']}"}
        for cell in other["cells"]
        if not made & {line.strip() for line in cell["source"]}
    ]
    (folder / NOTEBOOK).write_text(json.dumps(ours), "utf-8")
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    # No news, no look for updates: nothing may leave the machine.
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    # Cells that are out of sight stay in the page, so that a test can look at them.
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text(
        json.dumps({"windowingMode": "none"})
    )
    return folder


@pytest.fixture(scope="module")
def server(folder):
    """Address of a JupyterLab of this environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "HOME": str(folder),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        # The notebooks import kgbuild from this checkout.
        "PYTHONPATH": str(_CHECKOUT),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", "--allow-root"),
        *("--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"),
    ]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(1200):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{address}/api", timeout=2).close()
                    break
                assert process.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.5)
            else:
                pytest.fail("JupyterLab does not answer after ten minutes")
            yield address
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(chromium):
    """What has read JupyterLab's scripts once has them for the next page."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1500})
    yield context
    context.close()


@contextlib.contextmanager
def _page(window, server):
    """A page that counts the requests which leave the machine, and lets none out."""
    outside: list[str] = []

    def check(route):
        if route.request.url.startswith((server, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    page = window.new_page()
    page.route("**/*", check)
    page.set_default_timeout(_WAIT_MS)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.outside, page.alerts = outside, dialogs
    yield page
    screenshot(page, "last")
    page.close()


@pytest.fixture
def page(window, server):
    with _page(window, server) as page:
        yield page


@pytest.fixture(scope="module")
def explored(window, server):
    """The page of the notebook that explores a small graph, its cells run once."""
    with _page(window, server) as page:
        run_all(page, server, "explore.ipynb")
        yield page


def screenshot(shown, name: str) -> None:
    """Keep a picture of a page or a part of it where ``KGBUILD_SCREENSHOTS`` says."""
    folder = os.environ.get("KGBUILD_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        shown.screenshot(path=Path(folder) / f"{name}.png")


def run_all(page, server: str, name: str) -> None:
    """Open a notebook and run its cells; does not wait for them."""
    # A workspace of its own: the other one would open the notebooks of other tests.
    page.goto(f"{server}/lab/workspaces/{Path(name).stem}/tree/{name}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    # Before its kernel is there, JupyterLab would ask which one to take.
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def wait_for_all(page) -> None:
    """Wait until every code cell has its number, and see that none has failed."""
    from playwright.sync_api import expect

    cells = page.locator(".jp-Notebook .jp-CodeCell")
    prompts = cells.locator(".jp-InputPrompt")
    expect(prompts).to_have_text(
        [re.compile(r"^\[\d+\]:?$")] * cells.count(), timeout=_RUN_MS
    )
    errors = page.locator("[data-mime-type='application/vnd.jupyter.error']")
    assert errors.all_inner_texts() == []


def at_usual_sizes(page, browser):
    """Yield widths of windows, a low one too, in each of which the browser fits."""
    for width, height in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(1000)
        room = page.locator(".jp-WindowedPanel-outer").first.bounding_box()
        assert browser.bounding_box()["height"] <= room["height"]
        yield width


def columns_stand_side_by_side(page, browser, *, across: int) -> None:
    """In a cell so narrow, both columns of the browser fit a low window."""
    usual = page.viewport_size
    wide = browser.bounding_box()["width"]
    narrower = {"width": int(usual["width"] - wide + across), "height": 768}
    page.set_viewport_size(narrower)
    page.wait_for_timeout(1000)
    left, right = (
        browser.locator(".kgb-column").nth(i).bounding_box() for i in range(2)
    )
    assert abs(browser.bounding_box()["width"] - across) < 20
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    room = page.locator(".jp-WindowedPanel-outer").first.bounding_box()
    assert browser.bounding_box()["height"] <= room["height"]
    screenshot(page, "narrow")
    page.set_viewport_size(usual)


def names_stand_clear(figure) -> None:
    """No name of a network covers another, or is cut at the edge of the picture."""
    boxes = figure.evaluate(
        """plot => [plot, ...plot.querySelectorAll('.textpoint text')].map(text => {
            const box = text.getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom];
        })"""
    )
    (left, top, right, bottom), names = boxes[0], boxes[1:]
    assert len(names) > 5
    for i, (a, b, c, d) in enumerate(names):
        assert left <= a < c <= right
        assert top <= b < d <= bottom
        for e, f, g, h in names[:i]:
            assert c < e + 1 or g < a + 1 or d < f + 2 or h < b + 2


def nothing_left_the_machine(page) -> None:
    """No script of an attacker ran, and nobody outside was asked."""
    assert page.alerts == []
    assert page.locator("img[src='x']").count() == 0
    assert page.outside == []


def test_text_browser_and_network_in_jupyterlab(explored):
    from playwright.sync_api import expect

    expect.set_options(timeout=_WAIT_MS)
    page = explored

    # Text view: marked, and the attack is text.
    page.wait_for_selector(".kgb-doc .kgb-m")
    marked = page.locator(".kgb-doc .kgb-m", has_text="captopril").first
    assert "mesh:D002216" in marked.get_attribute("title")

    # Browser: type, choose, look, go on.
    browser = page.locator(".kgb-browser").first
    search = browser.get_by_placeholder("name, synonym or identifier")
    search.wait_for()
    search.fill("capt")
    results = browser.locator(".kgb-results select")
    option = results.locator("option")
    expect(option).to_have_count(1)
    results.select_option(label=option.first.inner_text())
    head = browser.locator(".kgb-concept")
    head.get_by_text("captopril", exact=True).wait_for()
    neighbors = browser.locator(".kgb-neighbors select")
    cough = neighbors.locator("option", has_text="cough")
    cough.wait_for(state="attached")
    neighbors.select_option(label=cough.first.inner_text())
    evidence = browser.locator(".kgb-evidence")
    evidence.get_by_text("was seen with").wait_for()
    assert evidence.locator("mark", has_text="cough").count() == 1
    assert "pubmed.ncbi.nlm.nih.gov/101" in evidence.locator("a").first.get_attribute(
        "href"
    )
    screenshot(page, "browser")
    columns_stand_side_by_side(page, browser, across=560)
    browser.get_by_role("button", name="open neighbour").click()
    head.get_by_text("cough", exact=True).wait_for()
    browser.get_by_role("button", name="◀ back").click()
    head.get_by_text("captopril", exact=True).wait_for()

    # Network: a click on a node opens its concept in the browser.
    points = page.locator(".js-plotly-plot .scatterlayer .trace").last.locator(
        ".points path"
    )
    points.first.wait_for(state="attached")
    figure = page.locator(".js-plotly-plot").first
    figure.scroll_into_view_if_needed()
    place = figure.evaluate(
        """plot => {
            const trace = plot.data[plot.data.length - 1];
            const i = Array.from(trace.customdata).indexOf('ncbigene:1636');
            const box = plot.getBoundingClientRect(), layout = plot._fullLayout;
            return [box.left + layout.xaxis._offset + layout.xaxis.d2p(trace.x[i]),
                    box.top + layout.yaxis._offset + layout.yaxis.d2p(trace.y[i])];
        }"""
    )
    page.mouse.move(*place)
    page.wait_for_selector(".hoverlayer .hovertext")
    screenshot(page, "network")
    page.mouse.click(*place)
    head.get_by_text("ACE", exact=True).wait_for(state="attached")

    # Basket: what is wrong with a server stands below the button.
    browser.get_by_role("button", name="put into basket").click()
    browser.get_by_role("button", name="Neo4j …").click()
    browser.get_by_placeholder("neo4j://localhost:7687").fill("bolt://127.0.0.1:9")
    password = browser.locator("input[type=password]")
    password.fill("secret")
    password.blur()
    browser.get_by_role("button", name="load into Neo4j").click()
    message = browser.locator(".kgb-message")
    message.get_by_text("bolt://127.0.0.1:9 cannot be reached").wait_for()
    expect(password).to_have_value("")

    # What stands in for the widgets elsewhere is not seen beside them.
    for live, count in (("kgb-browser", 2), ("js-plotly-plot", 1)):
        instead = page.locator(f".kgb-static-{live}")
        expect(instead).to_have_count(count)
        for place in range(count):
            expect(instead.nth(place)).to_be_hidden()
    nothing_left_the_machine(page)


def test_a_click_corrects_what_a_mention_means(explored, folder):
    from playwright.sync_api import expect

    expect.set_options(timeout=_WAIT_MS)
    page = explored
    page.set_viewport_size({"width": 1440, "height": 900})
    browser = page.locator(".kgb-browser").nth(1)
    search = browser.get_by_placeholder("name, synonym or identifier")
    search.wait_for()
    search.fill("capt")
    results = browser.locator(".kgb-results select")
    expect(results.locator("option")).to_have_count(1)
    results.select_option(index=0)
    browser.locator(".kgb-evidence").get_by_text("Evidence 1 to").wait_for()
    browser.get_by_role("button", name="correct …").click()

    # Why: what the name may mean, with the rule; then none of it.
    panel = browser.locator(".kgb-correct")
    lists = panel.locator("select")
    expect(panel.locator(".kgb-why")).to_contain_text("Here it means mesh:D004656")
    lists.nth(0).select_option(label="captopril · Chemical".replace(" ", "\xa0"))
    expect(panel.locator(".kgb-why")).to_contain_text("Here it means mesh:D002216")
    expect(panel.locator(".kgb-why")).to_contain_text("its preferred name")
    write = panel.get_by_role("button", name="write correction")
    expect(write).to_be_disabled()
    for width in at_usual_sizes(page, browser):
        screenshot(browser, f"correct-{width}")
        for part in browser.locator(".kgb-column").all():
            assert part.evaluate("e => e.scrollHeight <= e.clientHeight + 1")
        assert panel.locator(".kgb-why").evaluate("e => e.scrollWidth <= e.clientWidth")
    meaning = panel.locator("select", has_text="no concept")
    meaning.select_option(label="no concept".replace(" ", "\xa0"))
    screenshot(page, "correct")
    write.click()
    message = panel.locator(".kgb-message")
    expect(message).to_contain_text("'captopril' (Chemical) means no concept")
    path = folder / "mine.csv"
    expect(message).to_contain_text(f"Written to {path}")
    assert path.read_text().splitlines()[1:] == ["captopril,Chemical,,,none"]
    assert meanings(path) == {()}

    # Another identifier in its place, by hand; then back, step by step.
    meaning.select_option(label="another identifier …".replace(" ", "\xa0"))
    panel.get_by_placeholder("mesh:D001943 or ncbigene:672").fill("MESH:D004656")
    write.click()
    expect(message).to_contain_text("means mesh:D004656, in place of none")
    screenshot(page, "corrected")
    assert meanings(path) == {("mesh:D004656",)}
    undo = panel.get_by_role("button", name="undo")
    undo.click()
    expect(message).to_contain_text("again 'captopril' (Chemical) means no concept")
    assert meanings(path) == {()}
    undo.click()
    expect(undo).to_be_disabled()
    assert meanings(path) == {("mesh:D002216",)}
    nothing_left_the_machine(page)


def meanings(corrections: Path) -> set[tuple[str, ...]]:
    """What captopril means to an annotation that reads the file."""
    import kgbuild as kg

    annotated = kg.annotate(
        ["Captopril lowered the blood pressure."],
        corrections=corrections,
        vocabulary="starter",
    )
    return {m.concepts for m in annotated[0].mentions if m.text == "Captopril"}


def test_a_saved_notebook_without_its_kernel_shows_table_and_picture(
    page, server, folder, monkeypatch
):
    """Opened again, and not trusted: neither widgets nor drawings in HTML are shown."""
    from playwright.sync_api import expect

    expect.set_options(timeout=_WAIT_MS)
    outputs = []

    def display(shown, *, raw=False):
        data = shown if raw else {"text/html": shown.data}
        outputs.append({"output_type": "display_data", "metadata": {}, "data": data})

    monkeypatch.setattr("IPython.display.display", display)
    documents = captopril.documents()
    graph = build_graph(documents, exclude=())
    from kgbuild.widgets.browser import browse
    from kgbuild.widgets.network import draw

    browse(graph, documents=documents)._ipython_display_()
    draw(graph)._ipython_display_()
    notebook = json.loads((folder / "explore.ipynb").read_text("utf-8"))
    notebook["cells"] = [{**notebook["cells"][-1], "outputs": outputs}]
    (folder / "saved.ipynb").write_text(json.dumps(notebook), "utf-8")

    page.goto(f"{server}/lab/workspaces/saved/tree/saved.ipynb")
    table = page.locator(".kgb-static table")
    expect(table).to_be_visible()
    # Once: the output of the widget says in one line what it was.
    expect(page.locator(".jp-OutputArea table")).to_have_count(1)
    assert "captopril" in table.inner_text()
    assert "<img src=x" in table.inner_text()
    image = page.locator(".kgb-static img")
    expect(image).to_be_visible()
    assert image.evaluate("img => img.complete && img.naturalWidth") > 100
    screenshot(page, "saved")
    nothing_left_the_machine(page)


def test_the_notebooks_that_are_explored(page, server):
    from playwright.sync_api import expect

    expect.set_options(timeout=_WAIT_MS)
    run_all(page, server, NOTEBOOK)
    wait_for_all(page)

    # Search: what is typed narrows the list.
    search = page.get_by_placeholder("name, synonym or identifier")
    search.scroll_into_view_if_needed()
    options = page.locator(".kgb-results select option")
    # A page of concepts stands there before anything is typed.
    expect(options).not_to_have_count(0)
    before = options.count()
    search.press_sequentially("captop")
    drug = options.filter(has_text="Captopril")
    expect(options).not_to_have_count(before)
    expect(drug).to_have_count(1)
    assert options.count() < before
    page.locator(".kgb-results select").select_option(label=drug.inner_text())
    head = page.locator(".kgb-concept")
    head.get_by_text("Captopril", exact=True).wait_for()
    head.get_by_text("mesh:D002216").wait_for()

    # A neighbour: its sentences, both names marked.
    neighbors = page.locator(".kgb-neighbors select")
    order = page.locator(".kgb-browser select", has_text="surest (q)")
    order.select_option(label="most documents")
    # ipywidgets makes the spaces of options hard.
    gene = neighbors.locator("option", has_text=re.compile(r"ACE\s·\sGene"))
    expect(gene).to_have_count(1)
    neighbors.select_option(label=gene.inner_text())
    evidence = page.locator(".kgb-browser .kgb-evidence")
    evidence.get_by_text("Captopril – ACE").wait_for()
    quoted = evidence.locator("blockquote").first
    expect(quoted.locator("mark[title^='Chemical']")).not_to_have_count(0)
    expect(quoted.locator("mark[title^='Gene']")).not_to_have_count(0)
    link = quoted.locator("a").first.get_attribute("href")
    assert link.startswith("https://pubmed.ncbi.nlm.nih.gov/99")
    # Lists say what they do where nothing is chosen.
    chosen = page.locator(".kgb-browser select option:checked").all_inner_texts()
    plain = [text.replace("\xa0", " ").strip() for text in chosen]
    assert plain.count("all types") == 2
    assert "any" in [text.strip() for text in chosen]
    whole = page.locator(".kgb-browser")
    screenshot(whole, "browser")

    usual = page.viewport_size
    drawn = page.locator(".js-plotly-plot .textpoint").first
    drawn.wait_for(state="attached")
    for width in at_usual_sizes(page, whole):
        screenshot(whole, f"browser-{width}")
        names_stand_clear(page.locator(".js-plotly-plot").first)
    page.set_viewport_size(usual)
    page.get_by_role("button", name="open neighbour").click()
    head.get_by_text("ncbigene:1636").wait_for()

    # The first network is tied to the browser: it marks what is open there.
    network = page.locator(".js-plotly-plot").first
    network.scroll_into_view_if_needed()
    outlines = """plot => {
        const trace = plot.data[plot.data.length - 1];
        const widths = Array.from(trace.marker.line.width);
        return Array.from(trace.customdata).filter((_, i) => widths[i] > 2);
    }"""
    for _ in range(_WAIT_MS // 500):
        marked = network.evaluate(outlines)
        if marked == ["ncbigene:1636"]:
            break
        page.wait_for_timeout(500)
    assert marked == ["ncbigene:1636"]
    screenshot(network, "network")

    # All figures hold something; none asks for a script from elsewhere. Plotly's
    # renderer may put an image in the place of what scrolls out of sight.
    figures = page.locator(".js-plotly-plot, img.plot-img")
    expect(figures).to_have_count(7)
    for place in range(figures.count()):
        size = "it => it.data ? it.data.length : it.naturalWidth"
        assert figures.nth(place).evaluate(size) > 0

    # What the first notebook shows: a text, a graph, a network, and evidence.
    text = page.locator(".kgb-doc").first
    drug = text.locator(".kgb-m", has_text="Captopril").first
    assert "mesh:D002216" in drug.get_attribute("title")
    text.scroll_into_view_if_needed()
    screenshot(text, "text")
    page.locator(".jp-OutputArea", has_text="Knowledge graph").first.wait_for()
    figure = page.locator(".js-plotly-plot").last
    figure.scroll_into_view_if_needed()
    figure.locator(".scatterlayer .trace").last.wait_for(state="attached")
    names = figure.evaluate("plot => Array.from(plot.data[plot.data.length - 1].text)")
    assert "Captopril" in names
    assert len(names) > 20
    figure.get_by_text("Captopril", exact=True).wait_for(state="attached")
    evidence = page.locator(".kgb-evidence").last
    assert evidence.locator("mark").count() >= 2
    assert evidence.locator("a[href*='pubmed.ncbi.nlm.nih.gov/99']").count() >= 1
    nothing_left_the_machine(page)


def test_report_of_a_run(chromium, tmp_path):
    """The report is a page that stands alone."""
    from dataclasses import replace

    from kgbuild.pipeline import load_settings, run

    settings = load_settings("quickstart.toml")
    run(replace(settings, output=tmp_path / "run"))
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    address = (tmp_path / "run" / "report.html").as_uri()
    page.goto(address)
    page.get_by_role("heading", name="Best associations by score").wait_for()
    page.locator("svg text", has_text="Captopril").first.wait_for()
    assert page.get_by_text("45", exact=True).first.is_visible()
    screenshot(page, "report")

    def rows() -> list[str]:
        return page.locator("#rows tr").all_inner_texts()

    everything = len(rows())
    page.get_by_label("Text").fill("hypert losartan")
    assert 0 < len(rows()) < everything
    assert all("Losartan" in row and "Hypert" in row for row in rows())
    # By how it is written too, where that is not its name.
    page.get_by_label("Text").fill("angiotensin-converting enzyme captopril")
    assert "ACE" in rows()[0]
    page.get_by_label("Text").fill("")
    page.locator("#table").get_by_role("button", name="q", exact=True).click()
    lowest = page.locator("#table th[data-column=q_value]")
    assert lowest.get_attribute("aria-sort") == "ascending"
    # All of its cell can be clicked, and the word reached by keys.
    lowest.click(position={"x": 2, "y": 2})
    assert lowest.get_attribute("aria-sort") == "descending"
    lowest.get_by_role("button").press("Enter")
    assert lowest.get_attribute("aria-sort") == "ascending"
    page.get_by_label("Types").select_option("Chemical – Gene")
    page.get_by_label("Documents at least").fill("2")
    page.get_by_role("button", name="documents").click()
    column = page.locator("#table th[data-column=documents]")
    assert column.get_attribute("aria-sort") == "descending"
    place = page.locator("#table th").all_inner_texts()
    place = next(i for i, head in enumerate(place) if head.startswith("documents"))
    counts = page.locator(f"#rows td:nth-child({place + 1})").all_inner_texts()
    assert counts == sorted(counts, key=int, reverse=True)
    assert all(int(count) >= 2 for count in counts)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    saved = pl.read_csv(download.value.path())
    assert saved.height == len(counts)
    assert set(saved["source_type"]) | set(saved["target_type"]) == {"Chemical", "Gene"}
    context.close()
    assert [url for url in asked if not url.startswith("blob:")] == [address]
