"""What a name encoder is trained on: one TOML file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgbuild._io.settings import load_toml
from kgbuild.encoder.settings import LoopSettings
from kgbuild.errors import ConfigError, above_0, from_0_to_1, whole_number


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyUse:
    """Names of one entity type.

    Attributes
    ----------
    type
        Entity type.
    files
        Under the recipe's ``folder``; any format that ``kgbuild vocab build`` reads.
    share
        Share of the training steps.
    join_by_name
        Concepts with the same preferred name are one: orthologous genes.
    mined_names
        How many names of a concept take part in the search for hard negatives; 0: all.
    """

    type: str
    files: tuple[str, ...]
    share: float
    join_by_name: bool = False
    mined_names: int = 0

    def __post_init__(self) -> None:
        from_0_to_1(share=self.share)
        whole_number(0, mined_names=self.mined_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTraining(LoopSettings):
    """How to train; see also :class:`kgbuild.encoder.settings.LoopSettings`.

    Attributes
    ----------
    layers
        Of the encoder's layers, the first so many are kept.
    dimension
        Width of a name's vector.
    steps
        Optimizer steps.
    pairs
        Pairs of names a step, each pair of another concept.
    temperature
        Of the contrastive loss.
    queue
        Vectors of earlier steps that serve as further negatives.
    hard
        Share of a step's concepts that are chosen because they lie close to others of
        the same step.
    mine_at
        Shares of the run at which close concepts are looked for.
    limit
        Tokens; longer names are cut.
    """

    learning_rate: float = 3e-4
    warmup: float = 0.05
    layers: int = 4
    dimension: int = 128
    steps: int = 1500
    pairs: int = 256
    temperature: float = 0.05
    queue: int = 16_384
    hard: float = 0.6
    mine_at: tuple[float, ...] = (0.1, 0.45)
    limit: int = 32

    def __post_init__(self) -> None:
        LoopSettings.__post_init__(self)
        whole_number(
            1, layers=self.layers, dimension=self.dimension, steps=self.steps,
            pairs=self.pairs, limit=self.limit,
        )  # fmt: skip
        whole_number(0, queue=self.queue)
        above_0(temperature=self.temperature)
        from_0_to_1(hard=self.hard)
        for share in self.mine_at:
            from_0_to_1(mine_at=share)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRecipe:
    """Everything that :func:`kgbuild.normalize.name_encoder.training.train` needs.

    Attributes
    ----------
    name
        Of the encoder.
    encoder
        Folder of the encoder to start from, or ``"minilm"``.
    folder
        Where the files of vocabularies and corpora lie.
    held_out
        File under ``folder`` with one PMID a line: nothing is learnt from these
        documents; accuracy is measured on them while training.
    vocabularies
        Names of each type.
    corpora
        Annotated corpora under ``folder``: what annotators called a concept.
    training
        Settings.
    """

    name: str
    encoder: Path | str = "minilm"
    folder: Path = Path()
    held_out: str | None = None
    vocabularies: tuple[VocabularyUse, ...] = ()
    corpora: tuple[str, ...] = ()
    training: NameTraining = field(default_factory=NameTraining)


def load_recipe(path: Path | str, **changes: Any) -> NameRecipe:
    """Read and check a recipe.

    Parameters
    ----------
    path
        TOML file; paths in it are relative to its folder.
    changes
        Top-level values that replace the file's, unless they are ``None``.

    Raises
    ------
    ConfigError
        The file is no TOML, has a wrong or unknown key, or names no vocabulary.
    InputError
        There is no such file.
    """
    recipe = load_toml(path, NameRecipe, changes=changes)
    if not recipe.vocabularies:
        msg = f"{path}: a recipe for names needs at least one [[vocabularies]] table."
        raise ConfigError(msg)
    return recipe
