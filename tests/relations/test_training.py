"""Training for real, but small: in an invented language verbs say who does what."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kgbuild.corpus import write
from kgbuild.document import Document, Mention, Statement
from kgbuild.errors import ConfigError
from kgbuild.relations import load_extractor
from kgbuild.relations.recipe import RelationRecipe, load_recipe

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.train

VERBS = {
    "blocks": "Negative_Correlation",
    "raises": "Positive_Correlation",
    "ignores": None,
}


def _documents(n: int, *, first: int) -> list[Document]:
    rng = random.Random(first)
    made = []
    for number in range(first, first + n):
        text, mentions, statements = "", [], []
        for i in range(rng.randint(1, 3)):
            drug, gene = f"{rng.choice('abcdef')}{i}", f"{rng.choice('uvwxyz')}{i}"
            verb = rng.choice(list(VERBS))
            start = len(text)
            text += f"{drug} {verb} {gene}. "
            for name, kind, at in (
                (drug, "Chemical", start), (gene, "Gene", start + len(verb) + 4)
            ):  # fmt: skip
                mentions.append(
                    Mention(start=at, end=at + 2, text=name, type=kind,
                            concepts=(f"my:{name}",))
                )  # fmt: skip
            if predicate := VERBS[verb]:
                statements.append(
                    Statement(
                        subject=f"my:{drug}", predicate=predicate, object=f"my:{gene}",
                        qualifiers=(("novelty", "Novel"),),
                    )
                )  # fmt: skip
        document = Document.from_text(text.strip(), id=str(number))
        made.append(document.with_mentions(mentions).with_statements(statements))
    return made


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> RelationRecipe:
    """A recipe whose encoder is random."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from torch import nn
    from transformers import BertConfig, BertModel

    from kgbuild.encoder.backbone import save_network
    from kgbuild.encoder.token_types import N_TOKEN_TYPES

    folder = tmp_path_factory.mktemp("workshop")
    names = [f"{c}{i}" for c in "abcdefuvwxyz" for i in range(3)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *VERBS, *names]
    tokenizer = Tokenizer(
        models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(pieces[:5])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=512,
        type_vocab_size=N_TOKEN_TYPES, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    tagger: Any = nn.Module()
    tagger.encoder = BertModel(config, add_pooling_layer=False)
    (folder / "tagger").mkdir()
    save_network(tagger, tokenizer, folder / "tagger")
    write(_documents(260, first=0), folder / "invented.jsonl")
    (folder / "held_out.txt").write_text("\n".join(map(str, range(200, 260))), "utf-8")
    (folder / "recipe.toml").write_text(
        """
name = "invented"
encoder = "tagger"
corpora_folder = "."
held_out = "held_out.txt"
[training]
learning_rate = 3e-3
head_learning_rate = 3e-3
averaging = 0.9
tokens_per_batch = 300
frozen = 1
hide_words = 0.0
hide_mentions = 0.0
threads = 1
device = "cpu"
checkpoint_every = 30
measure_every = 60
[[corpora]]
file = "invented.jsonl"
task = "BioRED"
passes = 7
""",
        "utf-8",
    )
    return load_recipe(folder / "recipe.toml", encoder=folder / "tagger")


@pytest.fixture(scope="module")
def trained(recipe: RelationRecipe) -> Path:
    from kgbuild.relations.export import export_trained
    from kgbuild.relations.training import train

    output = train(recipe, recipe.corpora_folder / "out")
    export_trained(recipe, output, output / "onnx")
    return output


def test_it_learns_what_verbs_say(trained: Path) -> None:
    extractor = load_extractor(trained / "onnx", threads=1)
    for gold in _documents(20, first=1000):
        found = extractor(gold.with_statements(())).statements
        said = {(s.subject, s.predicate, s.object) for s in found}
        assert said == {(s.subject, s.predicate, s.object) for s in gold.statements}
        for statement in found:
            [(start, end)] = statement.spans
            sentence = gold.text[start:end]
            assert sentence.startswith(statement.subject.removeprefix("my:"))
            assert statement.qualifier("novelty") == "Novel"
            assert statement.extractor == "invented"


def test_a_killed_run_ends_with_the_same_weights(
    recipe: RelationRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from kgbuild.relations import training

    recipe = replace(
        recipe,
        corpora=tuple(replace(corpus, passes=2.0) for corpus in recipe.corpora),
        training=replace(recipe.training, checkpoint_every=8),
    )
    uninterrupted = training.train(recipe, recipe.corpora_folder / "uninterrupted")
    whole = training._Relating.loss

    def stops(self: Any, step: int, loop: Any) -> Any:
        if step == 13:
            raise KeyboardInterrupt
        return whole(self, step, loop)

    output = recipe.corpora_folder / "killed"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training._Relating, "loss", stops)
        training.train(recipe, output)
    training.train(recipe, output)
    ours, theirs = (
        torch.load(f / "checkpoint.pt", weights_only=True)["network"]
        for f in (output, uninterrupted)
    )
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_exported_weights_compute_what_the_network_computes(
    recipe: RelationRecipe, trained: Path
) -> None:
    import torch

    from kgbuild.encoder.backbone import empty_encoder, fill_network
    from kgbuild.relations.dataset import make_example
    from kgbuild.relations.network import RelationNetwork
    from kgbuild.relations.tasks import TASKS
    from kgbuild.relations.training import LowerStates, logits_of

    best = trained / "best"
    tasks = {"BioRED": TASKS["BioRED"]}
    network = RelationNetwork(empty_encoder(best), tasks, frozen=1)
    fill_network(network, best)
    network.eval()
    extractor = load_extractor(trained / "onnx", threads=1)
    extractor.scale["BioRED"] = 1.0
    states = LowerStates(network)
    for document in _documents(5, first=2000):
        example = make_example(document, extractor.tokenizer, task=tasks["BioRED"])
        with torch.inference_mode():
            logits = logits_of(network, [example], states([example]))[0][:, :9]
        _, found = extractor.probabilities(document, task="BioRED")
        # Bytes instead of numbers leave the third decimal unsure at this width.
        assert found == pytest.approx(logits.softmax(1).numpy(), abs=0.1)


def test_one_large_input_of_a_matrix_leaves_the_bytes_of_the_others_fine(
    recipe: RelationRecipe, trained: Path, tmp_path: Path
) -> None:
    import numpy as np
    import torch

    from kgbuild.encoder.backbone import empty_encoder, fill_network
    from kgbuild.encoder.files import load_tokenizer
    from kgbuild.encoder.scorer import onnx_session
    from kgbuild.relations.export import export, far_inputs, training_layouts
    from kgbuild.relations.network import RelationNetwork
    from kgbuild.relations.storage import ENCODER_FILE
    from kgbuild.relations.tasks import TASKS

    best = trained / "best"
    tokenizer = load_tokenizer(best)
    network = RelationNetwork(
        empty_encoder(best), {"BioRED": TASKS["BioRED"]}, frozen=1
    ).eval()
    fill_network(network, best)
    with torch.no_grad():
        network.encoder.encoder.layer[1].intermediate.dense.bias[5] = 300.0
    layouts = list(training_layouts(recipe, tokenizer))
    far = far_inputs(network, layouts)
    assert far["layer.1.output.dense"][0] == 5
    ids, types, marks = (
        np.asarray(x[0], np.int64)[None]
        for x in (layouts[0].ids, layouts[0].types, layouts[0].marks)
    )
    with torch.no_grad():
        given, kinds, marked = map(torch.from_numpy, (ids, types, marks))
        mask = torch.ones_like(given)
        true = network.upper(network.lower(given, mask, kinds), mask, marked).numpy()
    errors = []
    for name, looked_at in (("coarse", []), ("fine", layouts)):
        folder = export(
            network, tokenizer, tmp_path / name, card={"name": name},
            layouts=looked_at,
        )  # fmt: skip
        [states] = onnx_session(folder / ENCODER_FILE).run(
            None, {"input_ids": ids, "token_type_ids": types, "marks": marks}
        )
        errors.append(np.abs(states - true).mean())
    assert errors[1] < errors[0] / 3


def test_neither_threads_nor_batches_change_a_statement(trained: Path) -> None:
    documents = _documents(40, first=3000)
    alone = load_extractor(trained / "onnx", threads=1)
    several = load_extractor(trained / "onnx", threads=3)
    one = [alone(d).statements for d in documents]
    assert [d.statements for d in several.stream(documents, batch_size=7)] == one


def test_fewer_word_pieces_leave_texts_readable(recipe: RelationRecipe) -> None:
    from kgbuild.encoder.files import load_tokenizer
    from kgbuild.encoder.word_pieces import smaller_tokenizer

    tokenizer = load_tokenizer(recipe.corpora_folder / "tagger")
    texts = ["a0 blocks u0.", "a0 raises u0."]
    smaller, rows = smaller_tokenizer(tokenizer, texts, pieces=11)
    assert len(rows) == smaller.get_vocab_size() == 11
    for text in texts:
        before, after = (t.encode(text).ids for t in (tokenizer, smaller))
        assert rows[after].tolist() == before


def test_an_unknown_task_of_a_recipe_is_named(recipe: RelationRecipe) -> None:
    file = recipe.corpora_folder / "wrong.toml"
    text = (recipe.corpora_folder / "recipe.toml").read_text("utf-8")
    file.write_text(text.replace('task = "BioRED"', 'task = "BioRid"'), "utf-8")
    with pytest.raises(ConfigError, match="did you mean 'BioRED'"):
        load_recipe(file)


def test_passes_below_nothing_are_refused(recipe: RelationRecipe) -> None:
    with pytest.raises(ConfigError, match=r"passes .* Got -1"):
        replace(recipe.corpora[0], passes=-1)
