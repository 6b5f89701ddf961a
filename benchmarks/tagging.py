"""Speed and memory of the tagger, beside what one would use without it.

    python benchmarks/tagging.py --abstracts FOLDER --weights FOLDER [--all]

Every contender runs in a process of its own, one after the other, on the same sample of
abstracts and the same number of cores:

- ``kgbuild``: the tagger as it ships, from text to mentions, the ``ALL`` task;
- ``pipeline``: the ``transformers`` token-classification pipeline on the same weights
  in fp32, on the same stretches of text (they are cut beforehand: not timed);
- ``padded``: the same encoder in fp32, a sentence per row, padded to 256 tokens, in
  batches of 64, as AIONER feeds its network (the network alone is timed);
- ``bioformer`` and ``base``: encoders of the sizes of Bioformer (8 layers, 512 wide)
  and BERT-base (12 layers, 768 wide) with random weights in int8 through kgbuild's
  tagger.

``--weights`` is the trained folder that the shipped ONNX file was exported from;
without it the torch contenders get random weights of the same sizes, at the same cost.
``--all`` runs kgbuild over every abstract and reports memory on the way. Run it on a
quiet machine: torch's threads wait actively, which a shared one punishes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kgbuild.document import Document
    from kgbuild.ner.aio.network import TaggerNetwork

CONTENDERS = ("kgbuild", "pipeline", "padded", "bioformer", "base")
#: Slow contenders see so much of the sample.
SHARE = {"kgbuild": 1.0, "pipeline": 0.25, "padded": 0.08, "bioformer": 0.5,
         "base": 0.25}  # fmt: skip
SIZES = {"bioformer": (8, 512, 8, 32_768), "base": (12, 768, 12, 30_522)}


def abstracts(folder: Path) -> Iterator[Document]:
    """Read every abstract, file by file."""
    import kgbuild as kg

    for file in sorted(folder.glob("*.jsonl.gz")):
        yield from kg.read(file)


def sample(folder: Path, size: int) -> list[Document]:
    """Take abstracts evenly from all files."""
    total = sum(1 for _ in abstracts(folder))
    step = max(1, total // size)
    return list(islice(abstracts(folder), 0, step * size, step))


def resident() -> float:
    """Resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def timed(run: Callable[[], int]) -> dict[str, float]:
    """Run once; abstracts, wall and CPU seconds, and the memory's peak."""
    cpu, wall = time.process_time(), time.perf_counter()
    n = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"abstracts": n, "wall": wall, "cpu": cpu, "peak": peak}


def network_of(arguments: argparse.Namespace) -> tuple[TaggerNetwork, Any]:
    """Load the trained network, or make a random one of the shipped one's sizes."""
    import torch

    from kgbuild.ner.storage import load_network

    torch.set_num_threads(arguments.threads)
    if arguments.weights:
        network, tokenizer, _ = load_network(arguments.weights)
        return network.eval(), tokenizer
    return random_network(6, 384, 12, None)


def random_network(
    layers: int, width: int, heads: int, words: int | None
) -> tuple[TaggerNetwork, Any]:
    """Make an encoder with random weights that finds nothing, for its speed alone."""
    import torch
    from transformers import BertConfig, BertModel

    from kgbuild.encoder.token_types import N_TOKEN_TYPES
    from kgbuild.ner.aio.network import TaggerNetwork
    from kgbuild.ner.tagger import load_tagger

    shipped = load_tagger()
    size = shipped.reader.tokenizer.get_vocab_size()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=max(size, words or 0), hidden_size=width, num_hidden_layers=layers,
        num_attention_heads=heads, intermediate_size=4 * width,
        type_vocab_size=N_TOKEN_TYPES, attn_implementation="eager",
    )  # fmt: skip
    encoder = BertModel(config, add_pooling_layer=False)
    network = TaggerNetwork(encoder, shipped.reader.scheme).eval()
    with torch.no_grad():
        network.output.weight.zero_()
        network.output.bias.zero_()
        network.output.bias[: len(shipped.reader.scheme.tasks)] = 5.0
    return network, shipped.reader.tokenizer


def run_tagger(arguments: argparse.Namespace, tagger: Any, share: float) -> Any:
    """Time a tagger of ours, documents in, documents with mentions out."""
    if arguments.all:
        documents: Any = abstracts(arguments.abstracts)
    else:
        documents = sample(arguments.abstracts, int(arguments.size * share))
    list(tagger.stream(sample(arguments.abstracts, 8)))
    memory = []

    def run() -> int:
        n = 0
        for n, _ in enumerate(tagger.stream(documents), start=1):
            if n % 1000 == 0:
                memory.append(round(resident()))
        return n

    row = timed(run)
    return {**row, "memory": memory}


