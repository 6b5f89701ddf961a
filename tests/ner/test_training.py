"""Training for real, but small: a random encoder learns an invented language.

In it, genes are capitals with a digit and diseases end in "itis"; a second corpus
annotates diseases alone, so its genes must not teach the tagger that genes are nothing.
"""

from __future__ import annotations

import json
import random
import signal
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from command_line import kgbuild
from invented import invented, write_corpus
from killing import run_and_kill

from kgbuild._io.paths import weights_path
from kgbuild.corpus.held_out import HeldOut
from kgbuild.document import Document, Mention
from kgbuild.errors import ConfigError
from kgbuild.ner.recipe import load_recipe

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.train

GENES = [f"{a}{b}{n}" for a in "ABCDEFG" for b in "KLM" for n in (1, 2)]
DISEASES = [f"{stem}itis" for stem in ("arthr", "hepat", "nephr", "derm", "col")]
WORDS = [
    "the",
    "we",
    "saw",
    "that",
    "in",
    "mice",
    "with",
    "causes",
    "and",
    "not",
    "of",
    "was",
    "found",
    "more",
    "often",
]


def _sentence(rng: random.Random) -> tuple[str, list[tuple[str, str]]]:
    words, named = [], []
    for _ in range(rng.randint(6, 12)):
        kind = rng.random()
        if kind < 0.15:
            words.append(rng.choice(GENES))
            named.append((words[-1], "Gene"))
        elif kind < 0.3:
            words.append(rng.choice(DISEASES))
            named.append((words[-1], "Disease"))
        else:
            words.append(rng.choice(WORDS))
    return " ".join(words) + ".", named


