"""The name encoder: what it learns from, training, export, and the shipped one."""

from __future__ import annotations

import json
import pickle
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kgbuild import Document, Mention, Passage
from kgbuild.errors import ConfigError, InputError, ResourceMissingError
from kgbuild.normalize import Normalizer, build_vocabulary, starter_vocabulary
from kgbuild.normalize.name_encoder.encoder import SHIPPED, NameEncoder
from kgbuild.normalize.name_encoder.names import collect, questions
from kgbuild.normalize.name_encoder.recipe import NameRecipe, load_recipe
from kgbuild.normalize.name_encoder.variation import vary
from kgbuild.normalize.name_index import Neighbours, build_index

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

#: Two names of each of many things: the second is the first in an invented language.
ROOTS = [
    a + b for a in ("bal", "dro", "fen", "gri", "kum") for b in ("ta", "lo", "vix")
]


def write_names(folder: Path) -> None:
    rows = [
        f"mesh:D{i}\t{root} disease\tillness of {root}|{root}osis\n"
        for i, root in enumerate(ROOTS)
    ]
    text = "id\tname\tsynonyms\n" + "".join(rows)
    (folder / "disease.tsv").write_text(text, encoding="utf-8")


def annotated(number: str, text: str, concept: str) -> Document:
    mention = Mention(
        start=0, end=len(text), text=text, type="Disease", recognizer="gold",
        concepts=(concept,), method="gold",
    )  # fmt: skip
    return Document(id=number, passages=(Passage(text=text),)).with_mentions([mention])


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an encoder, names, a corpus, the held-out list and a recipe."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("names")
    write_names(folder)
    letters = [chr(c) for c in range(97, 123)] + list("0123456789-")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    pieces += ["##" + c for c in letters] + ["disease", "illness", "of", "##osis"]
    tokenizer = Tokenizer(
        models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    encoder = folder / "encoder"
    encoder.mkdir()
    tokenizer.save(str(encoder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(encoder)
    documents = [
        annotated("1", "balta trouble", "mesh:D0"),
        annotated("2", "secret word", "mesh:D1"),
        annotated("3", f"{ROOTS[4]}osis", "mesh:D4"),
    ]
    lines = "".join(d.to_json() + "\n" for d in documents)
    (folder / "corpus.jsonl").write_text(lines, "utf-8")
    (folder / "held_out.txt").write_text("2\n3\n", "utf-8")
    (folder / "recipe.toml").write_text(
        f"""
name = "invented"
encoder = "{encoder}"
folder = "{folder}"
held_out = "held_out.txt"
corpora = ["corpus.jsonl"]
[training]
layers = 1
dimension = 16
steps = 60
pairs = 12
learning_rate = 3e-3
queue = 24
mine_at = [0.2, 0.6]
threads = 1
device = "cpu"
checkpoint_every = 20
[[vocabularies]]
type = "Disease"
files = ["disease.tsv"]
share = 1
""",
        "utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def trained(workshop: Path) -> Path:
    from kgbuild.normalize.name_encoder.training import train

    return train(load_recipe(workshop / "recipe.toml"), workshop / "trained")


@pytest.fixture(scope="module")
def exported(trained: Path, workshop: Path) -> Path:
    from kgbuild.normalize.name_encoder.export import export

    return export(trained, workshop / "exported").parent


def rows_of(folder: Path) -> list[dict[str, float]]:
    text = (folder / "log.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.train
def test_training_brings_synonyms_together(trained: Path) -> None:
    losses = [row["loss"] for row in rows_of(trained) if "loss" in row]
    assert losses[-1] < losses[0]
    accuracy = [row["Disease"] for row in rows_of(trained) if "Disease" in row]
    assert len(accuracy) == 3
    facts = json.loads((trained / "names.json").read_text("utf-8"))
    assert facts["dimension"] == 16
    assert facts["held_out_accuracy"] == {"Disease": accuracy[-1]}


@pytest.mark.train
def test_a_run_that_was_cut_off_ends_as_one_that_was_not(
    workshop: Path, trained: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    from kgbuild.encoder.training import Loop
    from kgbuild.normalize.name_encoder import training

    recipe = load_recipe(workshop / "recipe.toml")
    save = Loop._save

    def cut_off(self: Loop, step: int, **options: object) -> None:
        save(self, step, **options)  # type: ignore[arg-type]
        if step == 40:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "_save", cut_off)
        with pytest.raises(KeyboardInterrupt):
            training.train(recipe, tmp_path)
    training.train(recipe, tmp_path)
    whole = load_file(trained / "model.safetensors")
    resumed = load_file(tmp_path / "model.safetensors")
    for name, values in whole.items():
        assert torch.equal(resumed[name], values), name
    logs = [
        [{k: v for k, v in row.items() if k != "tokens_per_s"} for row in rows_of(f)]
        for f in (trained, tmp_path)
    ]
    assert logs[0] == logs[1]


@pytest.mark.train
def test_held_out_documents_teach_nothing(workshop: Path) -> None:
    from kgbuild.corpus import read

    recipe = load_recipe(workshop / "recipe.toml")
    documents = list(read(workshop / "corpus.jsonl"))
    held_out = frozenset({"2", "3"})
    (names,) = collect(recipe, documents, without=held_out)
    assert "balta trouble" in names.texts
    assert "secret word" not in names.texts
    asked = questions(documents, names, among=held_out)
    assert {text for text, _ in asked} == {"secret word", f"{ROOTS[4]}osis"}


@pytest.mark.train
def test_onnx_says_what_torch_says(trained: Path, exported: Path) -> None:
    import torch

    from kgbuild.normalize.name_encoder.encoder import inputs_of
    from kgbuild.normalize.name_encoder.network import encode, load

    network, tokenizer, _ = load(trained)
    names = [f"{ROOTS[0]}osis", "Balta Disease", "illness of drolo"]
    with torch.no_grad():
        wanted = encode(network, inputs_of(names, tokenizer, limit=32), chunk=2).numpy()
    found = NameEncoder(exported).encode(names)
    assert found.shape == (3, 16)
    assert np.all((found * wanted).sum(axis=1) > 0.97)


@pytest.mark.train
def test_recipe_without_synonyms_teaches_nothing(
    workshop: Path, tmp_path: Path
) -> None:
    from kgbuild.normalize.name_encoder.training import train

    (tmp_path / "lone.tsv").write_text("id\tname\tsynonyms\nmesh:D1\tbalta\t\n")
    recipe = load_recipe(workshop / "recipe.toml", folder=tmp_path)
    use = replace(recipe.vocabularies[0], files=("lone.tsv",))
    recipe = replace(recipe, vocabularies=(use,), corpora=(), held_out=None)
    with pytest.raises(ConfigError, match="no concept has two names"):
        train(recipe, tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "no TOML"),
        ('name = "x"', r"\[\[vocabularies\]\]"),
        ('name = "x"\nlayer = 3', "layer is not a known key"),
    ],
)
def test_wrong_recipes(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=reason):
        load_recipe(file)


def test_the_shipped_recipe_is_sound() -> None:
    from kgbuild._io.paths import pipeline_path

    recipe = load_recipe(pipeline_path("training/names.toml"))
    assert isinstance(recipe, NameRecipe)
    assert recipe.held_out == "corpora/dev_pmids.txt"
    assert {use.type for use in recipe.vocabularies} == {"Disease", "Chemical", "Gene"}


def test_variation_is_repeatable_and_keeps_most_letters() -> None:
    name = "Neoplasms, Breast-Related"
    first = [vary(name, rng=np.random.default_rng(i)) for i in range(60)]
    second = [vary(name, rng=np.random.default_rng(i)) for i in range(60)]
    assert first == second
    assert len(set(first)) > 8
    assert "Breast-Related Neoplasms" in first
    assert all(abs(len(text) - len(name)) <= 6 for text in first)


@pytest.fixture(scope="module")
def encoder() -> NameEncoder:
    return NameEncoder()


def test_shipped_encoder_is_small_and_fits_its_card(encoder: NameEncoder) -> None:
    size = sum(f.stat().st_size for f in SHIPPED.iterdir())
    assert size <= 25_000_000
    assert (SHIPPED / "MODEL_CARD.md").is_file()
    assert encoder.dimension == 128
    assert {"Disease", "Chemical"} <= set(encoder.calibration)


def vectors_of(encoder: NameEncoder, names: list[str]) -> NDArray[np.float32]:
    found = encoder.encode(names)
    assert found.shape == (len(names), encoder.dimension)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    return found


def test_vectors_do_not_depend_on_company_or_threads(encoder: NameEncoder) -> None:
    names = ["breast cancer", "a", "Type 2 diabetes", "x" * 5_000, "β-catenin", "  "]
    names += [f"disorder number {i}" for i in range(100)]
    together = vectors_of(encoder, names)
    alone = np.concatenate([vectors_of(encoder, [name]) for name in names])
    one_thread = vectors_of(NameEncoder(threads=1), names)
    assert np.array_equal(together, alone)
    assert np.array_equal(together, one_thread)
    assert encoder.encode([]).shape == (0, encoder.dimension)


@pytest.mark.parametrize(
    ("name", "near", "far"),
    [
        ("kidney failure", "renal insufficiency", "heart failure"),
        ("liver injury", "hepatic damage", "brain injuries"),
        ("high blood pressure", "hypertension", "hypotension"),
        ("acetylsalicylic acid", "aspirin", "salicylamide"),
        ("breast carcinomas", "Breast Neoplasms", "Prostatic Neoplasms"),
    ],
)
def test_synonyms_lie_closer_than_relatives(
    encoder: NameEncoder, name: str, near: str, far: str
) -> None:
    own, synonym, relative = vectors_of(encoder, [name, near, far])
    assert own @ synonym > own @ relative


def test_shipped_encoder_crosses_process_borders(encoder: NameEncoder) -> None:
    again = pickle.loads(pickle.dumps(encoder))
    assert again.version == encoder.version
    assert np.array_equal(again.encode(["asthma"]), encoder.encode(["asthma"]))


@pytest.mark.parametrize("name", ["model.int8.onnx", "tokenizer.json", "names.json"])
def test_incomplete_encoder_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(SHIPPED, tmp_path / "encoder")
    (tmp_path / "encoder" / name).unlink()
    with pytest.raises(ResourceMissingError, match=name):
        NameEncoder(tmp_path / "encoder")


@pytest.mark.parametrize(
    "facts",
    ["{", '{"format": 1}', '{"format": 7, "name": "x", "dimension": 1, "limit": 2}'],
)
def test_wrong_facts_are_refused(tmp_path: Path, facts: str) -> None:
    shutil.copytree(SHIPPED, tmp_path / "encoder")
    (tmp_path / "encoder" / "names.json").write_text(facts, "utf-8")
    with pytest.raises(InputError, match=r"names\.json"):
        NameEncoder(tmp_path / "encoder")


@pytest.fixture(scope="module")
def starter(encoder: NameEncoder) -> Normalizer:
    """The starter's diseases and chemicals, with an index in memory."""
    given = {
        kind: [build_vocabulary(kind, [starter_vocabulary() / f"{kind.lower()}.tsv"])]
        for kind in ("Disease", "Chemical")
    }
    indexes = {kind: [build_index(v, encoder=encoder) for v in vs]
               for kind, vs in given.items()}  # fmt: skip
    return Normalizer(given, index=Neighbours(indexes, encoder=encoder))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("zolpatrexin", "Chemical"),
        ("velorumab", "Chemical"),
        ("tibracetam hydrochloride", "Chemical"),
        ("florbetamine", "Chemical"),
        ("Quarrington-Hale syndrome", "Disease"),
        ("gloaming sickness", "Disease"),
        ("mirror-writing tendency", "Disease"),
    ],
)
def test_made_up_names_stay_unlinked(starter: Normalizer, text: str, kind: str) -> None:
    link = starter.link(text, kind)
    assert (link.concepts, link.method) == ((), "unlinked")