def run_kgbuild(arguments: argparse.Namespace) -> Any:
    """Run the shipped tagger."""
    from kgbuild.ner.tagger import load_tagger

    tagger = load_tagger(arguments.tagger, threads=arguments.threads)
    return run_tagger(arguments, tagger, SHARE["kgbuild"])


def run_sized(arguments: argparse.Namespace, name: str) -> Any:
    """Run an encoder of another size, in int8 like the shipped one."""
    from kgbuild.ner.export import export
    from kgbuild.ner.storage import save_tagger
    from kgbuild.ner.tagger import load_tagger

    network, tokenizer = random_network(*SIZES[name])
    with tempfile.TemporaryDirectory() as scratch:
        card = {"name": name, "budget": 160, "limit": 256}
        save_tagger(network, tokenizer, Path(scratch) / "fp32", card=card)
        export(Path(scratch) / "fp32", Path(scratch) / "int8")
        tagger = load_tagger(Path(scratch) / "int8", threads=arguments.threads)
        return run_tagger(arguments, tagger, SHARE[name])


def run_pipeline(arguments: argparse.Namespace) -> Any:
    """Run the token-classification pipeline of ``transformers``."""
    import torch
    from transformers import (
        BertForTokenClassification,
        PreTrainedTokenizerFast,
        pipeline,
    )

    from kgbuild.ner.windows import document_units

    network, tokenizer = network_of(arguments)
    labels = network.scheme.labels
    config = network.encoder.config
    config.num_labels = len(labels)
    config.id2label = dict(enumerate(labels))
    model = BertForTokenClassification(config)
    model.bert.load_state_dict(network.encoder.state_dict())
    model.classifier.load_state_dict(network.output.state_dict())
    made = pipeline(
        "token-classification",
        model=model.eval(),
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, cls_token="[CLS]", sep_token="[SEP]",
            pad_token="[PAD]", unk_token="[UNK]", model_max_length=512,
        ),
        aggregation_strategy="first",
        device=torch.device("cpu"),
    )  # fmt: skip
    documents = sample(arguments.abstracts, int(arguments.size * SHARE["pipeline"]))
    texts = [
        f"<ALL> {d.text[int(u.words[0][0]) : int(u.words[-1][1])]} </ALL>"
        for d in documents
        for u in document_units(d, tokenizer, budget=160, limit=252)
    ]
    made(texts[:4])

    def run() -> int:
        made(texts)
        return len(documents)

    return timed(run)


def run_padded(arguments: argparse.Namespace) -> Any:
    """Run with every sentence padded to 256 tokens, 64 sentences at a time."""
    import torch

    from kgbuild.ner.windows import units_for

    network, tokenizer = network_of(arguments)
    reader = network.reader(tokenizer)
    documents = sample(arguments.abstracts, int(arguments.size * SHARE["padded"]))
    rows = [
        reader.wrap(u, "ALL")[0]
        for d in documents
        for u in units_for(reader, d, budget=0, limit=256)
    ]
    ids = torch.zeros((len(rows), 256), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.from_numpy(row)

    @torch.inference_mode()
    def run() -> int:
        for batch in ids.split(64):
            network(batch, (batch > 0).long(), torch.zeros_like(batch))
        return len(documents)

    return timed(run)


def contend(name: str) -> Any:
    """Run one contender in a process of its own."""
    command = [sys.executable, __file__, "--contender", name, *sys.argv[1:]]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Run the contenders and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--abstracts", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=None)
    parser.add_argument("--tagger", default=None)
    parser.add_argument("--size", type=int, default=600, help="abstracts in the sample")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--all", action="store_true", help="kgbuild on all of them")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if name := arguments.contender:
        if name in SIZES:
            row = run_sized(arguments, name)
        else:
            row = {"kgbuild": run_kgbuild, "pipeline": run_pipeline,
                   "padded": run_padded}[name](arguments)  # fmt: skip
        print(json.dumps(row))
        return
    names = ["kgbuild"] if arguments.all else list(arguments.only)
    print(
        "| contender | abstracts | abstracts/s | CPU ms an abstract | "
        "kgbuild's speed, this = 1 | peak MB |"
    )
    print("|---|--:|--:|--:|--:|--:|")
    best = None
    for name in names:
        row = contend(name)
        each = 1000 * row["cpu"] / row["abstracts"]
        speed = row["abstracts"] / row["wall"]
        best = best or speed
        print(
            f"| {name} | {row['abstracts']} | {speed:.1f} | "
            f"{each:.1f} | {best / speed:.1f} | {row['peak']:.0f} |",
            flush=True,
        )
        if row.get("memory"):
            print(f"\nMB resident after every 1,000 abstracts: {row['memory']}\n")


if __name__ == "__main__":
    main()
