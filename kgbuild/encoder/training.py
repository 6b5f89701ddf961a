"""The one training loop: what is learned is handed in, how it is learned stands here.

A run that was killed at any moment and started again ends with the weights of a run
that was not (on one machine, with the same number of threads): every step draws from
its own seed, and a checkpoint holds all that a step leaves behind.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import torch
from torch import nn

from kgbuild._io.files import write_atomically
from kgbuild._io.progress import track
from kgbuild.encoder.backbone import choose_device
from kgbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from kgbuild.encoder.settings import LoopSettings

logger = logging.getLogger(__name__)

CHECKPOINT_FILE, LOG_FILE = "checkpoint.pt", "log.jsonl"
#: Steps between two lines of the log.
_LOG_EVERY = 50
_LONGEST_GRADIENT = 1.0

Next = Literal["go on", "checkpoint", "stop"]


class Objective(Protocol):
    """What a run minimizes.

    Attributes
    ----------
    network
        Holds everything that is learned; what lies in its ``encoder`` learns at the
        encoder's rate.
    steps
        Of the whole run.
    """

    @property
    def network(self) -> nn.Module: ...  # noqa: D102

    steps: int

    def loss(self, step: int, loop: Loop) -> tuple[torch.Tensor, int]:
        """Return the loss of a step and the number of tokens that it read.

        It runs in low precision where the device has it. What is drawn must depend on
        the step's number alone.
        """
        ...

    def after(self, step: int, loop: Loop) -> Next:
        """Measure, save, …; say whether a checkpoint is due, or the run is over."""
        ...

    def state(self) -> dict[str, Any]:
        """Return tensors and plain values that a later step depends on."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        ...