def _documents(n: int, *, types: set[str], first: int, seed: int) -> list[Document]:
    rng = random.Random(seed)
    made = []
    for i in range(n):
        text, named = _sentence(rng)
        mentions, at = [], 0
        for word, kind in named:
            at = text.index(word, at)
            if kind in types:
                mentions.append(
                    Mention(start=at, end=at + len(word), text=word, type=kind)
                )
            at += len(word)
        made.append(Document.from_text(text, id=str(first + i)).with_mentions(mentions))
    return made


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an encoder, two corpora, the held-out list and a recipe."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("workshop")
    letters = [chr(c) for c in range(97, 123)] + list("0123456789.")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    pieces += ["##" + c for c in letters] + ["##itis"]
    tokenizer = Tokenizer(
        models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    encoder = folder / "encoder"
    encoder.mkdir()
    tokenizer.save(str(encoder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(encoder)

    def write(name: str, documents: list[Document]) -> None:
        lines = "".join(d.to_json() + "\n" for d in documents)
        (folder / name).write_text(lines, "utf-8")

    write("both.jsonl", _documents(260, types={"Gene", "Disease"}, first=0, seed=1))
    write("diseases.jsonl", _documents(200, types={"Disease"}, first=1000, seed=2))
    (folder / "held_out.txt").write_text("\n".join(map(str, range(200, 260))), "utf-8")
    recipe = f"""
name = "invented"
encoder = "{encoder}"
corpora_folder = "{folder}"
held_out = "held_out.txt"
[training]
epochs = 6
learning_rate = 3e-3
head_learning_rate = 1e-2
tokens_per_batch = 400
averaging = 0.9
limit = 64
threads = 1
device = "cpu"
checkpoint_every = 9
[tasks]
ALL = ["Gene", "Disease"]
Disease = ["Disease"]
[[corpora]]
file = "both.jsonl"
task = "ALL"
labels = {{ Gene = "Gene", Disease = "Disease" }}
[[corpora]]
file = "diseases.jsonl"
task = "Disease"
labels = {{ Disease = "Disease" }}
[[evaluate]]
file = "both.jsonl"
task = "ALL"
labels = {{ Gene = "Gene", Disease = "Disease" }}
"""
    (folder / "recipe.toml").write_text(recipe, "utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(workshop: Path) -> Path:
    from kgbuild.ner.training import train

    return train(load_recipe(workshop / "recipe.toml"), workshop / "tagger")


def _rows(folder: Path) -> list[dict[str, object]]:
    text = (folder / "log.jsonl").read_text("utf-8")
    return [row for row in map(json.loads, text.splitlines()) if "f1" in row]


def test_it_learns_and_logs_every_epoch(trained: Path) -> None:
    rows = _rows(trained)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1]["f1"]["both:ALL"]["all"] > 90
    assert rows[-1]["loss"] < rows[0]["loss"]


def test_held_out_documents_never_train(workshop: Path) -> None:
    from kgbuild.ner.corpora import held_out_documents, training_documents

    recipe = load_recipe(workshop / "recipe.toml")
    held_out = HeldOut(map(str, range(200, 260)))
    use = recipe.corpora[0]
    learnt = {d.id for d in training_documents(recipe, use, held_out)}
    measured = {d.id for d in held_out_documents(recipe, use, held_out)}
    assert measured == held_out.ids
    assert learnt.isdisjoint(held_out.ids)
    assert len(learnt) == 200


def test_a_killed_training_ends_with_the_same_weights(
    workshop: Path, trained: Path
) -> None:
    folder = workshop / "killed"
    arguments = ["train", workshop / "recipe.toml", "-o", folder]
    # The sixth checkpoint is one in the middle of an epoch.
    assert run_and_kill(*arguments, kill_at=6) == -signal.SIGKILL
    assert kgbuild(*arguments).returncode == 0
    for name in ("model.safetensors", "tagger.json"):
        assert (folder / name).read_bytes() == (trained / name).read_bytes()
    assert _untimed(folder) == _untimed(trained)


def _untimed(folder: Path) -> list[dict[str, object]]:
    text = (folder / "log.jsonl").read_text("utf-8")
    rows = map(json.loads, text.splitlines())
    return [{k: v for k, v in row.items() if k != "tokens_per_s"} for row in rows]


def test_another_recipe_does_not_go_on_from_a_checkpoint(
    workshop: Path, trained: Path
) -> None:
    from kgbuild.ner.training import train

    recipe = load_recipe(workshop / "recipe.toml")
    longer = replace(recipe, training=replace(recipe.training, epochs=7))
    with pytest.raises(ConfigError, match=r"belongs to a run of \d+ steps, this one"):
        train(longer, trained)


def test_a_recipe_of_few_steps_says_so(
    workshop: Path, trained: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from kgbuild.ner.training import train

    recipe = load_recipe(workshop / "recipe.toml")
    short = replace(recipe, training=replace(recipe.training, epochs=1))
    with pytest.raises(ConfigError, match="belongs to a run"):
        train(short, trained)
    assert "fewer than 100 seldom teach" in caplog.text
    assert "raise epochs in [training] (now 1)" in caplog.text


def test_examples_of_a_batch_are_bounded() -> None:
    from kgbuild.encoder.training import batches

    lengths = np.full(50, 10)
    rng = np.random.default_rng(0)
    assert max(map(len, batches(lengths, tokens=200, rng=rng))) == 20
    some = batches(lengths, tokens=200, rng=rng, examples=8)
    assert {len(rows) for rows in some} == {8, 2}
    assert sorted(np.concatenate(some).tolist()) == list(range(50))


def test_every_document_trains_or_measures(tmp_path: Path) -> None:
    from kgbuild.ner.corpora import held_out_documents, training_documents
    from kgbuild.ner.recipe import CorpusUse, Recipe

    write_corpus(tmp_path / "c.jsonl", invented(30, seed=4, types=[]))
    use = CorpusUse(file="c.jsonl", task="x", labels={}, hold_out_every=7)
    recipe = Recipe(name="x", corpora_folder=tmp_path)
    split = HeldOut({"4003", "4010"})
    learnt = {d.id for d in training_documents(recipe, use, split)}
    measured = {d.id for d in held_out_documents(recipe, use, split)}
    assert measured == {"4000", "4007", "4014", "4021", "4028"}
    assert learnt == {str(4000 + i) for i in range(30)} - measured - split.ids


def test_the_exported_tagger_finds_what_the_trained_one_finds(
    workshop: Path, trained: Path
) -> None:
    from kgbuild.ner.export import export
    from kgbuild.ner.tagger import load_tagger

    documents = _documents(40, types=set(), first=5000, seed=9)
    torch_tagger = load_tagger(trained, backend="torch", threads=1)
    expected = [d.mentions for d in torch_tagger.stream(documents)]
    assert sum(map(len, expected)) > 60
    for precision in ("fp32", "int8"):
        folder = workshop / precision
        file = export(trained, folder, precision=precision)
        assert file.exists()
        tagger = load_tagger(folder, threads=2)
        found = [d.mentions for d in tagger.stream(documents)]
        same = sum(
            len({(m.span, m.type) for m in a} & {(m.span, m.type) for m in b})
            for a, b in zip(found, expected, strict=True)
        )
        total = max(sum(map(len, found)), sum(map(len, expected)))
        assert same / total > (0.999 if precision == "fp32" else 0.95)


def test_fine_tuning_from_nowhere_says_what_is_there(
    workshop: Path, tmp_path: Path
) -> None:
    from kgbuild.errors import ResourceMissingError
    from kgbuild.ner.training import train

    recipe = load_recipe(workshop / "recipe.toml")
    with pytest.raises(ResourceMissingError, match=r"'no-such-tagger'.*kgbuild/models"):
        train(recipe, tmp_path / "out", start_from="no-such-tagger")
    with pytest.raises(
        ResourceMissingError, match=r"'aio-13', which ships in int8.*\(.*aio-small.*\)"
    ):
        train(recipe, tmp_path / "out", start_from="aio-13")
    with pytest.raises(ConfigError, match=r"start from must be a folder .* Got int 3"):
        train(recipe, tmp_path / "out", start_from=3)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_shipped_tagger_is_an_encoder_by_its_name_and_no_network_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import transformers

    from kgbuild.encoder.backbone import encoder_source, load_encoder
    from kgbuild.errors import ResourceMissingError

    monkeypatch.delattr(transformers, "AutoModel")
    for ask in (encoder_source, load_encoder):
        with pytest.raises(
            ResourceMissingError, match=r"'aio-tiny', which ships in int8.*aio-small"
        ):
            ask("aio-tiny")
        with pytest.raises(ConfigError, match=r"encoder must be a folder.* Got int 5"):
            ask(5)  # type: ignore[arg-type]
    assert encoder_source("AIO-small") == weights_path("aio-small")


def test_a_threshold_of_no_task_is_refused_before_the_first_step(
    workshop: Path, tmp_path: Path
) -> None:
    from kgbuild.ner.training import train

    recipe = replace(load_recipe(workshop / "recipe.toml"), threshold={"Foo": 0.5})
    with pytest.raises(ConfigError, match=r"threshold\['Foo'\] is of no task"):
        train(recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_wrong_recipes_are_named(workshop: Path, tmp_path: Path) -> None:
    text = (workshop / "recipe.toml").read_text("utf-8")
    for change, told in (
        (("epochs = 6", "epoch = 6"), "training.epoch is not a known key"),
        (("epochs = 6", 'epochs = "many"'), "training.epochs"),
        (('task = "Disease"', 'task = "Diseases"'), "'Diseases'"),
        (('Disease = ["Disease"]', 'Disease = "Disease"'), "tasks.Disease"),
    ):
        file = tmp_path / "recipe.toml"
        file.write_text(text.replace(*change), "utf-8")
        with pytest.raises(ConfigError) as caught:
            load_recipe(file)
        assert told in str(caught.value)


def test_nothing_held_out_is_said(workshop: Path, tmp_path: Path) -> None:
    from kgbuild.ner.training import train

    recipe = replace(load_recipe(workshop / "recipe.toml"), held_out=None)
    with pytest.raises(ConfigError, match=r"Nothing of both\.jsonl is held out"):
        train(recipe, tmp_path)


def test_pretraining_adds_words_and_goes_on_after_a_stop(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from safetensors.torch import load_file

    from kgbuild.encoder import pretraining
    from kgbuild.encoder.backbone import load_encoder
    from kgbuild.encoder.token_types import N_TOKEN_TYPES

    held_out = {str(i) for i in range(200, 260)}
    texts = [
        " ".join(d.text for d in _documents(12, types=set(), first=0, seed=seed))
        for seed in range(60)
    ]
    lines = "".join(
        Document.from_text(text, id=str(190 + i)).to_json() + "\n"
        for i, text in enumerate(texts)
    )
    (workshop / "texts.jsonl").write_text(lines, "utf-8")
    read = pretraining.texts_of([workshop / "texts.jsonl"], without=held_out)
    assert read == texts[:10]
    settings = pretraining.PretrainingSettings(
        new_words=20, length=32, batch_size=8, learning_rate=3e-3, epochs=3,
        checkpoint_every=40, threads=1, device="cpu",
    )  # fmt: skip
    whole = pretraining.pretrain(
        texts, encoder=workshop / "encoder", output=workshop / "adapted",
        settings=settings,
    )  # fmt: skip
    losses = [row["loss"] for row in _untimed(whole)]
    assert losses[-1] < losses[0]
    encoder, tokenizer = load_encoder(whole)
    assert encoder.config.type_vocab_size == N_TOKEN_TYPES
    assert tokenizer.encode("arthritis", add_special_tokens=False).tokens == [
        "arthritis"
    ]

    honest, saved = torch.save, []

    def killed(*args: object) -> None:
        honest(*args)
        saved.append(1)
        if len(saved) == 2:
            raise KeyboardInterrupt

    options = {"encoder": workshop / "encoder", "settings": settings}
    monkeypatch.setattr(torch, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        pretraining.pretrain(texts, output=workshop / "resumed", **options)
    monkeypatch.setattr(torch, "save", honest)
    again = pretraining.pretrain(texts, output=workshop / "resumed", **options)
    assert _untimed(again) == _untimed(whole)
    weights = load_file(again / "model.safetensors")
    for name, values in load_file(whole / "model.safetensors").items():
        assert torch.equal(weights[name], values), name


@pytest.mark.parametrize("has_instructions", [True, False])
def test_bfloat16_only_where_the_cpu_has_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, has_instructions: bool
) -> None:
    """Emulated, training takes some twenty times as long."""
    import torch

    from kgbuild.encoder.training import Loop

    monkeypatch.setattr(
        torch.cpu, "_is_avx512_bf16_supported", lambda: has_instructions
    )
    matrix = torch.ones(2, 2)
    with Loop.low_precision(SimpleNamespace(device=torch.device("cpu"))):
        product = matrix @ matrix
    assert product.dtype == (torch.bfloat16 if has_instructions else torch.float32)
