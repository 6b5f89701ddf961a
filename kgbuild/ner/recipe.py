"""Training recipes: one TOML that says what a tagger is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from kgbuild._io.settings import load_toml
from kgbuild.encoder.settings import LoopSettings, StudentSettings
from kgbuild.errors import (
    ConfigError,
    above_0,
    from_0_to_1,
    number_from_0,
    whole_number,
)
from kgbuild.ner.frameworks import framework_of
from kgbuild.ner.storage import checked_scores


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusUse:
    """Which corpus feeds which task.

    Attributes
    ----------
    file
        Path under the recipe's ``corpora_folder``.
    task
        The task whose tags go around its texts.
    labels
        The corpus' label → entity type; labels that are not listed are no entities.
    repeat
        How often each text is seen in an epoch; 0.5 means every other epoch.
    limit_characters
        Longer documents are left out (0: none are).
    hold_out_every
        For a corpus without a development part: every so-manyth document, in the
        order of the file, is held out (0: none is).
    swapped
        How often each text is seen in an epoch with names swapped for others; see
        :mod:`kgbuild.ner.augmentation`.
    """

    file: str
    task: str
    labels: dict[str, str]
    repeat: float = 1.0
    limit_characters: int = 0
    hold_out_every: int = 0
    swapped: float = 0.0

    def __post_init__(self) -> None:
        of = f" of {self.file}"
        number_from_0(**{f"repeat{of}": self.repeat, f"swapped{of}": self.swapped})
        whole_number(
            0, **{f"limit_characters{of}": self.limit_characters,
                  f"hold_out_every{of}": self.hold_out_every},
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings(LoopSettings):
    """How to train; see also :class:`kgbuild.encoder.settings.LoopSettings`.

    Attributes
    ----------
    epochs
        Passes over the mixture of corpora.
    tokens_per_batch
        Padded tokens per step.
    examples_per_batch
        Texts per step at most; 0: as many as the tokens allow.
    budget
        Sentences of a passage are joined up to so many tokens; 0 keeps each by itself,
        as AIONER does.
    limit
        No text is longer than this many tokens.
    hide_words
        Share of words replaced by the mask while training (a cheap regularizer).
    dropout
        Before the output layer.
    patience
        Stop after so many epochs without a better F1; 0 never stops early.
    swap_share
        Share of the distinct names of a text that are swapped, for corpora that ask
        for it.
    swap_copies
        How many differently swapped copies of each text are drawn.
    """

    head_learning_rate: float | None = 1e-3
    averaging: float = 0.998
    epochs: int = 10
    tokens_per_batch: int = 3000
    examples_per_batch: int = 0
    budget: int = 0
    limit: int = 256
    hide_words: float = 0.05
    dropout: float = 0.1
    patience: int = 0
    swap_share: float = 0.7
    swap_copies: int = 4

    def __post_init__(self) -> None:
        LoopSettings.__post_init__(self)
        whole_number(
            1, epochs=self.epochs, tokens_per_batch=self.tokens_per_batch,
            limit=self.limit,
        )  # fmt: skip
        whole_number(
            0, examples_per_batch=self.examples_per_batch, budget=self.budget,
            patience=self.patience, swap_copies=self.swap_copies,
        )  # fmt: skip
        from_0_to_1(
            hide_words=self.hide_words, dropout=self.dropout,
            swap_share=self.swap_share,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsUse:
    """Which soft labels are learnt from.

    Attributes
    ----------
    file
        That ``kgbuild label`` wrote.
    repeat
        How often each text is seen in an epoch; 0.5 means every other epoch.
    """

    SHORTHAND: ClassVar[str] = "file"

    file: Path
    repeat: float = 1.0

    def __post_init__(self) -> None:
        number_from_0(**{f"repeat of {self.file}": self.repeat})


@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation:
    """The table ``[distil]``: a teacher besides the gold of the corpora.

    Attributes
    ----------
    labels
        What the teacher said.
    targets
        ``soft``: its probabilities; ``hard``: its best label; ``mixed``: half of each.
    temperature
        Divides the logits of teacher and student: the higher, the more the labels
        count that the teacher did not choose.
    student
        What is cut off the network that the training starts from.
    """

    labels: tuple[LabelsUse, ...] = ()
    targets: Literal["soft", "hard", "mixed"] = "mixed"
    temperature: float = 2.0
    student: StudentSettings = field(default_factory=StudentSettings)

    def __post_init__(self) -> None:
        above_0(temperature=self.temperature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that ``kgbuild train`` needs to know.

    Attributes
    ----------
    name
        Of the tagger; stands on every mention that it recognizes. Only a merge does
        without.
    encoder
        A folder, a hub's name, or ``"minilm"``.
    corpora_folder
        Where the files of ``corpora`` lie.
    held_out
        File under ``corpora_folder`` with one PMID a line: those documents never train,
        nor does what shares text with them or with what ``evaluate`` measures, and are
        what the F1 after each epoch is measured on.
    tasks
        Task → entity types.
    framework
        Way of tagging; see :mod:`kgbuild.ner.frameworks`.
    model
        What the framework puts on the encoder: the class ``ModelSettings`` of
        :mod:`kgbuild.ner.aio.framework` or :mod:`kgbuild.ner.mrc.framework`.
    corpora
        What is learnt from.
    threshold
        Default score below which the tagger drops a mention: a number from 0 to 1, or
        one per task (``ALL``), one per type of a task (``ALL.Species``), and one for
        the ``others``.
    consistent
        Whether the tagger lets the mentions of a document agree.
    names
        Entity type → compiled vocabularies (``kgbuild vocab build``) whose names are
        swapped in, besides those of the corpora themselves.
    evaluate
        Corpora that are measured; the first decides. Of a file that stands under
        ``corpora``, too, or has documents that ``held_out`` lists, those that are held
        out; else all.
    distil
        A teacher to learn from.
    """

    name: str = ""
    encoder: Path | str = "minilm"
    corpora_folder: Path = Path()
    held_out: str | None = None
    tasks: dict[str, list[str]] = field(default_factory=dict)
    corpora: tuple[CorpusUse, ...] = ()
    evaluate: tuple[CorpusUse, ...] = ()
    threshold: float | dict[str, float] = 0.0
    consistent: bool = False
    names: dict[str, list[Path]] = field(default_factory=dict)
    framework: str = "aio"
    model: dict[str, Any] = field(default_factory=dict)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    distil: Distillation = field(default_factory=Distillation)

    def __post_init__(self) -> None:
        checked_scores(self.threshold)


