"""Exported graphs compute what the network computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kgbuild.encoder.scorer import OnnxScorer
from kgbuild.encoder.token_types import N_TOKEN_TYPES
from kgbuild.errors import ConfigError
from kgbuild.ner.aio.labels import LabelScheme

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.train
SCHEME = LabelScheme({"ALL": ("Gene", "Disease"), "Cell": ("Cell",)})
SIZES = {
    "vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 4, "intermediate_size": 64, "max_position_embeddings": 40,
}  # fmt: skip
ENCODERS = ("bert", "bert without token types", "bert with relu", "electra")


def _tagger(kind: str, folder: Path) -> Any:
    """Save a random tagger; return its network."""
    import torch
    from tokenizers import Tokenizer, models
    from transformers import BertConfig, BertModel, ElectraConfig, ElectraModel

    from kgbuild.ner.aio.network import TaggerNetwork
    from kgbuild.ner.storage import save_tagger

    torch.manual_seed(3)
    if kind == "electra":
        config = ElectraConfig(**SIZES, embedding_size=32, type_vocab_size=2,
                               attn_implementation="eager")  # fmt: skip
        encoder = ElectraModel(config)
    else:
        types = 2 if "without" in kind else N_TOKEN_TYPES
        act = "relu" if "relu" in kind else "gelu"
        config = BertConfig(**SIZES, type_vocab_size=types, hidden_act=act,
                            attn_implementation="eager")  # fmt: skip
        encoder = BertModel(config, add_pooling_layer=False)
    network = TaggerNetwork(encoder, SCHEME).eval()
    with torch.no_grad():
        for name, weights in network.named_parameters():
            # A random encoder's biases are zero and its scales one, which hides errors.
            scale = 0.2 if weights.dim() > 1 or "bias" in name else 0.1
            weights.add_(scale * torch.randn_like(weights))
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    save_tagger(network, tokenizer, folder, card={"name": kind, "limit": 40})
    return network


def _units(n: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(n)
    lengths = [5, 17, 1, 40][:n]
    return (
        [rng.integers(0, 60, size) for size in lengths],
        [rng.integers(0, N_TOKEN_TYPES, size) for size in lengths],
    )


def _expected(network: Any, ids: np.ndarray, types: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        rows = (torch.from_numpy(x)[None] for x in (ids, np.ones_like(ids), types))
        made: np.ndarray = network(*rows)[0].numpy()
    return made


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_graph_computes_what_the_network_computes(kind: str, tmp_path: Path) -> None:
    from kgbuild.ner.export import export

    network = _tagger(kind, tmp_path / "made")
    exact = export(tmp_path / "made", tmp_path / "out", precision="fp32")
    small = export(tmp_path / "made", tmp_path / "out")
    assert small.stat().st_size < exact.stat().st_size
    units = _units(4)
    for file, tolerance in ((exact, 1e-4), (small, 0.35)):
        for ids, types, logits in zip(*units, OnnxScorer(file)(*units), strict=True):
            expected = _expected(network, ids, types)
            assert logits.shape == expected.shape
            assert np.abs(logits - expected).max() < tolerance


def test_matrices_that_stay_exact_bring_the_scores_nearer(tmp_path: Path) -> None:
    from kgbuild.ner.export import export

    network = _tagger("bert", tmp_path / "made")
    every = [
        "embeddings", "output",
        *(
            f"layer.{n}.{name}"
            for n in range(2)
            for name in (
                "attention.self", "attention.output.dense", "intermediate.dense",
                "output.dense",
            )
        ),
    ]  # fmt: skip
    units = _units(2)
    errors = []
    for name, exact in (("none", []), ("half", every[:6]), ("all", every)):
        file = export(tmp_path / "made", tmp_path / name, exact=exact)
        errors.append(
            max(
                float(np.abs(logits - _expected(network, ids, types)).max())
                for ids, types, logits in zip(
                    *units, OnnxScorer(file)(*units), strict=True
                )
            )
        )
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-4


def test_wrong_wishes_are_named(tmp_path: Path) -> None:
    from kgbuild.ner.export import export

    _tagger("bert", tmp_path / "made")
    with pytest.raises(ConfigError, match=r"no matrix 'layer\.9'.*layer\.0\.attention"):
        export(tmp_path / "made", tmp_path / "out", exact=["layer.9"])
    with pytest.raises(ConfigError, match="precision must be int8, fp32 or fp16"):
        export(tmp_path / "made", tmp_path / "out", precision="int4")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="give another folder"):
        export(tmp_path / "made", tmp_path / "made", precision="fp16")
    assert not list((tmp_path / "out").glob("*.onnx"))


def test_half_precision_is_half_the_size(tmp_path: Path) -> None:
    import torch

    from kgbuild.ner.export import export
    from kgbuild.ner.storage import load_network

    network = _tagger("bert", tmp_path / "made")
    file = export(tmp_path / "made", tmp_path / "half", precision="fp16")
    whole = (tmp_path / "made" / "model.safetensors").stat().st_size
    assert file.stat().st_size < 0.6 * whole
    again, _, card = load_network(tmp_path / "half")
    assert card["name"] == "bert"
    for name, weights in again.state_dict().items():
        assert weights.dtype == torch.float32
        assert torch.allclose(weights, network.state_dict()[name], atol=2e-3)


def test_tags_of_another_tagger_are_left_out(tmp_path: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models
    from transformers import BertConfig, BertModel

    from kgbuild.encoder.files import load_tokenizer
    from kgbuild.ner.aio.network import TaggerNetwork
    from kgbuild.ner.export import export
    from kgbuild.ner.storage import save_tagger

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh", "##a"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(["<Old>", "</Old>", *SCHEME.tag_tokens(), "<Older>"])
    torch.manual_seed(0)
    sizes = {**SIZES, "vocab_size": tokenizer.get_vocab_size()}
    config = BertConfig(
        **sizes, type_vocab_size=N_TOKEN_TYPES, attn_implementation="eager"
    )
    network = TaggerNetwork(BertModel(config, add_pooling_layer=False), SCHEME).eval()
    save_tagger(network, tokenizer, tmp_path, card={"name": "x", "limit": 40})
    graph = export(tmp_path, tmp_path / "fp32", precision="fp32")
    smaller = load_tokenizer(tmp_path / "fp32")
    assert smaller.get_vocab_size() == len(pieces) + 4
    text = "<Cell> a c h </Cell>"
    before, after = (np.array(t.encode(text).ids) for t in (tokenizer, smaller))
    assert before.tolist() != after.tolist()
    types = np.zeros_like(before)
    (made,) = OnnxScorer(graph, workers=1)([after], [types])
    np.testing.assert_allclose(made, _expected(network, before, types), atol=1e-5)
