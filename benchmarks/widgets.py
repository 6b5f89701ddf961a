"""First paint, interactions and memory of the entity browser, on large graphs.

    kgbuild run quickstart.toml --input abstracts.jsonl --output out/abstracts
    python benchmarks/widgets.py --run out/abstracts [--steps 1000] [--peers]

Two graphs: what ``kgbuild run`` left in a folder, and one made here of 50,000 concepts
and a million associations, whose degrees fall off as those of literature do. Each is
measured in a process of its own, without a page: what is counted is all that the kernel
does before the page has its answer. Times are CPU times of the whole process, all
threads together: on a machine that does nothing else the wait is no longer than that,
and on one that does, the figures stay comparable.

*First paint* is the making of the browser and of all that is sent for it. *Steps* are
what a user does, in a fixed order drawn once: type names letter by letter, choose, open
neighbours, read evidence, go back, change filters and orders, turn pages, fill the
basket. *Held* is what the widgets hold, as JSON: what a page keeps in memory. Beside
them stand two usual ways: a list box (ipywidgets ``Select``) with all concepts,
filtered by each letter typed, and an ``itables`` table with all associations.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from kgbuild.widgets.browser import Browser

CONCEPTS, ASSOCIATIONS, DOCUMENTS = 50_000, 1_000_000, 100_000
SYLLABLES = (
    *("pro", "ta", "lin", "ace", "zol", "mab", "cor", "xan", "the"),
    *("ri", "um", "gly", "sol", "ver", "ami", "ton", "ka", "bex"),
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="folder that `kgbuild run` left")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--concepts", type=int, default=CONCEPTS)
    parser.add_argument("--associations", type=int, default=ASSOCIATIONS)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only", nargs=2, metavar=("GRAPH", "PROGRAM"))
    options = parser.parse_args()
    if options.only:
        print(json.dumps(PROGRAMS[options.only[1]](options.only[0], options)))
        return
    graphs = [*(["run"] if options.run else []), "made"]
    told = {graph: measured(graph, "browser", options) for graph in graphs}
    print("| | " + " | ".join(told[g]["graph"] for g in graphs) + " |")
    print("|---|" + "--:|" * len(graphs))
    for name in told[graphs[0]]["rows"]:
        print(f"| {name} | " + " | ".join(told[g]["rows"][name] for g in graphs) + " |")
    print()
    print("| ms, median / slowest | " + " | ".join(["steps", *graphs]) + " |")
    print("|---|--:|" + "--:|" * len(graphs))
    for kind in sorted({k for g in graphs for k in told[g]["steps"]}):
        count = told[graphs[0]]["steps"].get(kind, [0])[0]
        cells = [f"{m:.0f} / {x:.0f}" for _, m, x in
                 (told[g]["steps"].get(kind, (0, 0, 0)) for g in graphs)]  # fmt: skip
        print(f"| {kind} | {count} | " + " | ".join(cells) + " |")
    if options.peers:
        print()
        print("| peer | graph | first paint, s | sent, MB | a letter, ms | sent, MB |")
        print("|---|---|--:|--:|--:|--:|")
        for graph in graphs:
            for peer in ("select", "itables"):
                one = measured(graph, peer, options)
                print(f"| {one['name']} | {graph} | " + " | ".join(one["cells"]) + " |")


def measured(graph: str, program: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run one program in a process of its own."""
    command = [
        sys.executable, __file__, "--steps", str(options.steps),
        "--concepts", str(options.concepts),
        "--associations", str(options.associations),
        *(["--run", str(options.run)] if options.run else []),
        "--only", graph, program,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def open_graph(which: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return the graph, documents and mentions that a notebook would have at hand."""
    if which == "run":
        from kgbuild.graph import KnowledgeGraph
        from kgbuild.tables import read_table

        folder = options.run
        return {
            "source": KnowledgeGraph.load(folder),
            "documents": read_table(folder / "documents", name="documents"),
            "mentions": read_table(folder / "mentions", name="mentions"),
        }
    return made_graph(options.concepts, options.associations)


def made_graph(n: int, m: int) -> dict[str, Any]:
    """Make a graph with hubs, names, synonyms, years and evidence in real sentences."""
    import numpy as np
    import polars as pl

    from kgbuild.graph import KnowledgeGraph
    from kgbuild.tables import TABLES

    rng = np.random.default_rng(0)
    ids = pl.Series([f"mesh:D{i:06d}" for i in range(n)])
    words = rng.integers(0, len(SYLLABLES), (n, 2, 4)).tolist()
    texts = [["".join(SYLLABLES[i] for i in part) for part in two] for two in words]
    names = [f"{two[0]} {i}" for i, two in enumerate(texts)]
    synonyms = [[name, two[1]] for name, two in zip(names, texts, strict=True)]
    # The i-th concept meets others in proportion to i to the power of -0.7.
    weights = np.arange(1, n + 1) ** -0.7
    weights /= weights.sum()
    keys = np.zeros(0, dtype=np.int64)
    while len(keys) < m:
        a, b = (rng.choice(n, 2 * m, p=weights) for _ in range(2))
        low, high = np.minimum(a, b), np.maximum(a, b)
        keys = np.unique(np.concatenate([keys, (low * n + high)[low != high]]))
    keys = np.sort(rng.choice(keys, m, replace=False))
    support = rng.zipf(2.0, m).clip(1, 2000)
    sentence = "In this study drug A was compared with disease B in 120 patients. "
    spans = [{"start": 14, "end": 20}, {"start": 39, "end": 48}]
    columns = {"sentence": 0, "spans": spans, "score": 1.0, "negated": False,
               "hedged": False}  # fmt: skip
    evidence = pl.concat_list(
        pl.struct(
            pl.col("document").cast(pl.String).alias("document_id"),
            *(pl.lit(pl.Series([value])).first().alias(name)
              for name, value in columns.items()),
        )
    )  # fmt: skip
    first = rng.integers(1980, 2010, m)
    associations = pl.DataFrame(
        {
            "source": ids.gather(keys // n),
            "target": ids.gather(keys % n),
            "predicate": ["co_mention"] * m,
            "directed": [False] * m,
            "probability": [None] * m,
            "documents": support,
            "sentences": support,
            "npmi": rng.random(m),
            "log_odds": rng.normal(2, 1, m),
            "p_value": rng.random(m) ** 3,
            "q_value": rng.random(m) ** 2,
            "first_year": first,
            "last_year": first + rng.integers(0, 15, m),
            "document": rng.integers(0, DOCUMENTS, m),
        }
    )
    associations = associations.with_columns(evidence.alias("evidence")).select(
        pl.col(name).cast(kind) for name, kind in TABLES["associations"].core.items()
    )
    concepts = pl.DataFrame(
        {
            "concept_id": ids,
            "type": rng.choice(["Gene", "Disease", "Chemical", "Species"], n),
            "name": names,
            "mentions": rng.zipf(1.6, n).clip(1, 10**6),
            "documents": rng.zipf(1.6, n).clip(1, 10**5),
            "synonyms": synonyms,
        },
        schema_overrides={"type": pl.Categorical},
    )
    documents = pl.DataFrame(
        {
            "document_id": [str(i) for i in range(DOCUMENTS)],
            "pmid": pl.Series(range(1, DOCUMENTS + 1), dtype=pl.UInt32),
            "text": [sentence * 15] * DOCUMENTS,
            "year": rng.integers(1980, 2025, DOCUMENTS),
            "journal": ["J"] * DOCUMENTS,
        }
    )
    return {
        "source": KnowledgeGraph(concepts=concepts, associations=associations),
        "documents": documents,
        "mentions": None,
    }


class Wire:
    """Count what widgets send to the page."""

    def __init__(self) -> None:
        from ipywidgets import Widget

        self.bytes = 0
        wire = self

        def send(_: Widget, message: Any, buffers: Any = None) -> None:  # noqa: ARG001
            wire.bytes += len(json.dumps(message, default=str))

        Widget._send = send


def browser(which: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure the entity browser."""
    import ipywidgets  # noqa: F401 - it is loaded before any cell that browses

    from kgbuild.widgets.browser import browse

    begun = time.process_time()
    given = open_graph(which, options)
    opened = time.process_time() - begun
    source = given.pop("source")
    wire = Wire()
    begun = time.process_time()
    shown = browse(source, **given)
    shown._repr_mimebundle_()
    static = shown.static_html()
    sent = held(shown)
    painted = time.process_time() - begun
    kinds: dict[str, list[float]] = defaultdict(list)
    page: list[int] = []
    user = User(shown, random.Random(0))
    marks: dict[int, tuple[int, int, float]] = {}
    for step in range(1, options.steps + 1):
        name, act = user.next()
        wire.bytes = 0
        begun = time.process_time()
        act()
        kinds[name].append(1000 * (time.process_time() - begun))
        page.append(wire.bytes)
        if step in (options.steps // 10, options.steps):
            marks[step] = (held(shown), widgets_alive(), resident_mb())
    early, late = marks[options.steps // 10], marks[options.steps]
    every = [ms for group in kinds.values() for ms in group]
    return {
        "graph": (
            f"{which}: {source.concepts.height:,} concepts, "
            f"{source.associations.height:,} associations"
        ),
        "rows": {
            "opening the tables, s": (f"{opened:.2f}" if which == "run" else "–"),
            "**first paint, s**": f"**{painted:.2f}**",
            "sent for it, kB": f"{(sent + len(static)) / 1e3:.0f}",
            "steps": f"{len(every):,}",
            "a step, median, ms": f"{statistics.median(every):.0f}",
            "a step, 99 of 100, ms": f"{sorted(every)[int(0.99 * len(every))]:.0f}",
            "**a step, slowest, ms**": f"**{max(every):.0f}**",
            "sent for a step, largest, kB": f"{max(page) / 1e3:.0f}",
            f"held after {options.steps // 10:,} and {options.steps:,} steps, kB": (
                f"{early[0] / 1e3:.0f}, {late[0] / 1e3:.0f}"
            ),
            "widgets then": f"{early[1]}, {late[1]}",
            "resident memory then, MB": f"{early[2]:.0f}, {late[2]:.0f}",
        },
        "steps": {
            kind: (len(group), statistics.median(group), max(group))
            for kind, group in kinds.items()
        },
    }


class User:
    """What a user does next: the same for the same seed and graph."""

    def __init__(self, shown: Browser, rng: random.Random) -> None:
        self.shown, self.rng = shown, rng
        self.names = shown.explorer.graph.concepts["name"].to_list()
        self.letters: list[str] = []

    def next(self) -> tuple[str, Callable[[], None]]:
        """Return the kind of the next step, and what does it."""
        shown, rng = self.shown, self.rng
        if self.letters:
            text = self.letters.pop(0)
            return "type a letter", lambda: setattr(shown.search, "value", text)
        steps: list[tuple[str, Callable[[], None], bool]] = [
            ("choose a result", self._choose, bool(shown.results.options)),
            ("choose a result", self._choose, bool(shown.results.options)),
            ("read a neighbour's evidence", self._look, len(shown.near.options) > 1),
            ("open a neighbour", shown.visit.click, not shown.visit.disabled),
            ("go back", shown.back.click, not shown.back.disabled),
            ("go forward", shown.forward.click, not shown.forward.disabled),
            ("more evidence", shown.more.click, not shown.more.disabled),
            ("page of results", shown.later.click, not shown.later.disabled),
            ("page of neighbours", shown.near_later.click,
             not shown.near_later.disabled),
            ("into the basket", self._keep, shown.explorer.current is not None),
            ("filter", self._filter, True),
            ("order of results", self._order, True),
            ("order of neighbours", self._near_order, True),
            ("type of neighbours", self._near_type, True),
            ("clear the search", self._write, True),
        ]  # fmt: skip
        name, act, _ = rng.choice([step for step in steps if step[2]])
        return name, act

    def _write(self) -> None:
        name = self.rng.choice(self.names)[:8]
        self.letters = [name[: i + 1] for i in range(len(name))]
        self.shown.search.value = ""

    def _choose(self) -> None:
        self.shown.results.value = self.rng.randrange(len(self.shown.results.options))

    def _look(self) -> None:
        others = [*range(len(self.shown.near.options))]
        others.remove(self.shown.near.value)
        self.shown.near.value = self.rng.choice(others)

    def _keep(self) -> None:
        shown = self.shown
        if len(shown.explorer.basket) >= 20:
            shown.basket.value = [shown.basket.options[0][1]]
            shown.basket_drop.click()
        shown.keep.click()

    def _filter(self) -> None:
        shown, rng = self.shown, self.rng
        which = rng.randrange(3)
        if which == 0:
            shown.min_documents.value = rng.choice([1, 1, 2, 3])
        elif which == 1:
            shown.max_q.value = rng.choice(["", "", 0.05, 0.01])
        elif not shown.years.disabled:
            low, high = shown.years.min, shown.years.max
            start = rng.randint(low, high)
            shown.years.value = rng.choice([(low, high), (start, high)])

    def _order(self) -> None:
        self.shown.order.value = self.rng.choice(
            [value for _, value in self.shown.order.options]
        )

    def _near_order(self) -> None:
        self.shown.near_order.value = self.rng.choice(
            [value for _, value in self.shown.near_order.options]
        )

    def _near_type(self) -> None:
        self.shown.near_type.value = self.rng.choice(
            [value for _, value in self.shown.near_type.options]
        )


def held(shown: Browser) -> int:
    """Bytes of all the models of a browser, as JSON."""
    total, left = 0, [shown.widget]
    while left:
        widget = left.pop()
        total += len(json.dumps(widget.get_state(), default=str))
        left += getattr(widget, "children", ())
    return total


def widgets_alive() -> int:
    """Models that ipywidgets keeps in this process."""
    from ipywidgets.widgets.widget import _instances

    return len(_instances)


def resident_mb() -> float:
    """Resident memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def select(which: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure the usual list box: all concepts, filtered at every letter."""
    import ipywidgets as w

    graph = open_graph(which, options)["source"]
    wire = Wire()
    begun = time.process_time()
    rows = graph.concepts.select("name", "concept_id").rows()
    box = w.Select(options=rows, value=None)
    sent = len(json.dumps(box.get_state(), default=str))
    painted = time.process_time() - begun
    letters: list[float] = []
    most = 0
    for text in ("a", "ac", "ace", "ac", "a", ""):
        wire.bytes = 0
        begun = time.process_time()
        box.options = [row for row in rows if text in row[0].casefold()]
        letters.append(1000 * (time.process_time() - begun))
        most = max(most, wire.bytes)
    return {
        "name": "ipywidgets Select, all concepts",
        "cells": [f"{painted:.2f}", f"{sent / 1e6:.1f}", f"{max(letters):.0f}",
                  f"{most / 1e6:.1f}"],
    }  # fmt: skip


def itables(which: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure an itables table of all associations."""
    from itables import options as settings
    from itables import to_html_datatable

    graph = open_graph(which, options)["source"]
    begun = time.process_time()
    settings.maxBytes = 0
    plain = [c for c in graph.associations.columns if c not in ("evidence", "years")]
    page = to_html_datatable(graph.associations.select(plain), connected=False)
    painted = time.process_time() - begun
    return {
        "name": "itables, all associations",
        "cells": [f"{painted:.2f}", f"{len(page) / 1e6:.1f}", "in the page", "0"],
    }


PROGRAMS = {"browser": browser, "select": select, "itables": itables}

if __name__ == "__main__":
    main()
