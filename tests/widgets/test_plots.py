from __future__ import annotations

import polars as pl
import pytest

from kgbuild.entity_types import colour_of
from kgbuild.errors import ConfigError, InputError, NotFoundError
from kgbuild.graph import KnowledgeGraph
from kgbuild.tables import tables
from kgbuild.widgets.evidence import evidence
from kgbuild.widgets.network import draw
from kgbuild.widgets.plots import (
    plot_associations,
    plot_neighbors,
    plot_type_pairs,
    plot_years,
    type_pair_counts,
)

pytest.importorskip("plotly")

CAPTOPRIL, ACE = "mesh:D002216", "ncbigene:1636"


def test_a_name_of_several_concepts_is_noted_once_where_it_was_asked(graph):
    two = pl.col("concept_id").is_in([CAPTOPRIL, ACE])
    called = pl.when(two).then(pl.lit(["blocker"])).otherwise(pl.lit(["other"]))
    shared = KnowledgeGraph(
        concepts=graph.concepts.with_columns(synonyms=called),
        associations=graph.associations,
    )
    with pytest.warns(UserWarning, match="2 concepts are called") as warned:
        plot_neighbors(shared, "blocker")
    assert [w.filename for w in warned] == [__file__]


def test_every_association_is_a_point(graph):
    figure = plot_associations(graph)
    points = [
        (round(x), y)
        for trace in figure.data
        for x, y in zip(trace.x, trace.y, strict=True)
    ]
    expected = graph.associations.select("documents", "npmi").rows()
    assert sorted(points) == sorted(expected)
    assert "Gene – Chemical" in {trace.name for trace in figure.data}
    assert len(plot_associations(graph, limit=1).data[0].x) == 1
    strong = plot_associations(graph, min_documents=2)
    assert all(round(x) >= 2 for trace in strong.data for x in trace.x)


def test_points_of_one_number_of_documents_stand_beside_each_other(graph):
    figure = plot_associations(graph)
    beside = [x for trace in figure.data for x in trace.x if round(x) == 1]
    assert len({*beside}) == len(beside) > 5
    assert all(abs(x - 1) <= 0.25 for x in beside)
    again = plot_associations(graph)
    assert [trace.x for trace in again.data] == [trace.x for trace in figure.data]
    assert all(trace.marker.opacity < 1 for trace in figure.data)
    assert "spread" in figure.layout.xaxis.title.text
    assert all(": 1 document, " in figure.data[0].hovertext[i]
               for i, x in enumerate(figure.data[0].x) if round(x) == 1)  # fmt: skip


def test_many_bars_have_their_axis_on_top():
    from kgbuild.document import Document, Mention
    from kgbuild.graph import build_graph

    def named(start, text, concept):
        return Mention(
            start=start, end=start + len(text), text=text, type="Gene",
            concepts=(concept,),
        )  # fmt: skip

    documents = [
        Document.from_text(f"ACE g{i:02}", id=str(i)).with_mentions(
            [named(0, "ACE", ACE), named(4, f"g{i:02}", f"my:{i}")]
        )
        for i in range(30)
    ]
    graph = build_graph(documents, exclude=())
    assert plot_neighbors(graph, ACE, n=20).layout.xaxis.side == "bottom"
    many = plot_neighbors(graph, ACE, n=30)
    assert many.layout.xaxis.side == "top"
    assert many.layout.margin.t > plot_neighbors(graph, ACE).layout.margin.t


def test_pairs_of_types_are_told_apart_beside_the_axes(graph):
    figure = plot_associations(graph)
    looks = [(trace.marker.color, trace.marker.symbol) for trace in figure.data]
    assert len({*looks}) == len(looks) > 5
    shapes = dict(zip([t.name for t in figure.data], looks, strict=True))
    assert shapes["Gene – Chemical"][0] == colour_of("Gene")
    assert shapes["Gene – Chemical"][1] == shapes["Chemical – Chemical"][1]
    assert all(mark == int(mark) for mark in figure.layout.xaxis.tickvals)
    for drawn in (figure, plot_neighbors(graph, ACE)):
        legend = drawn.layout.legend
        assert legend.x > 1
        assert legend.font.size >= 13
        assert legend.itemsizing == "constant"


def test_bars_have_a_legend_of_types(graph):
    bars, *keys = plot_neighbors(graph, ACE).data
    meant = {key.name: key.marker.color for key in keys}
    kinds = graph.neighbors(ACE)["type"].unique().to_list()
    assert meant == {kind: colour_of(kind) for kind in kinds}
    assert {*bars.marker.color} == {*meant.values()}
    assert not bars.showlegend


