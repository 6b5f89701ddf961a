from __future__ import annotations

import gc
import json
import re
import sys
import xml.sax
from dataclasses import replace
from types import SimpleNamespace

import pytest
from captopril import ATTACK

from kgbuild._io.markup import type_order
from kgbuild.errors import ConfigError, KgbuildError, MissingExtraError
from kgbuild.graph import KnowledgeGraph
from kgbuild.widgets._labels import FONT, lines_of, width_of
from kgbuild.widgets._picture import NARROW, Edge, Node, picture
from kgbuild.widgets.explorer import Explorer
from kgbuild.widgets.network import NetworkView, draw

CAPTOPRIL, ACE, COUGH = "mesh:D002216", "ncbigene:1636", "mesh:D003371"


def nodes(figure):
    return figure.data[-1]


def test_every_concept_and_association_is_drawn_once(graph):
    pytest.importorskip("plotly")
    view = draw(graph)
    figure = view.figure()
    assert set(nodes(figure).customdata) == set(graph.concepts["concept_id"])
    assert len(figure.data[-2].x) == graph.associations.height
    segments = sum(x is None for trace in figure.data[:-2] for x in trace.x)
    assert segments == graph.associations.height
    by_id = dict(zip(nodes(figure).customdata, nodes(figure).marker.size, strict=True))
    assert by_id[CAPTOPRIL] > by_id[COUGH]


def test_around_a_concept_stand_its_neighbours_and_what_joins_them(graph):
    view = draw(graph, around=COUGH)
    assert set(view.picture.nodes) == {COUGH, CAPTOPRIL, "mesh:D004656"}
    pairs = {frozenset((e.source, e.target)) for e in view.picture.edges}
    assert frozenset((CAPTOPRIL, "mesh:D004656")) in pairs


def test_limit_and_support_narrow_the_picture(graph):
    assert len(draw(graph, limit=2).picture.edges) == 2
    strong = draw(graph, min_documents=2).picture.edges
    assert all(edge.documents >= 2 for edge in strong)
    assert len(draw(graph, around=CAPTOPRIL, limit=1).picture.nodes) == 2


NAMES = (
    "ACE", "Angiotensin-Converting Enzyme Inhibitors", "Heart Failure", "Enalapril",
    "Ventricular Dysfunction, Left", "WWOX", "1,3-dipropyl-8-(2-amino-4-chlorophenyl)",
    "Hydrochlorothiazide",
)  # fmt: skip


@pytest.fixture(scope="module")
def large():
    """Eighty associations of 64 concepts: a hub, its neighbours, small components."""
    nodes = {
        str(i): Node(
            id=str(i), name=NAMES[i % len(NAMES)], type="Disease", documents=1 + i % 23
        )
        for i in range(64)
    }
    pairs = [(0, i) for i in range(1, 25)] + [(i, i + 20) for i in range(5, 30)]
    pairs += [(i, (i * 7 + 3) % 25) for i in range(1, 24)]
    pairs += [(i, i + 1) for i in (50, 51, 52, 54, 56, 58, 60, 62)]
    edges = [
        Edge(source=str(i), target=str(j), documents=1, strength=0.1, title="")
        for i, j in pairs
        if i != j
    ]
    return picture(nodes, edges)


@pytest.mark.parametrize("shape", ["narrow", "wide"])
def test_names_cover_nothing_and_are_not_cut(large, shape):
    drawn = large if shape == "narrow" else large.wider()
    assert len(drawn.edges) > 75
    assert len(drawn.named) == 64
    assert covered(drawn)[1] == 0, "names over circles or names"
    left, top, right, bottom = drawn.extent()
    if shape == "narrow":
        assert right - left <= NARROW
    boxes = drawn.boxes()
    assert (boxes[:, :2] > (left, top)).all()
    assert (boxes[:, 2:] < (right, bottom)).all()


def test_names_keep_off_lines(large):
    """Measured against names that all stand below."""
    below = replace(large, sides=dict.fromkeys(large.sides, (0, 1)))
    assert covered(large)[0] < 0.6 * covered(below)[0]


def test_a_name_is_as_wide_as_its_letters_at_most():
    pytest.importorskip("matplotlib")
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family="DejaVu Sans")
    for name in (*NAMES, "CYP2C19*17", "βγ-Secretase", "(R)-[3H]PK-11195", "MMMW"):
        for line in lines_of(name):
            wide = TextPath((0, 0), line, size=FONT, prop=font).get_extents().width
            assert 0.95 * wide <= width_of(line) <= 1.5 * wide, line


