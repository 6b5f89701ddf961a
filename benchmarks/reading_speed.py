"""Speed of reading comprehension in int8: what each type that is asked for costs.

    python benchmarks/reading_speed.py ABSTRACTS [--tagger FOLDER] [--encoder FOLDER]
        [--size 60]

Takes a tagger that ``kgbuild export`` wrote, or puts queries like those of
``pipelines/training/mrc.toml`` on an encoder and exports that, and runs it and the
shipped tagger in turns over the same abstracts, three times each. The output layer on
an encoder is untrained, with a bias that finds nothing: the network takes the time.
Times are CPU seconds of one thread, so that a shared machine tells, too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import kgbuild as kg
from kgbuild.encoder.backbone import load_encoder
from kgbuild.ner.export import export
from kgbuild.ner.frameworks import framework_of
from kgbuild.ner.storage import save_tagger
from kgbuild.ner.tagger import Tagger, load_tagger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgbuild.document import Document

#: Names for the queries, as they would be drawn: three a type.
NAMES = {
    "Disease": ("breast cancer", "hypertension", "ataxia-telangiectasia"),
    "Chemical": ("cocaine", "nitric oxide", "cyclosporine"),
    "Gene": ("p53", "interleukin-6", "BRCA1"),
    "Species": ("mice", "patients", "Escherichia coli"),
}


def reading_tagger(encoder_source: str, folder: Path) -> Tagger:
    """Export an untrained tagger of all types by reading comprehension."""
    encoder, tokenizer = load_encoder(encoder_source)
    names = {("ALL", kind): dict.fromkeys(known, 1) for kind, known in NAMES.items()}
    network = framework_of("mrc").new_network(
        encoder, tokenizer, tasks={"ALL": list(NAMES)}, model={}, dropout=0.0,
        names=lambda: names,
    )  # fmt: skip
    with torch.no_grad():
        network.output.bias.fill_(-20.0)
    card = {"name": "untrained", "budget": 160, "limit": 256}
    save_tagger(network, tokenizer, folder, card=card)
    export(folder, folder / "int8")
    return load_tagger(folder / "int8", types=["all"], threads=1)


def seconds(tagger: Tagger, documents: Sequence[Document]) -> float:
    """Return the CPU seconds of one thread over the documents."""
    started = time.process_time()
    for _ in tagger.stream(documents):
        pass
    return time.process_time() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("abstracts", type=Path)
    parser.add_argument("--tagger", type=Path, default=None)
    parser.add_argument("--encoder", default="kgbuild/models/aio-small")
    parser.add_argument("--size", type=int, default=60)
    arguments = parser.parse_args()
    documents = list(islice(kg.read(arguments.abstracts), arguments.size))
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.tagger is None:
            whole = reading_tagger(arguments.encoder, Path(scratch))
        else:
            whole = load_tagger(arguments.tagger, types=["all"], threads=1)
        types = [kind for kind in NAMES if kind in whole.types]
        ways = {"shipped, six types at once": load_tagger(threads=1)}
        for n in (1, 2, len(types)):
            ways[f"{n} types asked for"] = whole.restricted(types[:n])
        for tagger in ways.values():
            seconds(tagger, documents[:2])
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(3):
            for name, tagger in ways.items():
                best[name] = min(best[name], seconds(tagger, documents))
    print("| tagger | abstracts a CPU second | time, shipped = 1 |\n|---|--:|--:|")
    shipped = next(iter(best.values()))
    for name, spent in best.items():
        print(f"| {name} | {len(documents) / spent:.1f} | {spent / shipped:.2f} |")


if __name__ == "__main__":
    main()
