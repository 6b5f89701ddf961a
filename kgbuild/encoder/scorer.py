"""Run a network over texts: by ONNX Runtime on CPUs, or by torch."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

#: Fusions of ONNX Runtime that make a tagger slower; see ``encoder.onnx_graph``.
SLOWER = ("SkipLayerNormFusion", "BiasGeluFusion")
#: With padding, where torch scores many units together.
_TOKENS_PER_BATCH = 8192


class Scorer(Protocol):
    """What runs the network.

    A scorer may have an attribute ``workers``, an ``int``: it is then called by so many
    threads at the same time, with the units of one document each. One that has none
    gets the units of many documents in one call.
    """

    def __call__(
        self, ids: Sequence[NDArray[np.int64]], types: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Return the logits of units, which do not depend on each other.

        Parameters
        ----------
        ids, types
            Per unit ``(n_tokens,) int64``: word pieces with special tokens, and token
            types.

        Returns
        -------
        list of numpy.ndarray
            Per unit ``(n_tokens, n_labels) float32``.
        """
        ...


class OnnxScorer:
    """Run a network by ONNX Runtime on CPUs, one unit at a time.

    Parameters
    ----------
    file
        ONNX file with the inputs ``input_ids`` and, as far as the encoder has them,
        ``attention_mask`` and ``token_type_ids``, and the output ``logits``.
    workers
        Threads that may call at the same time. Each call runs on its thread alone: two
        threads on two units are faster than two threads on one.
    """

    def __init__(self, file: Path, *, workers: int = 1) -> None:
        self.file, self.workers = file, workers
        self._session: Any = None
        self._inputs: list[str] = []

    def __call__(
        self, ids: Sequence[NDArray[np.int64]], types: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Score units; see :class:`Scorer`."""
        if self._session is None:
            self._session = onnx_session(self.file, without=SLOWER)
            self._inputs = [given.name for given in self._session.get_inputs()]
        return list(map(self._run, ids, types))

    def _run(
        self, ids: NDArray[np.int64], types: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        inputs = {"input_ids": ids[None], "token_type_ids": types[None]}
        # A graph may lack an input that its encoder ignores.
        known = {name: inputs[name] for name in self._inputs if name in inputs}
        if "attention_mask" in self._inputs:
            known["attention_mask"] = np.ones_like(ids)[None]
        logits: NDArray[np.float32] = self._session.run(None, known)[0][0]
        return logits

    def __getstate__(self) -> dict[str, Any]:
        """Leave the session behind: the other process makes its own."""
        return {**self.__dict__, "_session": None}


class TorchScorer:
    """Run a network by torch: on a GPU, or what is not exported.

    Parameters
    ----------
    load
        Returns the network; called when first needed, and again in each process that
        the scorer is sent to.
    threads
        CPU threads, where there is no GPU; 0 leaves it to torch.
    device
        See :func:`kgbuild.encoder.backbone.choose_device`.
    """

    def __init__(
        self,
        load: Callable[[], Any],
        *,
        threads: int = 0,
        device: str = "auto",
    ) -> None:
        self.load, self.threads, self.device = load, threads, device
        self._network: Any = None

    def __call__(
        self, ids: Sequence[NDArray[np.int64]], types: Sequence[NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]:
        """Score units; see :class:`Scorer`.

        Units are sorted by length and padded into batches. Padding is masked, so a
        unit's logits differ from those of the unit alone by rounding only.
        """
        import torch

        from kgbuild.encoder.backbone import choose_device, padded

        device = choose_device(self.device)
        if self._network is None:
            if device.type == "cpu" and self.threads:
                torch.set_num_threads(self.threads)
            self._network = self.load().eval().to(device)
        order = sorted(range(len(ids)), key=lambda i: (len(ids[i]), i))
        logits: list[NDArray[np.float32]] = [np.empty((0, 0), np.float32)] * len(ids)
        with torch.inference_mode():
            for batch in self._batches(order, ids):
                inputs = padded([ids[i] for i in batch], [types[i] for i in batch])
                scores = self._network(*(x.to(device) for x in inputs))
                for row, i in zip(scores.float().cpu().numpy(), batch, strict=True):
                    logits[i] = row[: len(ids[i])]
        return logits

    def _batches(
        self, order: Sequence[int], ids: Sequence[NDArray[np.int64]]
    ) -> Iterator[list[int]]:
        batch: list[int] = []
        for i in order:
            if batch and len(ids[i]) * (len(batch) + 1) > _TOKENS_PER_BATCH:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def __getstate__(self) -> dict[str, Any]:
        """Leave the network behind: the other process loads its own."""
        return {**self.__dict__, "_network": None}


def onnx_session(file: Path, *, without: Sequence[str] = ()) -> Any:
    """Open an ONNX file for runs on the calling thread, without some optimizers."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    if not multiplies_bytes_exactly():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(
        str(file), options, providers=["CPUExecutionProvider"],
        disabled_optimizers=list(without),
    )  # fmt: skip


@cache
def multiplies_bytes_exactly() -> bool:
    """Whether this CPU adds products of bytes without overflow (VNNI).

    ONNX Runtime has slower kernels for those that do not, and would take them on all: a
    third of the speed. Where nothing tells, the answer is no.
    """
    cpu = Path("/proc/cpuinfo")
    if cpu.is_file() and re.search(r"\bavx(512)?_vnni\b", cpu.read_text("utf-8")):
        return True
    try:
        of_numpy = import_module("numpy._core._multiarray_umath")
    except ImportError:
        return False
    return bool(getattr(of_numpy, "__cpu_features__", {}).get("AVX512VNNI"))


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