class Loop:
    """One run: train, or go on after the last checkpoint.

    Parameters
    ----------
    objective
        What is learned.
    output
        Folder for ``checkpoint.pt`` and ``log.jsonl``.
    settings
        How.

    Attributes
    ----------
    device
        Where the network lies.
    last_loss
        Of the step that was just done.
    """

    device: torch.device
    last_loss: float = 0.0

    def __init__(
        self, objective: Objective, output: Path, settings: LoopSettings
    ) -> None:
        self.output, self._objective, self._settings = output, objective, settings
        self.device = choose_device(settings.device)
        if settings.threads:
            torch.set_num_threads(settings.threads)
        network = self._network = objective.network.to(self.device)
        encoder: Any = network.encoder
        body = {id(p) for p in encoder.parameters()}
        # What is frozen needs no average, and no room in checkpoints.
        parameters = [p for p in network.parameters() if p.requires_grad]
        self._parameters: list[Any] = parameters
        head_rate = settings.head_learning_rate
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if id(p) in body],
                 "lr": settings.learning_rate},
                {"params": [p for p in parameters if id(p) not in body],
                 "lr": settings.learning_rate if head_rate is None else head_rate},
            ],
            weight_decay=settings.weight_decay, fused=True,
        )  # fmt: skip
        steps, warmup = objective.steps, max(1, int(settings.warmup * objective.steps))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer,
            lambda step: min(
                (step + 1) / warmup, max(0.0, (steps - step) / (steps - warmup or 1))
            ),
        )
        self._average = [p.detach().clone() for p in parameters]
        self._losses: list[float] = []

    def low_precision(self) -> AbstractContextManager[Any]:
        """Context in which matrices are multiplied in bfloat16, where that helps.

        A CPU without instructions for it takes some twenty times as long.
        """
        if self.device.type == "cpu" and not torch.cpu._is_avx512_bf16_supported():
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Context in which the network does not learn and has its averaged weights."""
        parameters = self._parameters
        own = [p.detach().clone() for p in parameters]
        self._network.eval()
        if self._settings.averaging:
            _assign(parameters, self._average)
        try:
            yield
        finally:
            _assign(parameters, own)
            self._network.train()

    def log(self, **row: Any) -> None:
        """Add a line to ``log.jsonl``."""
        with (self.output / LOG_FILE).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
        logger.info("%s", row)

    def run(self) -> None:
        """Do the steps that are not done yet.

        Raises
        ------
        ConfigError
            The folder has the checkpoint of another run.
        """
        objective, settings = self._objective, self._settings
        first, over = self._resume()
        started, tokens = time.perf_counter(), 0
        self._network.train()
        steps = range(first, first if over else objective.steps)
        for step in track(steps, description="train", total=len(steps), unit="step"):
            # A step's dropout must not depend on whether the run was resumed.
            torch.manual_seed(1_000_003 * settings.seed + step)
            with self.low_precision():
                loss, read = objective.loss(step, self)
            loss.backward()
            nn.utils.clip_grad_norm_(self._network.parameters(), _LONGEST_GRADIENT)
            self._optimizer.step()
            self._schedule.step()
            self._optimizer.zero_grad(set_to_none=True)
            self._follow(step)
            tokens += read
            self.last_loss = loss.item()
            self._losses.append(self.last_loss)
            last = step + 1 == objective.steps
            if (step + 1) % _LOG_EVERY == 0 or last:
                speed = round(tokens / (time.perf_counter() - started))
                self.log(step=step + 1, of=objective.steps,
                         loss=round(float(np.mean(self._losses)), 4),
                         tokens_per_s=speed)  # fmt: skip
                self._losses = []
            what = objective.after(step, self)
            due = (step + 1) % settings.checkpoint_every == 0
            if due or last or what != "go on":
                self._save(step + 1, over=what == "stop")
            if what == "stop":
                break

    @torch.no_grad()
    def _follow(self, step: int) -> None:
        """Move the running average of the weights towards the weights."""
        if self._settings.averaging:
            # Early on the average must forget the start faster.
            decay = min(self._settings.averaging, (2 + step) / (11 + step))
            torch._foreach_lerp_(self._average, self._parameters, 1 - decay)

    def _save(self, step: int, *, over: bool) -> None:
        log = self.output / LOG_FILE
        state = {
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "average": self._average if self._settings.averaging else [],
            "objective": self._objective.state(), "losses": self._losses,
            "step": step, "of": self._objective.steps, "over": over,
            "log_size": log.stat().st_size if log.exists() else 0,
        }  # fmt: skip
        with write_atomically(self.output / CHECKPOINT_FILE) as stream:
            torch.save(state, stream)

    def _resume(self) -> tuple[int, bool]:
        """Return how many steps are done, and whether there are no more."""
        self.output.mkdir(parents=True, exist_ok=True)
        file = self.output / CHECKPOINT_FILE
        if not file.exists():
            (self.output / LOG_FILE).unlink(missing_ok=True)
            return 0, False
        state = torch.load(file, weights_only=True, map_location=self.device)
        if state.get("of") != self._objective.steps:
            msg = (
                f"{file} belongs to a run of {state.get('of')} steps, this one has "
                f"{self._objective.steps}: delete it, or give another output folder."
            )
            raise ConfigError(msg)
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self._average = state["average"] or self._average
        self._losses = state["losses"]
        self._objective.restore(state["objective"])
        # Lines of steps that are done again would stand twice in the log.
        with (self.output / LOG_FILE).open("ab") as stream:
            stream.truncate(state["log_size"])
        logger.info("going on after step %d", state["step"])
        return state["step"], state["over"]


def _assign(parameters: list[nn.Parameter], values: list[torch.Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(value)


def batches(
    lengths: NDArray[np.int64],
    *,
    tokens: int,
    rng: np.random.Generator,
    examples: int = 0,
) -> list[NDArray[np.int64]]:
    """Group examples of like length into batches of a token budget, in random order.

    Parameters
    ----------
    lengths
        ``(n_examples,) int64``.
    tokens
        Upper bound of (longest example) x (examples) in a batch.
    rng
        Makes the order; the same state makes the same batches.
    examples
        Upper bound of examples in a batch; 0: as many as the tokens allow.

    Returns
    -------
    list of numpy.ndarray
        Indices, ``int64``.
    """
    # Lengths are blurred before sorting, so that batches differ by epoch.
    jitter = lengths * (1 + 0.1 * rng.standard_normal(len(lengths)))
    groups: list[list[int]] = []
    longest, most = 0, examples or len(lengths)
    for i in np.argsort(jitter, kind="stable").tolist():
        longest = max(longest, int(lengths[i]))
        if (
            not groups
            or longest * (len(groups[-1]) + 1) > tokens
            or len(groups[-1]) >= most
        ):
            groups.append([])
            longest = int(lengths[i])
        groups[-1].append(i)
    return [np.array(groups[i]) for i in rng.permutation(len(groups))]
