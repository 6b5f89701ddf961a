"""How fast file formats are read and written, beside the package bioc.

Run: ``python benchmarks/formats.py FILE.PubTator.gz`` (bioc 2.1 where it is installed:
``pip install bioc``). Prints megabytes of decompressed file a second, the best of five
turns, peers in turn within each; a ratio over 1 means that kgbuild is faster.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuild import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 5


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a PubTator file")
    options = parser.parse_args()
    documents = list(corpus.read(options.file))
    mentions = sum(len(d.mentions) for d in documents)
    print(f"{options.file.name}: {len(documents)} documents, {mentions} mentions")
    print("| format | size, MB | read, MB/s | write, MB/s | read, bioc = 1 |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for form in ("pubtator", "bioc-xml", "bioc-json", "jsonl"):
            path = Path(folder) / form
            size = 0.0
            ours, writing, theirs = [], [], []
            peer = _peer(form)
            for _ in range(TURNS):
                writing.append(
                    _seconds(
                        lambda p=path, f=form: corpus.write(documents, p, format=f)
                    )
                )
                size = path.stat().st_size / 1e6
                ours.append(_seconds(lambda p=path, f=form: _drain(p, f)))
                if peer is not None:
                    theirs.append(_seconds(lambda p=path, read=peer: read(p)))
            ratio = f"{min(theirs) / min(ours):.2f}" if theirs else "–"
            print(
                f"| {form} | {size:.1f} | {size / min(ours):.1f} | "
                f"{size / min(writing):.1f} | {ratio} |"
            )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _drain(path: Path, form: str) -> None:
    for _ in corpus.read(path, format=form, on_error="raise"):
        pass


def _peer(form: str) -> Callable[[Path], object] | None:
    try:
        from bioc import biocjson, biocxml, pubtator
    except ImportError:
        return None
    loads = {"pubtator": pubtator, "bioc-xml": biocxml, "bioc-json": biocjson}
    module = loads.get(form)
    if module is None:
        return None

    def read(path: Path) -> object:
        with path.open(encoding="utf-8") as stream:
            return module.load(stream)

    return read


if __name__ == "__main__":
    main()
