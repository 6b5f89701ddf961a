"""The entity browser: controls on an :class:`~kgbuild.widgets.explorer.Explorer`.

Core ipywidgets only. Lists are shown page by page, so that an interaction sends a page,
however large the graph.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuild._io.html import escape
from kgbuild._io.markup import chip, counted, fallback, plain, type_order
from kgbuild.errors import KgbuildError, required
from kgbuild.graph.answers import Filters, Hit, Neighbor
from kgbuild.widgets._browser_html import (
    STYLE,
    counter,
    head,
    hit_line,
    named,
    near_line,
    said,
    strength,
    strongest_table,
    year_bars,
)
from kgbuild.widgets._controls import (
    button,
    labelled,
    message,
    opener,
)
from kgbuild.widgets._correction_panel import CorrectionPanel
from kgbuild.widgets.explorer import Explorer, make_explorer, settings_of_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from kgbuild.document import Document
    from kgbuild.graph import KnowledgeGraph
    from kgbuild.graph.ranks import Rank
    from kgbuild.neo4j.store import Loaded

#: Of a list that are asked for at once, and that are seen: all fits one screen.
_PAGE, _ROWS = 15, 8
_EVIDENCE = 5
#: Of every type, in the overview of a concept; and how many types.
_OVERVIEW, _KINDS = 3, 8
#: How long a button waits for a server, in seconds.
_PATIENCE_S = 10.0
_ORDERS: tuple[tuple[str, Rank], ...] = (
    ("best score", "score"),
    ("surest (q)", "q_value"),
    ("strongest (NPMI)", "npmi"),
    ("log odds", "log_odds"),
    ("most documents", "documents"),
)
#: What a list says where nothing is chosen: ipywidgets shows an option whose value is
#: ``None`` as a blank.
_ALL = ""
_Q_BOUNDS = (("any", _ALL), ("≤ 0.05", 0.05), ("≤ 0.01", 0.01), ("≤ 0.001", 0.001))


class Browser:
    """A graph to search and walk about in, as a widget.

    As the last line of a cell it is shown. Where widgets do not run, as in a notebook
    that is saved or converted, a table of the strongest associations stands instead.

    Parameters
    ----------
    explorer
        The graph and its texts.
    corrections, vocabulary
        See :func:`browse`.

    Attributes
    ----------
    explorer
        What the browser shows: open concepts from code, read the basket.
    widget
        The ipywidgets box.
    """

    def __init__(
        self,
        explorer: Explorer,
        *,
        corrections: Path | str = "corrections.csv",
        vocabulary: Path | str | Sequence[Path | str] | None = None,
    ) -> None:
        w = required("ipywidgets", extra="notebook")

        self.explorer = explorer
        self._start = 0
        self._near_start = 0
        self._evidence_start = 0
        self._quiet = 0
        self._hits: tuple[Hit, ...] = ()
        self._near: tuple[Neighbor, ...] = ()
        self._row: int | None = None

        types = type_order(explorer.query.types)
        wide = w.Layout(width="auto")
        # Searching
        self.search = labelled(
            "Text", "Search", 55, placeholder="name, synonym or identifier"
        )
        self.type = labelled(
            "Dropdown",
            "Type",
            55,
            options=[("all types", _ALL), *((plain(t), t) for t in types)],
        )
        self.order = labelled(
            "Dropdown",
            "Order",
            55,
            options=[
                ("best match", "match"),
                ("most documents", "documents"),
                ("most associations", "associations"),
                ("surest association", "strength"),
            ],
        )
        self.results = w.Select(options=[], rows=_ROWS, layout=wide)
        self.results.add_class("kgb-results")
        self.counter = w.HTML()
        self.earlier = button("◀", 42)
        self.later = button("▶", 42)
        # What counts as an association
        self.min_documents = labelled(
            "BoundedIntText", "Documents ≥", 90, value=1, min=1, max=10**6
        )
        self.max_q = labelled("Dropdown", "q", 90, options=_Q_BOUNDS)
        span = explorer.query.year_range
        first, last = span or (0, 0)
        self.years = labelled(
            "IntRangeSlider",
            "Years",
            50,
            value=(first, last),
            min=first,
            max=last,
            continuous_update=False,
            disabled=span is None or first == last,
        )
        self._span = span
        # The open concept
        self.back = button("◀ back", 80)
        self.forward = button("forward ▶", 90)
        self.keep = button("put into basket", 130)
        self.head = w.HTML()
        self.overview = w.HTML()
        self.near_type = w.Dropdown(options=[("all types", _ALL)], layout=wide)
        self.near_order = w.Dropdown(options=_ORDERS, layout=wide)
        self.near = w.Select(options=[], rows=_ROWS, layout=wide)
        self.near.add_class("kgb-neighbors")
        self.near_counter = w.HTML()
        self.near_earlier = button("◀", 42)
        self.near_later = button("▶", 42)
        self.visit = button("open neighbour", 130)
        self.evidence = w.HTML()
        self.more = button("more evidence", 130)
        self.correct = CorrectionPanel(corrections, types=types, vocabulary=vocabulary)
        # The basket
        self.basket = w.SelectMultiple(options=[], rows=3, layout=wide)
        self.basket_open = button("open", 60)
        self.basket_drop = button("take out", 75)
        self.path = labelled("Text", "File", 30, value="basket.graphml")
        self.save = button("save", 60)
        self.reach = labelled(
            "Dropdown",
            "Keep",
            40,
            options=[("what joins them", 0), ("and their neighbours", 1)],
        )
        self.uri = labelled(
            "Text",
            "Neo4j",
            70,
            value=os.environ.get("NEO4J_URI", ""),
            placeholder="neo4j://localhost:7687",
        )
        self.user = labelled(
            "Text", "User", 70, value=os.environ.get("NEO4J_USERNAME", "neo4j")
        )
        # Its value is sent to the page and may be saved with the notebook: it is taken
        # out as soon as it is used, and NEO4J_PASSWORD is never put in.
        self.password = labelled(
            "Password",
            "Password",
            70,
            placeholder=(
                "that of NEO4J_PASSWORD" if os.environ.get("NEO4J_PASSWORD") else ""
            ),
        )
        self._password: str | None = None
        self.load = button("load into Neo4j", 130)
        self.message = w.HTML()
        self._wire()
        self.widget = self._arrange()
        self._stop = explorer.on_open(lambda _: self._show_concept())
        self._list()
        self._show_concept()
        self._show_basket()

    # -- arrangement -------------------------------------------------------------------

    def _arrange(self) -> Any:
        w = required("ipywidgets", extra="notebook")

        to_server = w.VBox([self.uri, self.user, self.password, self.load])
        server = opener("Neo4j …", 75, to_server)
        left = w.VBox(
            [
                self.search,
                self.type,
                self.order,
                self.results,
                w.HBox([self.earlier, self.later, self.counter]),
                w.HTML("<b>Associations that count</b>"),
                self.min_documents,
                self.max_q,
                self.years,
                w.HTML("<b>Basket</b>"),
                self.basket,
                w.HBox(
                    [self.basket_open, self.basket_drop, self.save, server],
                    layout=w.Layout(flex_flow="row wrap"),
                ),
                self.reach,
                self.path,
                to_server,
                self.message,
            ],
            layout=w.Layout(flex="1 1 190px", max_width="340px", margin="0 1em 0 0"),
        )
        near = w.VBox(
            [
                self.overview,
                w.HBox([self.near_type, self.near_order]),
                self.near,
                w.HBox(
                    [
                        self.near_earlier,
                        self.near_later,
                        self.near_counter,
                        self.visit,
                    ]
                ),
            ]
        )
        near.add_class("kgb-near")
        right = w.VBox(
            [
                w.HBox([self.back, self.forward, self.keep]),
                self.head,
                near,
                self.evidence,
                w.HBox([self.more, self.correct.toggle]),
                self.correct.widget,
            ],
            # Beside the other also where the panel of files takes much of a window.
            layout=w.Layout(flex="2 1 310px", min_width="310px"),
        )
        for column in (left, right):
            column.add_class("kgb-column")

        def make_room(change: dict[str, Any]) -> None:
            turn = right.add_class if change["new"] else right.remove_class
            turn("kgb-correcting")

        self.correct.toggle.observe(make_room, names="value")
        style = w.HTML(STYLE, layout=w.Layout(display="none"))
        box = w.HBox(
            [left, right, style], layout=w.Layout(flex_flow="row wrap", width="100%")
        )
        box.add_class("kgb-browser")
        return box

    def _wire(self) -> None:
        for control in (self.search, self.type, self.order):
            control.observe(lambda _: self._list(fresh=True), names="value")
        for control in (self.min_documents, self.max_q, self.years):
            control.observe(lambda _: self._refilter(), names="value")
        self.near_type.observe(lambda _: self._list_near(fresh=True), names="value")
        self.near_order.observe(lambda _: self._rank(), names="value")
        self.results.observe(self._chosen, names="value")
        self.near.observe(lambda _: self._show_evidence(fresh=True), names="value")
        self.earlier.on_click(lambda _: self._turn(-_PAGE))
        self.later.on_click(lambda _: self._turn(_PAGE))
        self.near_earlier.on_click(lambda _: self._turn_near(-_PAGE))
        self.near_later.on_click(lambda _: self._turn_near(_PAGE))
        self.back.on_click(lambda _: self.explorer.back())
        self.forward.on_click(lambda _: self.explorer.forward())
        self.visit.on_click(lambda _: self._visit())
        self.more.on_click(lambda _: self._more_evidence())
        self.keep.on_click(lambda _: self._keep())
        self.basket_open.on_click(lambda _: self._open_from_basket())
        self.basket_drop.on_click(lambda _: self._drop())
        self.save.on_click(lambda _: self._save())
        self.load.on_click(lambda _: self._load())

    @contextmanager
    def _silence(self) -> Iterator[None]:
        """Change controls without hearing of it."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1

    # -- searching ---------------------------------------------------------------------

    @property
    def filters(self) -> Filters:
        """Which associations count, as the controls say."""
        years = tuple(self.years.value)
        whole = self._span is None or years == self._span
        return Filters(
            min_documents=self.min_documents.value,
            max_q=self.max_q.value or None,
            years=None if whole else (years[0], years[1]),
        )

    def _list(self, *, fresh: bool = False) -> None:
        if self._quiet:
            return
        if fresh:
            self._start = 0
        found = self.explorer.query.search(
            self.search.value,
            types=[self.type.value] if self.type.value else None,
            filters=self.filters,
            order=self.order.value,
            start=self._start,
            limit=_PAGE,
        )
        self._hits = found.items
        with self._silence():
            # The place, not the id, is the value: options stay short and unique.
            self.results.options = [
                (hit_line(hit), place) for place, hit in enumerate(found.items)
            ]
            self.results.value = None
        self.counter.value = counter(found.start, len(found.items), found.total)
        self.earlier.disabled = found.start == 0
        self.later.disabled = found.start + len(found.items) >= found.total

    def _turn(self, step: int) -> None:
        self._start = max(0, self._start + step)
        self._list()

    def _chosen(self, change: dict[str, Any]) -> None:
        if not self._quiet and change["new"] is not None:
            self.explorer.open(self._hits[change["new"]].concept_id)

    def _refilter(self) -> None:
        if self._quiet:
            return
        self._list(fresh=True)
        self._rank()

    def _rank(self) -> None:
        """Neighbours count or rank otherwise than before."""
        if not self._quiet:
            self._show_overview()
            self._list_near(fresh=True)

    # -- the open concept --------------------------------------------------------------

    def _show_concept(self) -> None:
        current = self.explorer.current
        self.back.disabled = not self.explorer.can_go_back
        self.forward.disabled = not self.explorer.can_go_forward
        self.keep.disabled = current is None
        if current is None:
            self.head.value = (
                "<p>Search, then choose a concept to see what it is associated with."
                "</p>"
            )
        else:
            page = self.explorer.concept(current)
            self.head.value = head(page)
            options = [("all types", _ALL)] + [
                (f"{plain(kind)} ({n:,})", kind) for kind, n in page.neighbors.items()
            ]
            with self._silence():
                wanted = self.near_type.value
                self.near_type.options = options
                kinds = [kind for _, kind in options]
                self.near_type.value = wanted if wanted in kinds else _ALL
        self._rank()

    def _show_overview(self) -> None:
        """Say, type by type, what the open concept is associated with most strongly."""
        current = self.explorer.current
        if current is None:
            self.overview.value = ""
            return
        strongest = self.explorer.query.strongest(
            current,
            filters=self.filters,
            by=self.near_order.value,
            limit=_OVERVIEW,
        )
        lines = "".join(
            f"<div>{chip(kind)} "
            f"{escape(', '.join(plain(n.name, longest=40) for n in near))}</div>"
            for kind, near in [*strongest.items()][:_KINDS]
        )
        self.overview.value = (
            f'<div class="kgb-overview" style="line-height:1.6">{lines}</div>'
        )

    def _list_near(self, *, fresh: bool = False) -> None:
        if self._quiet:
            return
        if fresh:
            self._near_start = 0
        current = self.explorer.current
        if current is None:
            self._near, total = (), 0
        else:
            found = self.explorer.query.neighbors(
                current,
                types=[self.near_type.value] if self.near_type.value else None,
                filters=self.filters,
                by=self.near_order.value,
                start=self._near_start,
                limit=_PAGE,
            )
            self._near, total = found.items, found.total
        with self._silence():
            self.near.options = [
                (near_line(near, self.near_order.value), place)
                for place, near in enumerate(self._near)
            ]
            self.near.value = 0 if self._near else None
        self.near_counter.value = counter(self._near_start, len(self._near), total)
        self.near_earlier.disabled = self._near_start == 0
        self.near_later.disabled = self._near_start + len(self._near) >= total
        self._show_evidence(fresh=True)

    def _turn_near(self, step: int) -> None:
        self._near_start = max(0, self._near_start + step)
        self._list_near()

    def _visit(self) -> None:
        if self.near.value is not None:
            self.explorer.open(self._near[self.near.value].concept_id)

    def _show_evidence(self, *, fresh: bool = False) -> None:
        if self._quiet:
            return
        if fresh:
            self._evidence_start = 0
        place = self.near.value
        self.visit.disabled = place is None
        if place is None:
            self.evidence.value = ""
            self.more.disabled = True
            self.correct.offer(self.explorer.written())
            return
        near = self._near[place]
        found = self.explorer.evidence(
            near.row, start=self._evidence_start, limit=_EVIDENCE
        )
        quotes = "".join(piece.html for piece in found.items)
        stop = found.start + len(found.items)
        told = counter(found.start, len(found.items), found.total)
        years = year_bars(self.explorer.years_of(near.row), label="document")
        self.evidence.value = (
            '<div class="kgb-evidence">'
            f"<b>{named(self._current_name())} – {named(near.name)}</b>: "
            f"{escape(said(near))}{counted(near.documents, 'document')}, "
            f"{counted(near.sentences, 'sentence')}, {', '.join(strength(near))}"
            f"{years}<div>Evidence {told}</div>"
            f"{quotes}</div>"
        )
        self.correct.offer(self.explorer.written(near.row, found.items))
        one_page = stop >= found.total and self._evidence_start == 0
        self.more.disabled = one_page
        self.more.description = (
            "more evidence" if one_page or stop < found.total else "first evidence"
        )

    def _current_name(self) -> str:
        current = self.explorer.current
        return "" if current is None else self.explorer.concept(current).name

    def _more_evidence(self) -> None:
        place = self.near.value
        if place is None:
            return
        total = self.explorer.evidence(self._near[place].row, limit=1).total
        following = self._evidence_start + _EVIDENCE
        self._evidence_start = following if following < total else 0
        self._show_evidence()

    # -- basket ------------------------------------------------------------------------

    def _keep(self) -> None:
        if self.explorer.current is not None:
            self.explorer.put(self.explorer.current)
            self._show_basket()

    def _drop(self) -> None:
        for concept_id in self.basket.value:
            self.explorer.take_out(concept_id)
        self._show_basket()

    def _open_from_basket(self) -> None:
        for concept_id in self.basket.value[:1]:
            self.explorer.open(concept_id)

    def _show_basket(self) -> None:
        held = self.explorer.basket
        self.basket.options = [
            (f"{plain(hit.name, longest=40)} · {plain(hit.type)}", hit.concept_id)
            for hit in held
        ]
        self.save.disabled = self.load.disabled = not held

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.message.value = message(text, wrong=wrong)

    def _save(self) -> None:
        """Save the basket's graph; the reason stands below where that fails."""
        try:
            files = self.save_basket(self.path.value, hops=self.reach.value)
        except (KgbuildError, OSError) as error:
            self._say(str(error), wrong=True)
        else:
            self._say(f"Saved {', '.join(str(file) for file in files)}.")

    def _load(self) -> None:
        """Load the basket's graph into Neo4j, or say why not."""
        uri = self.uri.value.strip()
        if self.password.value:
            self._password, self.password.value = self.password.value, ""
            self.password.placeholder = "as before"
        self._say(f"Loading into {uri or 'Neo4j'} …")
        self.load.disabled = True
        try:
            loaded = self.load_basket(
                uri or None,
                user=self.user.value.strip() or None,
                password=self._password,
                hops=self.reach.value,
                retry_s=_PATIENCE_S,
            )
        except (KgbuildError, OSError) as error:
            self._say(str(error), wrong=True)
        else:
            self._say(
                f"{counted(loaded.concepts, 'concept')} and "
                f"{counted(loaded.associations, 'association')} are in {uri}."
            )
        finally:
            self.load.disabled = not self.explorer.basket

    def load_basket(
        self,
        uri: str | None = None,
        *,
        user: str | None = None,
        password: str | None = None,
        database: str | None = None,
        hops: int = 0,
        retry_s: float = 60.0,
    ) -> Loaded:
        """Load the graph of the concepts in the basket into Neo4j.

        Parameters
        ----------
        uri, user, password, database, retry_s
            As :class:`kgbuild.neo4j.store.Neo4jStore` takes them: what is not given is
            read from the environment (``NEO4J_URI``, …).
        hops
            Take in neighbours so many steps away.

        Returns
        -------
        Loaded
            What was written; the same basket again changes nothing.

        Raises
        ------
        ConfigError
            The basket is empty, or no address or no password is given.
        Neo4jError
            The server cannot be reached or refuses.
        MissingExtraError
            The driver is not installed.
        """
        from kgbuild.neo4j.store import Neo4jStore

        graph = self.explorer.basket_graph(hops=hops)
        with Neo4jStore(
            uri, user=user, password=password, database=database, retry_s=retry_s
        ) as store:
            return store.load(graph)

    def save_basket(self, path: Path | str, *, hops: int = 0) -> list[Path]:
        """Write the graph of the concepts in the basket.

        Parameters
        ----------
        path
            A picture (``.html``, ``.svg``, ``.png``), or whatever
            :meth:`kgbuild.graph.KnowledgeGraph.write` writes.
        hops
            Take in neighbours so many steps away.

        Returns
        -------
        list of pathlib.Path
            The files.

        Raises
        ------
        ConfigError
            The basket is empty, or there is no such format.
        """
        graph = self.explorer.basket_graph(hops=hops)
        path = Path(path)
        if path.suffix.lower() in {".html", ".svg", ".png"}:
            from kgbuild.widgets.network import network_view

            view = network_view(
                graph,
                graph.associations,
                quotes=self.explorer.quotes,
                keep=graph.concepts["concept_id"],
            )
            return [view.save(path)]
        return graph.write(path)

    # -- in a notebook -----------------------------------------------------------------

    def static_html(self, *, limit: int = 20) -> str:
        """Return a table of the strongest associations, which needs no widgets."""
        return strongest_table(self.explorer.graph, limit=limit)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return the widget, and the table for whatever cannot show widgets."""
        graph = self.explorer.graph
        return {
            "text/plain": f"Browser of {graph!r}",
            **self.widget._repr_mimebundle_(**options),
            "text/html": self.static_html(),
        }

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        bundle = self._repr_mimebundle_()
        # Its table comes in an output of its own, which is hidden beside the widget.
        del bundle["text/html"]
        display(bundle, raw=True)
        display(HTML(fallback(self.static_html(), live="kgb-browser")))

    def close(self) -> None:
        """Close the widgets and let go of the explorer."""
        self._stop()
        self.widget.close()


def browse(
    source: KnowledgeGraph | Iterable[Document] | Explorer | Path | str,
    *,
    documents: pl.DataFrame | Iterable[Document] | None = None,
    mentions: pl.DataFrame | None = None,
    corrections: Path | str | None = None,
    vocabulary: Path | str | Sequence[Path | str] | None = None,
) -> Browser:
    """Browse a graph: search, look at neighbours and evidence, collect concepts.

    Parameters
    ----------
    source
        Annotated documents, of which a graph is made; a graph; the folder that
        ``kgbuild run`` left; or an explorer.
    documents
        Documents or their table, from which evidence is quoted; needed only where
        ``source`` is a graph.
    mentions
        The mentions table, for counts per year; as above.
    corrections
        File that "correct …" writes to; that of the run, or ``corrections.csv``.
    vocabulary
        Which "correct …" takes candidates from, as for
        :func:`kgbuild.explain`; that of the run, or those installed.

    Returns
    -------
    Browser
        As the last line of a cell it is shown.

    Raises
    ------
    InputError
        The folder holds no graph.
    MissingExtraError
        ipywidgets is not installed.
    """
    run = settings_of_run(source) if isinstance(source, (str, Path)) else {}
    return Browser(
        make_explorer(source, documents=documents, mentions=mentions),
        corrections=corrections or run.get("corrections") or "corrections.csv",
        vocabulary=vocabulary or run.get("vocabulary") or None,
    )
