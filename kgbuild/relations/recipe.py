"""What an extractor is trained on: one TOML file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgbuild._io.options import known
from kgbuild._io.settings import load_toml
from kgbuild.encoder.settings import LoopSettings
from kgbuild.errors import ConfigError, from_0_to_1, number_from_0, whole_number
from kgbuild.relations.tasks import TASKS


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationCorpus:
    """Which corpus feeds which task.

    Attributes
    ----------
    file
        Path under the recipe's ``corpora_folder``.
    task
        One of :data:`kgbuild.relations.tasks.TASKS`.
    passes
        How often each document is seen, in the whole training.
    relations
        A table of relations between mentions beside ``file``, where it has none.
    """

    file: str
    task: str
    passes: float = 1.0
    relations: str | None = None

    def __post_init__(self) -> None:
        number_from_0(**{f"passes of {self.file}": self.passes})


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationTraining(LoopSettings):
    """How to train; see also :class:`kgbuild.encoder.settings.LoopSettings`.

    Attributes
    ----------
    tokens_per_batch
        Padded tokens per step.
    hide_words, hide_mentions
        Share of word pieces and of mentions that are hidden.
    dropout
        Of the head.
    encoder_dropout
        Inside the encoder.
    frozen
        Layers of the encoder that do not learn, from below; nor do its embeddings.
    measure_every
        Steps between two measurements on the held-out documents of the first corpus.
    """

    learning_rate: float = 2e-4
    head_learning_rate: float | None = 1e-3
    averaging: float = 0.995
    tokens_per_batch: int = 1300
    hide_words: float = 0.05
    hide_mentions: float = 0.1
    dropout: float = 0.15
    encoder_dropout: float = 0.05
    frozen: int = 3
    measure_every: int = 200

    def __post_init__(self) -> None:
        LoopSettings.__post_init__(self)
        whole_number(
            1, tokens_per_batch=self.tokens_per_batch, measure_every=self.measure_every
        )
        whole_number(0, frozen=self.frozen)
        from_0_to_1(
            hide_words=self.hide_words, hide_mentions=self.hide_mentions,
            dropout=self.dropout, encoder_dropout=self.encoder_dropout,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationRecipe:
    """Everything that :func:`kgbuild.relations.training.train` needs.

    Attributes
    ----------
    name
        Of the extractor.
    encoder
        Folder of a trained tagger, or the name of the one that ships with a checkout.
    corpora_folder
        That the corpora lie under.
    corpora
        What feeds which task; the first is measured on, and seen until the end.
    held_out
        File of ids, under ``corpora_folder``, that are never trained on.
    pieces
        Word pieces that the exported extractor keeps; 0: all.
    training
        Settings.
    """

    name: str
    encoder: Path | str
    corpora_folder: Path
    corpora: tuple[RelationCorpus, ...]
    held_out: str = "dev_pmids.txt"
    pieces: int = 0
    training: RelationTraining = field(default_factory=RelationTraining)

    def __post_init__(self) -> None:
        whole_number(0, pieces=self.pieces)


def load_recipe(path: Path | str, **changes: Any) -> RelationRecipe:
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
        The file is no TOML, has a wrong or unknown key, or names no corpus.
    InputError
        There is no such file.
    """
    recipe = load_toml(path, RelationRecipe, changes=changes)
    if not recipe.corpora:
        msg = f"{path}: a recipe for relations needs at least one [[corpora]] table."
        raise ConfigError(msg)
    known("task", (corpus.task for corpus in recipe.corpora), tuple(TASKS))
    return recipe
