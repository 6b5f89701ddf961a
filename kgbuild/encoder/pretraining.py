"""Continue masked-language pre-training of an encoder on biomedical text.

Whole-word masking as in PubMedBERT (Gu et al. 2021, section 2.4), on the small
encoder that the shipped tagger starts from, with the token types of
:mod:`kgbuild.encoder.token_types`.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from kgbuild._io.files import write_atomically
from kgbuild.corpus import read
from kgbuild.encoder.backbone import (
    add_token_types,
    embedding,
    encoder_source,
    load_encoder,
)
from kgbuild.encoder.files import TOKENIZER_FILE, encode, load_tokenizer
from kgbuild.encoder.settings import LoopSettings
from kgbuild.encoder.token_types import token_types
from kgbuild.encoder.training import Loop, Next
from kgbuild.encoder.word_pieces import adapt_tokenizer, move_embeddings
from kgbuild.errors import ConfigError, from_0_to_1, whole_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

logger = logging.getLogger(__name__)

_IGNORED = -100


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainingSettings(LoopSettings):
    """Settings of one pre-training run.

    Attributes
    ----------
    new_words
        Whole words added to the vocabulary.
    length
        Tokens per training sequence.
    batch_size
        Sequences per step.
    epochs
        Passes over the text.
    masked
        Share of tokens to predict.
    """

    learning_rate: float = 5e-4
    new_words: int = 6000
    length: int = 128
    batch_size: int = 48
    epochs: int = 1
    masked: float = 0.15

    def __post_init__(self) -> None:
        LoopSettings.__post_init__(self)
        whole_number(1, batch_size=self.batch_size, epochs=self.epochs)
        whole_number(0, new_words=self.new_words)
        whole_number(3, length=self.length)  # two of them are no text
        from_0_to_1(masked=self.masked)


def texts_of(
    files: Iterable[Path | str], *, without: Collection[str] = ()
) -> list[str]:
    """Read the texts of corpora, without documents of certain ids, each once.

    Parameters
    ----------
    files
        In any format that :func:`kgbuild.read` reads; texts of under 60 characters
        are left out, those of over 20,000 are cut into pieces.
    without
        Ids of the development split.
    """
    seen: set[str] = set(without)
    texts = []
    for file in files:
        for document in read(file):
            if document.id in seen:
                continue
            if document.pmid is not None:
                seen.add(document.id)
            text = document.text
            pieces = [text[i : i + 20_000] for i in range(0, len(text), 20_000)]
            texts += [piece for piece in pieces if len(piece) >= 60]
    return texts


def pretrain(
    texts: Sequence[str],
    *,
    encoder: Path | str,
    output: Path | str,
    settings: PretrainingSettings | None = None,
) -> Path:
    """Continue masked-language training on ``texts``; return the adapted encoder.

    Killed and started again with the same arguments, it goes on from the last
    checkpoint in ``output``.

    Parameters
    ----------
    texts
        One document each.
    encoder
        Folder with ``config.json``, ``model.safetensors`` and ``tokenizer.json``, or
        ``"minilm"``.
    output
        Folder for the adapted encoder, in the same three files.
    settings
        See :class:`PretrainingSettings`.

    """
    settings, output = settings or PretrainingSettings(), Path(output)
    data = output / "data.npz"
    output.mkdir(parents=True, exist_ok=True)
    if not data.exists():
        tokenizer, origins = adapt_tokenizer(
            Path(encoder_source(encoder)) / TOKENIZER_FILE, texts,
            new_words=settings.new_words,
        )  # fmt: skip
        tokenizer.save(str(output / TOKENIZER_FILE))
        ids, types, words = _pack(texts, tokenizer, length=settings.length)
        with write_atomically(data) as stream:
            np.savez(
                stream, ids=ids, types=types, words=words, origins=_ragged(origins)
            )
    tokenizer = load_tokenizer(output)
    with np.load(data) as packed:
        arrays = {name: packed[name] for name in packed.files}
    logger.info("%d sequences of %d tokens", *arrays["ids"].shape)
    model, _ = load_encoder(encoder)
    _resize(model, arrays["origins"])
    torch.manual_seed(settings.seed)
    objective = _Masking(
        _MaskedNetwork(model, tokenizer.get_vocab_size()), arrays, settings,
        mask_id=_id_of(tokenizer, "[MASK]"),
    )  # fmt: skip
    Loop(objective, output, settings).run()
    model.save_pretrained(output)
    card = {"settings": asdict(settings), "steps": objective.steps}
    (output / "pretraining.json").write_text(json.dumps(card, indent=1), "utf-8")
    return output


class _MaskedNetwork(nn.Module):
    """BERT's head for hidden words, its last matrix shared with the embeddings."""

    def __init__(self, encoder: Any, n_vocabulary: int) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.head = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width)
        )
        self.bias = nn.Parameter(torch.zeros(n_vocabulary))

    def forward(
        self, ids: torch.Tensor, types: torch.Tensor, chosen: torch.Tensor
    ) -> torch.Tensor:
        """Return scores ``(chosen tokens, vocabulary)``."""
        hidden = self.encoder(input_ids=ids, token_type_ids=types).last_hidden_state
        matrix = self.encoder.get_input_embeddings().weight
        return nn.functional.linear(self.head(hidden[chosen]), matrix, self.bias)