@pytest.mark.parametrize(
    ("last", "marks"), [(1991, 1), (1999, 1), (2003, 2), (2025, 5), (2140, 20)]
)
def test_marks_of_years_are_whole_and_few(last, marks):
    axis = plot_years(
        pl.DataFrame({"document_id": ["1", "2"], "year": [1991, last]}),
        mentions=pl.DataFrame({"document_id": ["1", "2"], "type": ["Gene", "Gene"]}),
    ).layout.xaxis
    assert (axis.dtick, axis.tickformat) == (marks, "d")
    assert axis.tick0 % marks == 0


def test_rare_pairs_of_types_share_a_colour(graph, monkeypatch):
    monkeypatch.setattr("kgbuild.widgets.plots._PAIRS", 2)
    figure = plot_associations(graph)
    assert [trace.name for trace in figure.data][-1] == "other types"
    assert len(figure.data) == 3
    assert sum(len(trace.x) for trace in figure.data) == len(graph)


def test_neighbours_stand_strongest_on_top(graph):
    figure = plot_neighbors(graph, "captopril", n=3)
    rows = graph.neighbors(CAPTOPRIL, n=3)
    assert list(figure.data[0].x) == rows["score"].to_list()[::-1]
    assert figure.layout.xaxis.title.text == "score"
    assert figure.layout.yaxis.ticktext[-1] == rows["name"][0]
    assert f"score {rows['score'][0]:.3f}" in figure.data[0].hovertext[-1]


@pytest.mark.parametrize("by", ["npmi", "documents", "q_value", "p_value", "log10_p"])
def test_bars_are_as_long_as_what_orders_them(graph, by):
    figure = plot_neighbors(graph, "captopril", by=by)
    lengths = list(figure.data[0].x)
    assert lengths == sorted(lengths)
    rows = graph.neighbors(CAPTOPRIL, by=by)
    if by in {"q_value", "p_value", "log10_p"}:
        assert figure.layout.xaxis.title.text == f"-log10 {by.strip('log10_')[0]}"
        column = "log10_p" if by == "p_value" else by
        given = [10**-x if by == "q_value" else -x for x in lengths[::-1]]
        assert given == pytest.approx(rows[column].to_list())
    else:
        assert lengths[::-1] == rows[by].to_list()


def test_pairs_of_types_are_counted_both_ways(graph):
    counts = type_pair_counts(graph)
    assert sum(counts.values()) == graph.associations.height
    assert counts["Chemical", "Gene"] == 4
    figure = plot_type_pairs(graph)
    (matrix,) = figure.data
    names = list(matrix.x)
    one, other = names.index("Gene"), names.index("Chemical")
    assert matrix.text[one][other] == matrix.text[other][one] == "4"


def test_mentions_per_year(documents):
    figure = plot_years(documents)
    by_name = {trace.name: trace for trace in figure.data}
    genes = dict(zip(by_name["Gene"].x, by_name["Gene"].y, strict=True))
    assert genes[1991] == 1
    assert genes[2001] == 3
    assert genes[1998] == 0
    assert "1 document without a year left out" in figure.layout.title.text


def test_documents_per_year_of_concepts(documents):
    frames = tables(documents)
    figure = plot_years(frames[0], mentions=frames[1], concepts=["Captopril", ACE])
    assert [trace.name for trace in figure.data] == ["captopril", "ACE"]
    counts = dict(zip(figure.data[0].x, figure.data[0].y, strict=True))
    assert {year: n for year, n in counts.items() if n} == {
        1991: 1,
        1992: 1,
        1999: 1,
        2001: 1,
    }
    by_id = plot_years(documents, concepts=CAPTOPRIL)
    assert list(by_id.data[0].y) == list(figure.data[0].y)


def test_years_of_what_no_document_names_are_refused(documents):
    for unknown in ("nobody", "mesh:D9"):
        with pytest.raises(NotFoundError, match=f"No document names .*{unknown}"):
            plot_years(documents, concepts=[CAPTOPRIL, unknown])


