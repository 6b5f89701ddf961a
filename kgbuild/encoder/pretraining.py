"""Continue masked-language pre-training of an encoder on biomedical text.

Whole-word masking as in PubMedBERT (Gu et al. 2021, section 2.4), on the small
encoder that the shipped tagger starts from, with the token types of
:mod:`kgbuild.encoder.token_types`.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer

from kgbuild.encoder.token_types import token_types
from kgbuild.encoder.word_pieces import adapt_tokenizer, move_embeddings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_IGNORED = -100


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainingSettings:
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
    learning_rate
        Peak of a linear warm-up and decay.
    masked
        Share of tokens to predict.
    seed
        Of masking and order.
    checkpoint_every
        Steps between checkpoints.
    """

    new_words: int = 6000
    length: int = 128
    batch_size: int = 48
    epochs: int = 1
    learning_rate: float = 5e-4
    masked: float = 0.15
    seed: int = 1
    checkpoint_every: int = 300


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
    from kgbuild.corpus import read

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
    """Continue masked-language training of ``encoder`` on ``texts``.

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

    Returns
    -------
    Path
        ``output``.
    """
    import torch
    from torch import nn
    from transformers import BertModel

    from kgbuild.ner.aio.network import minilm_folder

    if str(encoder) == "minilm":
        encoder = minilm_folder()
    settings = settings or PretrainingSettings()
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)

    tokenizer_file = output / "tokenizer.json"
    if not (output / "data.npz").exists():
        tokenizer, origins = adapt_tokenizer(
            Path(encoder) / "tokenizer.json", texts, new_words=settings.new_words
        )
        tokenizer.save(str(tokenizer_file))
        ids, types, words = _pack(texts, tokenizer, length=settings.length)
        np.savez(output / "data.npz", ids=ids, types=types, words=words)
        np.save(output / "origins.npy", _ragged(origins))
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    with np.load(output / "data.npz") as data:
        ids, types, words = data["ids"], data["types"], data["words"]
    logger.info("%d sequences of %d tokens", *ids.shape)

    model = BertModel.from_pretrained(
        encoder,
        add_pooling_layer=False,
        attn_implementation="eager",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    _resize(model, np.load(output / "origins.npy"))
    width = model.config.hidden_size
    head = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
    bias = nn.Parameter(torch.zeros(len(ids_vocabulary := tokenizer.get_vocab())))
    parameters = [*model.parameters(), *head.parameters(), bias]
    optimizer = torch.optim.AdamW(
        parameters, lr=settings.learning_rate, weight_decay=0.01
    )
    steps = settings.epochs * (len(ids) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.06 * steps), (steps - step) / steps)
    )
    done = 0
    checkpoint = output / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        head.load_state_dict(state["head"])
        bias.data = state["bias"]
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        done = state["step"]
    mask_id = tokenizer.token_to_id("[MASK]")
    log = (output / "log.jsonl").open("a", encoding="utf-8")
    started, seen, losses = time.perf_counter(), 0, []
    model.train()
    for step in range(done, steps):
        epoch, within = divmod(step, len(ids) // settings.batch_size)
        order = np.random.default_rng((settings.seed, epoch)).permutation(len(ids))
        rows = order[within * settings.batch_size : (within + 1) * settings.batch_size]
        rng = np.random.default_rng((settings.seed, 7, step))
        inputs, labels = _mask(
            ids[rows],
            words[rows],
            share=settings.masked,
            mask_id=mask_id,
            n_vocabulary=len(ids_vocabulary),
            rng=rng,
        )
        target = torch.from_numpy(labels)
        chosen = target != _IGNORED
        with torch.autocast("cpu", torch.bfloat16):
            hidden = model(
                input_ids=torch.from_numpy(inputs),
                token_type_ids=torch.from_numpy(types[rows].astype(np.int64)),
            ).last_hidden_state
            scores = nn.functional.linear(
                head(hidden[chosen]), model.embeddings.word_embeddings.weight, bias
            )
        loss = nn.functional.cross_entropy(scores.float(), target[chosen])
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        seen += inputs.size
        if (step + 1) % 50 == 0:
            row = {
                "step": step + 1,
                "of": steps,
                "loss": round(float(np.mean(losses)), 4),
                "tokens_per_s": round(seen / (time.perf_counter() - started)),
            }
            log.write(json.dumps(row) + "\n")
            log.flush()
            losses = []
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == steps:
            beside = checkpoint.with_suffix(".tmp")
            torch.save(
                {
                    "model": model.state_dict(),
                    "head": head.state_dict(),
                    "bias": bias.data,
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                    "step": step + 1,
                },
                beside,
            )
            beside.replace(checkpoint)
            model.save_pretrained(output)
    log.close()
    model.save_pretrained(output)
    (output / "pretraining.json").write_text(
        json.dumps({"settings": asdict(settings), "steps": steps}, indent=1), "utf-8"
    )
    return output


def _ragged(origins: list[list[int]]) -> NDArray[np.int32]:
    width = max(map(len, origins))
    return np.array([o + [-1] * (width - len(o)) for o in origins], dtype=np.int32)


def _resize(model: Any, origins: NDArray[np.int32]) -> None:
    """Give the encoder the adapted vocabulary and our token types."""
    import torch
    from torch import nn

    from kgbuild.ner.aio.network import add_token_types

    embeddings = model.embeddings
    old = embeddings.word_embeddings.weight.detach().numpy()
    table = move_embeddings(
        old, [[i for i in row if i >= 0] for row in origins.tolist()]
    )
    embeddings.word_embeddings = nn.Embedding.from_pretrained(
        torch.from_numpy(table), freeze=False, padding_idx=0
    )
    add_token_types(model)
    model.config.vocab_size = len(table)


def _pack(
    texts: Iterable[str], tokenizer: Tokenizer, *, length: int
) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int16]]:
    """Cut all texts into sequences ``[CLS] … [SEP]`` of one length."""
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    body = length - 2
    rows: list[tuple[list[int], list[int], list[int]]] = []
    ids: list[int] = []
    kinds: list[int] = []
    words: list[int] = []
    word = 0
    for text in texts:
        encoding = tokenizer.encode(text, add_special_tokens=False)
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