def load_recipe(path: Path | str, **changes: Any) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    path
        TOML file; see :func:`kgbuild._io.settings.load_toml`. Paths in it are relative
        to its folder.
    changes
        Top-level values that replace the file's, unless they are ``None``.

    Raises
    ------
    ConfigError
        The file is no TOML, has a wrong or unknown key, a number that cannot be, or
        names a framework, task or type that there is not.
    InputError
        There is no such file.
    """
    recipe = load_toml(path, Recipe, changes=changes)
    path = Path(path)
    # A bare word may be the hub's; a folder of that name beside the recipe goes first.
    beside = path.parent / recipe.encoder
    if "encoder" not in changes and (beside / "config.json").is_file():
        recipe = replace(recipe, encoder=beside)
    try:
        framework_of(recipe.framework).check(recipe.tasks, recipe.model)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error  # noqa: EM102
    for use in (*recipe.corpora, *recipe.evaluate):
        unknown = set(use.labels.values()) - set(recipe.tasks.get(use.task, ()))
        if use.task not in recipe.tasks or unknown:
            msg = (
                f"{path}: {use.file} feeds the task {use.task!r} with the types "
                f"{sorted(set(use.labels.values()))}; [tasks] must list that task with "
                "these types."
            )
            raise ConfigError(msg)
    return recipe