def test_of_more_names_than_can_be_read_those_in_most_documents_are_drawn():
    nodes = {
        str(i): Node(id=str(i), name=f"Renal thing {i}", type="Disease", documents=i)
        for i in range(150)
    }
    drawn = picture(nodes, [])
    assert {node.documents for node in drawn.named} == {*range(50, 150)}
    assert covered(drawn)[1] == 0
    view = NetworkView(drawn, hovers={})
    assert sum(bool(text) for text in view._traces()[-1]["text"]) == 100
    assert view.to_svg().count("Renal thing") == 250, "a tooltip each, and the names"


def test_a_key_of_many_types_has_several_lines():
    kinds = [
        "Gene",
        "Disease",
        "CellComponent",
        *(f"Type of mine {i}" for i in range(9)),
    ]
    nodes = {k: Node(id=k, name=k, type=k, documents=1) for k in kinds}
    drawn = picture(nodes, [])
    lines = drawn.key(600)
    assert [kind for line in lines for _, kind in line] == type_order(kinds)
    assert len(lines) == 3
    for line in lines:
        left, kind = line[-1]
        assert left + width_of(kind) < 600


def covered(drawn):
    """How many lines run under names; and how many circles and names are covered."""
    lines = others = 0
    places = drawn.places
    boxes = dict(zip(drawn.sides, drawn.boxes().tolist(), strict=True))
    for node, (left, top, right, bottom) in boxes.items():
        for edge in drawn.edges:
            (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
            steps = [i / 100 for i in range(101)]
            lines += any(
                left < x1 + t * (x2 - x1) < right and top < y1 + t * (y2 - y1) < bottom
                for t in steps
            )
        for other in drawn.nodes.values():
            x, y = places[other.id]
            near_x, near_y = min(max(x, left), right), min(max(y, top), bottom)
            others += (x - near_x) ** 2 + (y - near_y) ** 2 < drawn.radius(other) ** 2
            if other.id != node and other.id in boxes:
                a, b, c, d = boxes[other.id]
                others += not (right <= a or c <= left or bottom <= b or d <= top)
    return lines, others


def test_same_graph_same_picture(graph):
    assert draw(graph).to_svg() == draw(graph).to_svg()
    assert draw(graph, seed=1).to_svg() != draw(graph).to_svg()


def test_tooltips_quote_the_evidence(graph, documents):
    pytest.importorskip("plotly")
    view = draw(graph, around=COUGH, documents=documents)
    hovers = view.figure().data[-2].hovertext
    assert any("Much cough was seen with captopril." in text for text in hovers)


def test_names_are_text_in_svg_html_and_plotly(graph, documents):
    pytest.importorskip("plotly")
    view = draw(graph, documents=documents)
    seen: list[str] = []

    class Names(xml.sax.ContentHandler):
        def startElement(self, name, attrs):  # noqa: N802
            seen.append(name)
            assert not [a for a in attrs.getNames() if a.startswith("on")]

    xml.sax.parseString(view.to_svg().encode(), Names())
    assert set(seen) <= {"svg", "rect", "line", "circle", "text", "title"}
    figure = view.figure()
    for trace in figure.data[-2:]:
        for text in [*(trace.text or ()), *(trace.hovertext or ())]:
            assert "<img" not in text.replace("<br>", "")
            assert "<script" not in text
    # The attack must not end the script that holds the figure.
    page = view.to_html()
    assert "<script>alert(2)" not in page
    assert page.count("</script>") == page.count("<script")
    assert ATTACK not in view.static_html()


def test_colours_are_explained_and_types_are_text(graph):
    pytest.importorskip("plotly")
    import polars as pl

    from kgbuild.graph import KnowledgeGraph

    kinds = pl.col("type").cast(pl.String).replace("Species", ATTACK)
    odd = KnowledgeGraph(
        concepts=graph.concepts.with_columns(kinds.alias("type")),
        associations=graph.associations,
    )
    [key] = draw(odd).figure().layout.annotations
    assert "</span> Gene" in key.text
    assert "&lt;img src=x" in key.text
    assert not re.search("<(img|script)", key.text)


def test_the_saved_page_stands_alone(graph, tmp_path):
    pytest.importorskip("plotly")
    page = draw(graph).save(tmp_path / "net.html").read_text()
    tags = re.findall(r"<(?:script|link|img|iframe)[^>]*>", page[:2000] + page[-20000:])
    assert not [tag for tag in tags if "src=" in tag or "href=" in tag]


def test_saving_by_suffix(graph, tmp_path):
    view = draw(graph)
    assert view.save(tmp_path / "a.svg").read_text().startswith("<svg xmlns=")
    with pytest.raises(ConfigError, match=r"saved as .html, .svg or .png. Got 'a.gif'"):
        view.save(tmp_path / "a.gif")
    pytest.importorskip("matplotlib")
    first = view.save(tmp_path / "a.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert view.save(tmp_path / "b.png").read_bytes() == first


def test_a_click_tells_and_marks(graph):
    view = draw(graph)
    heard: list[str] = []
    stop = view.on_select(heard.append)
    view.click(ACE)
    assert view.selected == ACE
    stop()
    view.click(CAPTOPRIL)
    assert heard == [ACE]
    with pytest.raises(ConfigError, match="The picture has no concept 'x'"):
        view.click("x")


def test_browser_and_picture_follow_each_other(graph, documents):
    explorer = Explorer(graph, documents=documents)
    view = draw(explorer)
    view.click(ACE)
    assert explorer.current == ACE
    explorer.open(COUGH)
    assert view.selected == COUGH


def test_a_picture_that_is_gone_is_not_told(graph):
    explorer = Explorer(graph)
    for _ in range(20):
        draw(explorer)
    gc.collect()
    explorer.open(ACE)
    assert explorer._listeners == []


def test_the_widget_hears_clicks_and_shows_the_selection(graph):
    pytest.importorskip("anywidget")
    explorer = Explorer(graph)
    view = draw(explorer)
    widget = view.widget
    ids = list(nodes(widget).customdata)

    points = SimpleNamespace(point_inds=[ids.index(ACE)])
    view._clicked(nodes(widget), points, None)
    assert explorer.current == ACE
    widths = nodes(widget).marker.line.width
    assert widths[ids.index(ACE)] == 4
    assert sorted(widths)[-2] == 1
    explorer.open(CAPTOPRIL)
    assert nodes(widget).marker.line.width[ids.index(CAPTOPRIL)] == 4
    # A page that is still loading Plotly's script reads the state once it is there.
    outline = widget.get_state()["_widget_data"][-1]["marker"]["line"]
    assert outline["width"][ids.index(CAPTOPRIL)] == 4


def test_the_first_message_of_the_widget_holds_the_figure(graph, monkeypatch):
    """A page that is slow to load Plotly loses the messages that come after it."""
    pytest.importorskip("anywidget")
    import comm

    opened = []
    make = comm.create_comm

    def create_comm(*arguments, **options):
        if "state" in (options.get("data") or {}):
            opened.append(options["data"]["state"])
        return make(*arguments, **options)

    monkeypatch.setattr(comm, "create_comm", create_comm)
    widget = draw(graph).widget
    [state] = [s for s in opened if "_widget_data" in s]
    assert list(state["_widget_data"][-1]["customdata"]) == [*nodes(widget).customdata]
    assert state["_widget_layout"]["dragmode"] == "pan"
    assert state["_config"]["responsive"]
    # Its own script is there at once, and loads Plotly's out of the state.
    assert len(state["_esm"]) < 1000 < 10**6 < len(state["_plotly"])
    assert widget.comm is not None


def test_a_notebook_gets_a_picture_beside_the_widget(graph):
    bundle = draw(graph)._repr_mimebundle_()
    assert "<svg" in bundle["text/html"]
    assert "8 concepts" in bundle["text/plain"]
    json.dumps(bundle)


def test_without_plotly_there_is_the_picture_and_a_clear_error(graph, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    view = draw(graph)
    assert set(view._repr_mimebundle_()) == {"text/plain", "text/html"}
    with pytest.raises(MissingExtraError, match=r"kgbuild\[notebook\]"):
        view.to_html()


def test_nothing_to_draw(graph):
    view = draw(graph.filter(min_documents=99))
    assert "nothing to draw" in view._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("options", [{"limit": 0}, {"around": "mesh:D9"}, {"by": "x"}])
def test_wrong_options_get_a_sentence(graph, options):
    with pytest.raises(KgbuildError, match=r"Got |has no concept"):
        draw(graph, **options)


def test_the_darkest_line_has_the_highest_score(graph):
    view = draw(graph)
    best = graph.top(1).row(0, named=True)
    opacities = {e: view.picture.opacity(e) for e in view.picture.edges}
    darkest = max(opacities, key=opacities.get)
    assert (darkest.source, darkest.target) == (best["source"], best["target"])
    assert opacities[darkest] == pytest.approx(0.85)
    assert f"score {best['score']:.2f}" in darkest.title
    # A graph of elsewhere without scores has its NPMI.
    bare = KnowledgeGraph(
        concepts=graph.concepts, associations=graph.associations.drop("score")
    )
    strengths = {e.strength for e in draw(bare).picture.edges}
    assert strengths <= {*bare.associations["npmi"]}
