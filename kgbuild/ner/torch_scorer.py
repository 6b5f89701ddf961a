"""Run a tagger's network by torch: on a GPU, or any checkpoint that is not exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from kgbuild.ner.model import load_tagger_network

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


class TorchScorer:
    """Run a network by torch.

    Parameters
    ----------
    folder
        A tagger as training writes it.
    threads
        CPU threads, where there is no GPU.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.folder, self.threads = folder, threads
        self._network: Any = None

    @torch.inference_mode()
    def __call__(
        self,
        input_ids: NDArray[np.int64],
        attention_mask: NDArray[np.int64],
        token_type_ids: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Return logits ``(batch, tokens, labels) float32``."""
        if self._network is None:
            self._network = self._load()
        inputs = (
            torch.from_numpy(x).to(self._device)
            for x in (input_ids, attention_mask, token_type_ids)
        )
        logits: NDArray[np.float32] = self._network(*inputs).float().cpu().numpy()
        return logits

    def _load(self) -> Any:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self._device.type == "cpu":
            torch.set_num_threads(self.threads)
        network, _, _ = load_tagger_network(self.folder)
        network.eval()
        return network.to(self._device)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the network behind: the other process loads its own."""
        return {"folder": self.folder, "threads": self.threads, "_network": None}
