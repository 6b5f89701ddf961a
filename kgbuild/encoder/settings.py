"""How to optimize, whatever is learned: the settings of the one training loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kgbuild.errors import above_0, from_0_to_1, number_from_0, whole_number

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """Settings of :func:`kgbuild.encoder.training.Loop`.

    Attributes
    ----------
    learning_rate
        Peak; linear warm-up over the share ``warmup`` of all steps, linear decay to
        zero.
    head_learning_rate
        Peak for what stands on the encoder; ``None``: as the encoder's.
    warmup
        Share of the steps.
    weight_decay
        Of AdamW.
    averaging
        Decay of the running average of weights that is used in the end; 0 for none.
    seed
        Of order, initialization, dropout and everything else that is drawn.
    threads
        CPU threads; 0 leaves it to torch.
    device
        ``"cuda"``, ``"cpu"``, or ``"auto"``: a GPU where there is one.
    checkpoint_every
        Steps between checkpoints.
    """

    learning_rate: float = 1e-4
    head_learning_rate: float | None = None
    warmup: float = 0.06
    weight_decay: float = 0.01
    averaging: float = 0.0
    seed: int = 1
    threads: int = 0
    device: Device = "auto"
    checkpoint_every: int = 200

    def __post_init__(self) -> None:
        above_0(learning_rate=self.learning_rate)
        if self.head_learning_rate is not None:
            above_0(head_learning_rate=self.head_learning_rate)
        number_from_0(weight_decay=self.weight_decay)
        from_0_to_1(warmup=self.warmup, averaging=self.averaging)
        whole_number(0, seed=self.seed, threads=self.threads)
        whole_number(1, checkpoint_every=self.checkpoint_every)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentSettings:
    """What is left of an encoder; see :func:`kgbuild.encoder.shrinking.shrink`.

    Attributes
    ----------
    layers
        Numbers of the layers that stay, from below; none: all.
    feed_forward
        Neurons between the two matrices of a layer; 0: all.
    pieces
        Word pieces; 0: all.
    places
        Tokens that a text may have; 0: as many as before.
    """

    layers: tuple[int, ...] = ()
    feed_forward: int = 0
    pieces: int = 0
    places: int = 0

    def __post_init__(self) -> None:
        for layer in self.layers:
            whole_number(0, layers=layer)
        whole_number(
            0, feed_forward=self.feed_forward, pieces=self.pieces, places=self.places
        )
