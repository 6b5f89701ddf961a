"""Run a tagger's network by torch: on a GPU, or any checkpoint that is not exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from kgbuild.ner.aio.network import load_tagger_network, pad

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class TorchScorer:
    """Run a network by torch.

    Parameters
    ----------
    folder
        A tagger as training writes it.
    threads
        CPU threads, where there is no GPU.
    tokens
        Padded tokens per batch.
    """

    def __init__(self, folder: Path, *, threads: int = 1, tokens: int = 8192) -> None:
        self.folder, self.threads, self.tokens = folder, threads, tokens
        self._network: Any = None

    @torch.inference_mode()
    def __call__(
        self, ids: Sequence[NDArray[np.int64]], types: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Score units; see :class:`kgbuild.ner.tagger.Scorer`.

        Units are sorted by length and padded into batches. Padding is masked, so a
        unit's logits differ from those of the unit alone by rounding only.
        """
        if self._network is None:
            self._network = self._load()
        order = sorted(range(len(ids)), key=lambda i: (len(ids[i]), i))
        logits: list[NDArray[np.float32]] = [np.empty((0, 0), np.float32)] * len(ids)
        for batch in self._batches(order, ids):
            input_ids = pad([ids[i] for i in batch])
            lengths = torch.tensor([len(ids[i]) for i in batch])
            mask = (torch.arange(input_ids.shape[1])[None] < lengths[:, None]).long()
            inputs = (input_ids, mask, pad([types[i] for i in batch]))
            scores = self._network(*(x.to(self._device) for x in inputs))
            for row, i in zip(scores.float().cpu().numpy(), batch, strict=True):
                logits[i] = row[: len(ids[i])]
        return logits

    def _batches(
        self, order: Sequence[int], ids: Sequence[NDArray[np.int64]]
    ) -> Iterator[list[int]]:
        batch: list[int] = []
        for i in order:
            if batch and len(ids[i]) * (len(batch) + 1) > self.tokens:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _load(self) -> Any:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self._device.type == "cpu":
            torch.set_num_threads(self.threads)
        network, _, _ = load_tagger_network(self.folder)
        network.eval()
        return network.to(self._device)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the network behind: the other process loads its own."""
        return {**self.__dict__, "_network": None}