def test_lines_of_two_concepts_of_one_name_are_told_apart():
    from kgbuild.document import Document, Mention

    genes = [
        Document.from_text("Tgfb1", id=str(i)).with_mentions(
            [Mention(start=0, end=5, text="Tgfb1", type="Gene", concepts=(gene,))]
        )
        for i, gene in enumerate(["ncbigene:21803", "ncbigene:59086"])
    ]
    figure = plot_years(genes, concepts=["ncbigene:21803", "ncbigene:59086"])
    names = ["Tgfb1 (ncbigene:21803)", "Tgfb1 (ncbigene:59086)"]
    assert [trace.name for trace in figure.data] == names


def test_names_are_text(graph):
    figures = [plot_associations(graph), plot_neighbors(graph, ACE)]
    for figure in figures:
        page = figure.to_html(include_plotlyjs=False, full_html=False)
        assert "<img" not in page
        assert "<script>alert" not in page
        for trace in figure.data:
            assert not [text for text in trace.hovertext or () if "<" in text]


def all_figures(graph, documents):
    return [
        plot_associations(graph),
        plot_neighbors(graph, ACE),
        plot_type_pairs(graph),
        plot_years(documents),
    ]


def test_every_figure_leaves_an_image_for_papers_and_converted_notebooks(
    graph, documents
):
    pytest.importorskip("matplotlib")
    for figure in all_figures(graph, documents):
        image = figure.to_png()
        assert image.startswith(b"\x89PNG")
        assert len(image) > 5_000, "something is drawn"
        assert figure.to_png() == image
        assert figure._repr_mimebundle_()["image/png"] == image


def test_the_figure_itself_is_shown_where_it_can_be(graph, monkeypatch):
    pytest.importorskip("matplotlib")
    io = pytest.importorskip("plotly.io")
    shown = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, raw=False: shown.append((data, raw)),
    )
    monkeypatch.setattr(io.renderers, "render_on_display", True)
    before = io.renderers.default
    io.renderers.default = "plotly_mimetype"
    try:
        plot_type_pairs(graph)._ipython_display_()
    finally:
        io.renderers.default = before
    (bundle, raw), (style, _) = shown
    assert raw
    assert style.data == "<style>.plot-img{max-width:100%}</style>"
    assert set(bundle) == {"application/vnd.plotly.v1+json", "image/png"}


def test_formulas_and_hidden_labels_are_text_in_images(documents):
    pytest.importorskip("matplotlib")
    from kgbuild.document import Document, Mention
    from kgbuild.graph import build_graph

    text = r"_x $\\frac{ & ^{2} <b> meets ACE"
    ends = [(0, text.index(" meets"), "my:1"), (len(text) - 3, len(text), ACE)]
    mentions = [
        Mention(start=a, end=b, text=text[a:b], type=r"_T$\\frac{", concepts=(c,))
        for a, b, c in ends
    ]
    hostile = Document.from_text(text, id="1").with_mentions(mentions)
    graph = build_graph([hostile], exclude=())
    for figure in all_figures(graph, [hostile]):
        assert figure.to_png().startswith(b"\x89PNG")


def test_an_empty_graph_has_figures_too(graph, documents):
    pytest.importorskip("matplotlib")
    empty = graph.filter(types=["Anatomy"])
    for figure in (
        plot_associations(empty),
        plot_type_pairs(empty),
        plot_years([]),
    ):
        assert figure.to_png().startswith(b"\x89PNG")


def test_wrong_questions_get_a_sentence(graph, documents):
    with pytest.raises(ConfigError, match=r"limit must be at least 1\. Got 0\."):
        plot_associations(graph, limit=0)
    with pytest.raises(ConfigError, match=r"n must be at least 1\. Got 0\."):
        plot_neighbors(graph, ACE, n=0)
    with pytest.raises(NotFoundError, match="no concept"):
        plot_neighbors(graph, "nobody")
    with pytest.raises(ConfigError, match="give the mentions table"):
        plot_years(tables(documents)[0])


@pytest.mark.parametrize("given", [[], "run", None])
@pytest.mark.parametrize(
    "function",
    [
        draw,
        plot_associations,
        lambda given: plot_neighbors(given, ACE),
        plot_type_pairs,
        lambda given: evidence(given, ACE, CAPTOPRIL),
    ],
    ids=["draw", "associations", "neighbors", "type_pairs", "evidence"],
)
def test_what_is_no_graph_is_refused_with_how_to_get_one(function, given):
    expected = rf"Expected a graph\. Got {type(given).__name__}.*kgbuild\.build_graph"
    with pytest.raises(InputError, match=expected):
        function(given)


def test_years_are_of_documents_not_of_a_graph(graph):
    with pytest.raises(InputError, match="Got KnowledgeGraph"):
        plot_years(graph)