class _Masking:
    """See :class:`kgbuild.encoder.training.Objective`."""

    def __init__(
        self,
        network: _MaskedNetwork,
        arrays: dict[str, NDArray[Any]],
        settings: PretrainingSettings,
        *,
        mask_id: int,
    ) -> None:
        self.network, self.arrays, self.settings = network, arrays, settings
        self.mask_id = mask_id
        self.per_epoch = len(arrays["ids"]) // settings.batch_size
        self.steps = settings.epochs * self.per_epoch

    def loss(self, step: int, loop: Loop) -> tuple[torch.Tensor, int]:
        settings, arrays = self.settings, self.arrays
        epoch, within = divmod(step, self.per_epoch)
        order = np.random.default_rng((settings.seed, epoch)).permutation(
            len(arrays["ids"])
        )
        rows = order[within * settings.batch_size : (within + 1) * settings.batch_size]
        inputs, labels = _mask(
            arrays["ids"][rows],
            arrays["words"][rows],
            share=settings.masked,
            mask_id=self.mask_id,
            n_vocabulary=len(self.network.bias),
            rng=np.random.default_rng((settings.seed, 7, step)),
        )
        types = arrays["types"][rows].astype(np.int64)
        ids, kinds, target = (
            torch.from_numpy(x).to(loop.device) for x in (inputs, types, labels)
        )
        chosen = target != _IGNORED
        scores = self.network(ids, kinds, chosen).float()
        return nn.functional.cross_entropy(scores, target[chosen]), inputs.size

    def after(self, step: int, loop: Loop) -> Next:  # noqa: ARG002
        return "go on"

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass


def _id_of(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    if number is None:
        msg = f"The encoder's tokenizer has no {token}: take a BERT's."
        raise ConfigError(msg)
    return number


def _ragged(origins: list[list[int]]) -> NDArray[np.int32]:
    width = max(map(len, origins))
    return np.array([o + [-1] * (width - len(o)) for o in origins], dtype=np.int32)


def _resize(model: Any, origins: NDArray[np.int32]) -> None:
    """Give the encoder the adapted vocabulary and our token types."""
    embeddings = model.embeddings
    old = embeddings.word_embeddings.weight.detach().numpy()
    table = move_embeddings(
        old, [[i for i in row if i >= 0] for row in origins.tolist()]
    )
    embeddings.word_embeddings = embedding(torch.from_numpy(table), padding=0)
    add_token_types(model)
    model.config.vocab_size = len(table)


def _pack(
    texts: Iterable[str], tokenizer: Tokenizer, *, length: int
) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int16]]:
    """Cut all texts into sequences ``[CLS] … [SEP]`` of one length."""
    cls, sep = _id_of(tokenizer, "[CLS]"), _id_of(tokenizer, "[SEP]")
    body = length - 2
    rows: list[tuple[list[int], list[int], list[int]]] = []
    ids: list[int] = []
    kinds: list[int] = []
    words: list[int] = []
    word = 0
    for text in texts:
        encoding = encode(tokenizer, text)
        ids += [*encoding.ids, sep]
        kinds += [*token_types(text, encoding.offsets).tolist(), 0]
        last = None
        for w in encoding.word_ids:
            word += w != last
            last = w
            words.append(word)
        word += 1
        words.append(-1)
        while len(ids) >= body:
            rows.append((ids[:body], kinds[:body], words[:body]))
            ids, kinds, words = ids[body:], kinds[body:], words[body:]
    n = len(rows)
    out_ids = np.full((n, length), sep, dtype=np.int32)
    out_ids[:, 0] = cls
    out_kinds = np.zeros((n, length), dtype=np.int8)
    out_words = np.full((n, length), -1, dtype=np.int16)
    for i, (row_ids, row_kinds, row_words) in enumerate(rows):
        out_ids[i, 1:-1] = row_ids
        out_kinds[i, 1:-1] = row_kinds
        base = min((w for w in row_words if w >= 0), default=0)
        out_words[i, 1:-1] = [w - base if w >= 0 else -1 for w in row_words]
    return out_ids, out_kinds, out_words


def _mask(
    ids: NDArray[np.int32],
    words: NDArray[np.int16],
    *,
    share: float,
    mask_id: int,
    n_vocabulary: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hide whole words: 80 % as the mask, 10 % as a random piece, 10 % as they are."""
    n, length = ids.shape
    draws = rng.random((n, length + 1), dtype=np.float32)
    picked = np.take_along_axis(draws, np.maximum(words, 0).astype(np.int64), 1) < share
    picked &= words >= 0
    labels = np.where(picked, ids, _IGNORED).astype(np.int64)
    how = rng.random(ids.shape)
    inputs = ids.astype(np.int64)
    inputs[picked & (how < 0.8)] = mask_id
    swapped = picked & (how >= 0.9)
    inputs[swapped] = rng.integers(5, n_vocabulary, int(swapped.sum()))
    return inputs, labels
