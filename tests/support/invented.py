"""An invented language in which every word has one meaning: a few steps teach it.

Genes, diseases of two words, cells, and complexes, which hold a gene of another kind.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

from kgbuild.document import Document, Mention, longest_first
from kgbuild.evaluation import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kgbuild.ner.tagger import Tagger

GENES, SUBUNITS, DISEASES, CELLS = (
    [f"{letter}{i}" for i in range(8)] for letter in "gsdc"
)
WORDS = [f"w{i}" for i in range(12)]


def invented(n: int, *, seed: int, types: Iterable[str]) -> list[Document]:
    """Make documents; only mentions of these types are annotated."""
    rng = random.Random(seed)
    return [_document(str(1000 * seed + i), rng, set(types)) for i in range(n)]


def _document(number: str, rng: random.Random, types: set[str]) -> Document:
    text, spans = "", []

    def add(words: str) -> tuple[int, int]:
        nonlocal text
        start = len(text) + bool(text)
        text = f"{text} {words}".strip()
        return start, len(text)

    for _ in range(rng.randint(3, 6)):
        add(rng.choice(WORDS))
        kind = rng.random()
        if kind < 0.2:
            spans.append((*add(rng.choice(GENES)), "Gene"))
        elif kind < 0.4:
            start, _ = add(rng.choice(DISEASES))
            spans.append((start, add("syndrome")[1], "Disease"))
        elif kind < 0.6:
            spans.append((*add(rng.choice(CELLS)), "Cell"))
        elif kind < 0.8:
            start, _ = add("the")
            spans.append((*add(rng.choice(SUBUNITS)), "Gene"))
            spans.append((start, add("complex")[1], "Complex"))
    mentions = [
        Mention(start=a, end=b, text=text[a:b], type=kind)
        for a, b, kind in spans
        if kind in types
    ]
    return Document.from_text(text, id=number).with_mentions(mentions)


def write_corpus(file: Path, documents: Iterable[Document]) -> None:
    """Write JSON lines."""
    file.write_text("".join(d.to_json() + "\n" for d in documents), "utf-8")


def write_encoder(folder: Path, *, also: Iterable[str] = ()) -> None:
    """Write a tiny BERT with random weights that knows the language's words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "syndrome", "the", "complex"]
    words += [*GENES, *SUBUNITS, *DISEASES, *CELLS, *WORDS, *also]
    tokenizer = Tokenizer(
        models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_workshop(
    folder: Path, *, types: Iterable[str], also: Iterable[str] = ()
) -> None:
    """Write an encoder, a corpus of the types, one of genes and one of cells."""
    write_encoder(folder / "encoder", also=also)
    for name, n, seed, kinds in (
        ("ALL", 220, 1, types), ("Gene", 60, 2, ["Gene"]), ("Cell", 150, 3, ["Cell"])
    ):  # fmt: skip
        write_corpus(folder / f"{name}.jsonl", invented(n, seed=seed, types=kinds))
    held_out = [*range(1190, 1220), *range(2055, 2060), *range(3130, 3150)]
    (folder / "held_out.txt").write_text("\n".join(map(str, held_out)))


def learns(tagger: Tagger, types: list[str]) -> list[Document]:
    """Check that a tagger knows all these types; return what it was asked."""
    gold = invented(60, seed=50, types=types)
    if not tagger.reader.nested:
        gold = [d.with_mentions(longest_first(d.mentions)) for d in gold]
    predicted = list(tagger.stream([d.with_mentions(()) for d in gold]))
    spans = evaluate(gold, predicted).spans
    assert set(spans) == {*types, "all"}
    for name, counts in spans.items():
        assert counts.gold > 15
        assert counts.f1 > 0.85, name
    return predicted


def write_recipe(file: Path, *, encoder: Path | None = None, **tables: object) -> Path:
    """Write a recipe over the corpora beside it; a corpus is named as its task.

    Tables: ``tasks`` (task → types), ``model``, ``training``.
    """
    lines = ['name = "invented"', 'held_out = "held_out.txt"']
    lines += [] if encoder is None else [f"encoder = {json.dumps(str(encoder))}"]
    training = {
        "epochs": 8, "learning_rate": 3e-3, "head_learning_rate": 1e-2,
        "tokens_per_batch": 400, "averaging": 0.9, "limit": 64, "threads": 1,
        "hide_words": 0.0, "dropout": 0.0, "device": "cpu",
    }  # fmt: skip
    tables["training"] = {**training, **tables.get("training", {})}  # type: ignore[dict-item]
    for name, values in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{k} = {json.dumps(v)}" for k, v in values.items()]  # type: ignore[attr-defined]
    for task, types in tables["tasks"].items():  # type: ignore[attr-defined]
        labels = ", ".join(f'{t} = "{t}"' for t in types)
        for table in ("corpora", "evaluate"):
            lines += [f"[[{table}]]", f'file = "{task}.jsonl"', f'task = "{task}"']
            lines.append(f"labels = {{ {labels} }}")
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file
