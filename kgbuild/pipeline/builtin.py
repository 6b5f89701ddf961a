"""The stages that come with kgbuild, made of settings; others by import path."""

from __future__ import annotations

import inspect
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from kgbuild._io.files import sha256_of
from kgbuild._io.options import (
    known,
    known_type_pairs,
    known_types,
    listed,
    names_in,
)
from kgbuild._io.paths import checked_place
from kgbuild.curies import taxon_number
from kgbuild.entity_types import asked_type
from kgbuild.errors import ConfigError, from_0_to_1, one_of, whole_number
from kgbuild.pipeline.chain import Pipeline
from kgbuild.relations.tasks import ASKED

if TYPE_CHECKING:
    from kgbuild.stage import Stage

_log = logging.getLogger(__name__)


def _sentences(_: AnnotationSettings) -> Stage:
    from kgbuild.text import SentenceSplitter

    return SentenceSplitter()


def _recognize(settings: AnnotationSettings) -> Stage:
    from kgbuild.ner.tagger import load_tagger

    return load_tagger(
        settings.tagger,
        types=settings.types,
        threshold=settings.threshold,
        threads=settings.threads or None,
    )


def _variants(settings: AnnotationSettings) -> Stage:
    from kgbuild.variants import VariantRecognizer

    types = settings.types
    genes = types is None or not {EVERYTHING, "Gene"}.isdisjoint(map(asked_type, types))
    return VariantRecognizer(genes=genes)


def _normalize(settings: AnnotationSettings) -> Stage:
    from kgbuild.normalize import Normalizer

    made = Normalizer.load(
        settings.vocabulary or None,
        taxa=[taxon_number(species) for species in settings.species] or None,
        thresholds=settings.linking,
        new_types=None if _takes_all(settings) else settings.types,
    )
    genes = made.vocabularies.get("Gene", ())
    known = dict.fromkeys(taxon for layer in genes for taxon in layer.taxa())
    for taxon in made.taxa or ():
        # Of no species at all where a list of one's own has no such column.
        if known and taxon not in known:
            msg = (
                f"No vocabulary has genes of the species {taxon}, those in force are "
                f"of {', '.join(map(str, [*known][:12]))}: check the number, or see "
                "kgbuild vocab install for other species."
            )
            raise ConfigError(msg)
    return made


def _link(settings: AnnotationSettings) -> Stage:
    from kgbuild.variants import TABLE_NAME, VariantLinker, VariantTable

    tables = [
        place if place.name == TABLE_NAME else place / TABLE_NAME
        for place in settings.vocabulary
    ]
    table = next((VariantTable(t) for t in tables if t.exists()), None)
    return VariantLinker(table=table)


def _correct(settings: AnnotationSettings, before: Sequence[Stage]) -> Stage:
    from kgbuild.normalize import Corrector

    normalizer = next((s for s in before if s.name == "normalize"), None)
    if settings.corrections is None or normalizer is None:
        msg = (
            "corrections are put in the place of what the stage 'normalize' gives: run "
            "it too, or leave them out."
        )
        raise ConfigError(msg)
    return Corrector(
        settings.corrections,
        name_of=getattr(normalizer, "name_of", None),
        types_of=getattr(normalizer, "types_of", lambda _: ()),
        known_as=getattr(normalizer, "known_as", None),
        types=_types(before) | {*(settings.types or ())},
    )


def _types(stages: Iterable[Stage]) -> set[str]:
    """Return the types that stages say they find, or have vocabularies of."""
    told = ("types", "vocabularies")
    return {str(t) for s in stages for name in told for t in getattr(s, name, ())}


def check_types(
    settings: AnnotationSettings, pipeline: Pipeline, **options: Any
) -> None:
    """Refuse types that no mention will have, as far as that is known before.

    It is not where documents bring mentions along, or a stage is of the user's own.

    Parameters
    ----------
    settings
        Of the pipeline.
    pipeline
        Made of them.
    options
        Options of the graph that are types or pairs of types, by name.

    Raises
    ------
    ConfigError
        There is such a type.
    """
    uses = {_use(item) for item in settings.stages}
    if not (uses & RECOGNIZERS and uses <= {*BUILT_IN} and not settings.corrections):
        return
    found = _types(pipeline.stages)
    for option, values in options.items():
        if values is not None and option == "type_pairs":
            known_type_pairs(option, values, also=found)
        elif values is not None:
            known_types(option, values, also=found, exact=True)


def _relate(settings: AnnotationSettings) -> Stage:
    from kgbuild.relations import load_extractor

    # What is recognized is of the types already.
    makes_mentions = not RECOGNIZERS.isdisjoint(map(_use, settings.stages))
    return load_extractor(
        tasks=settings.relations,
        threshold=settings.relation_threshold,
        types=None if makes_mentions or _takes_all(settings) else settings.types,
        threads=settings.threads or None,
    )


#: Short name of each stage, in the order in which they run → what makes it.
BUILT_IN: Mapping[str, Callable[[AnnotationSettings], Stage]] = {
    "sentences": _sentences,
    "recognize": _recognize,
    "variants": _variants,
    "normalize": _normalize,
    "link": _link,
    "relate": _relate,
}

#: All stages that come with kgbuild, and what stands for them.
ALL_STAGES, EVERYTHING = tuple(BUILT_IN), "all"
#: The stages of the default pipeline. Relations are left out: they take as long again,
#: and a graph of co-mentions has no use for them.
STAGES = tuple(name for name in ALL_STAGES if name != "relate")

#: Those with which the mentions that documents bring along are dropped first.
RECOGNIZERS = frozenset({"recognize", "variants"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationSettings:
    """What to do with each document.

    Attributes
    ----------
    stages
        Which stages run, in this order: names of :data:`ALL_STAGES`, or tables with
        the key ``use`` and settings of their own; ``"all"`` for all of these. ``use``
        is a name of :data:`ALL_STAGES`, or the import path of a stage's class,
        ``"package.module:Class"``, which gets the other keys as keyword arguments. With
        ``recognize`` or ``variants`` among them, mentions that the input carries are
        dropped first; with ``relate``, statements; otherwise they are kept.
    tagger
        A shipped tagger's name or a folder; the default one where it is ``None``, and
        for types that it does not know another that ships.
    types
        Entity types to recognise, and to relate where the documents' own mentions are;
        BioRED's six, and any, where it is ``None``. Without ``Variant`` among them the
        stage ``variants`` is switched off.
    threshold
        Tagger's mentions that score lower are dropped; the tagger's own value where it
        is ``None``.
    vocabulary
        Folders of compiled vocabularies or TSV files; where it is empty, what is
        installed, above the starter vocabulary.
    corrections
        File of corrections to what normalization gives, see
        :mod:`kgbuild.normalize.corrections`; a last stage, ``correct``, makes them;
        relations come behind it.
    linking
        ``"balanced"``, or ``"precise"``: fewer links, nearly all of them right.
    species
        That genes may come from, best first: NCBI taxon numbers, or CURIEs
        (``ncbitaxon:9606``); by default the document tells.
    threads
        CPU threads of the tagger and of relations; all cores where it is 0.
    relations
        What the stage ``relate`` states: names of
        :data:`kgbuild.relations.tasks.ASKED`, for example ``BioRED``, ``DrugProt``.
    relation_threshold
        Pairs that are related with a lower probability are not stated; the
        extractor's own value of each task where it is ``None``.

    A single value does where a tuple is expected, and of names a text with commas:
    ``stages="normalize,link"``.
    """

    stages: str | tuple[str | dict[str, Any], ...] = STAGES
    tagger: str | None = None
    types: tuple[str, ...] | None = None
    threshold: float | None = None
    vocabulary: tuple[Path, ...] = ()
    corrections: Path | None = None
    linking: Literal["balanced", "precise"] = "balanced"
    species: tuple[int | str, ...] = ()
    threads: int = 0
    relations: tuple[str, ...] = ("BioRED",)
    relation_threshold: float | None = None

    def __post_init__(self) -> None:
        stages: Any = names_in("stages", self.stages, kinds=(str, Mapping))
        if EVERYTHING in stages and all(s in (EVERYTHING, *ALL_STAGES) for s in stages):
            stages = ALL_STAGES
        own = [use for use in map(_use, stages) if ":" not in use]
        hint = ", or import paths like 'package.module:Class'"
        known("stages", own, ALL_STAGES, hint=hint)
        if not self.relations:
            msg = f"The option relations is empty: choose among {', '.join(ASKED)}."
            raise ConfigError(msg)
        relations = names_in("relations", self.relations)
        known("relations", relations, ASKED)
        if "relate" not in map(_use, stages):
            self._refuse_relations(relations)
        taxa: Any = self.species
        taxa = names_in("species", taxa, kinds=(int, str)) if taxa or taxa == 0 else ()
        places: Any = self.vocabulary
        places = listed("vocabulary", places, kinds=(str, Path)) if places else ()
        values: dict[str, Any] = {
            "stages": tuple(stages),
            "species": tuple(map(taxon_number, taxa)),
            "vocabulary": tuple(map(Path, places)),
            "relations": tuple(relations),
        }
        if self.corrections is not None:
            values["corrections"] = checked_place(
                "corrections", self.corrections, what="a file"
            )
        if self.types is not None:
            values["types"] = tuple(names_in("types", self.types))
        if self.tagger is not None:
            values["tagger"] = str(checked_place("tagger", self.tagger))
        for name, value in values.items():
            object.__setattr__(self, name, value)
        one_of("linking", self.linking, ("balanced", "precise"))
        for name in ("threshold", "relation_threshold"):
            if (threshold := getattr(self, name)) is not None:
                from_0_to_1(**{name: threshold})
        whole_number(0, threads=self.threads)

    def _refuse_relations(self, relations: Sequence[str]) -> None:
        """Refuse what only the stage relate looks at."""
        usual = AnnotationSettings.__dataclass_fields__["relations"].default
        for name, given in (
            ("relations", None if tuple(relations) == usual else self.relations),
            ("relation_threshold", self.relation_threshold),
        ):
            if given is not None:
                msg = (
                    f"{name} is for the stage relate, which is not among the stages: "
                    f"add it to them, or take 'all'. Got {name} {given!r}."
                )
                raise ConfigError(msg)


def make_pipeline(settings: AnnotationSettings | None = None) -> Pipeline:
    """Load what the settings name, once per process: the last few are kept.

    Raises
    ------
    ResourceMissingError
        A model or vocabulary is not there.
    ConfigError
        A setting is wrong, or a stage cannot be imported or made.
    """
    return _loaded(_Key(settings or AnnotationSettings()))


#: Settings that decide what a stage does, beyond what its version says: a tagger's and
#: a vocabulary's place does not matter.
_DECIDES: Mapping[str, tuple[str, ...]] = {
    "recognize": ("types", "threshold"),
    "variants": ("types",),
    "normalize": ("linking", "species"),
    "relate": ("types", "relation_threshold"),
}


def stage_settings(settings: AnnotationSettings) -> list[dict[str, Any]]:
    """Return what decides, beside versions, what each stage of a pipeline does."""
    out = []
    for item in _given(settings):
        own = {} if isinstance(item, str) else {**item}
        use = _use(item)
        if use in BUILT_IN:
            chosen = {name: getattr(settings, name) for name in _DECIDES.get(use, ())}
            own = chosen | {k: v for k, v in own.items() if k in chosen}
        out.append(own)
    if settings.corrections is not None:
        out.append({})  # its version is of all its rows
    return out


class _Key:
    """Settings that can be looked up, although those of a stage are a dictionary."""

    def __init__(self, settings: AnnotationSettings) -> None:
        self.settings = settings
        folders = [getattr(item, "folder", None) for item in settings.stages]
        # A file of corrections is short, and mended between two calls.
        rows = settings.corrections
        # Its time will not do: two writes may bear the same.
        stamp = None if rows is None or not rows.is_file() else sha256_of(rows)
        self._value = (settings, folders, stamp)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._value == other._value

    def __hash__(self) -> int:
        return hash(repr(self.settings))


@lru_cache(maxsize=4)
def _loaded(key: _Key) -> Pipeline:
    given = _given(key.settings)
    uses = [_use(item) for item in given]
    stages = []
    for item in given:
        started = time.perf_counter()
        stages.append(_made(item, key.settings))
        _log.info(
            "stage %s ready in %.1f s: version %s",
            stages[-1].name, time.perf_counter() - started, stages[-1].version,
        )  # fmt: skip
    if key.settings.corrections is not None:
        # Statements are of the ids that are right in the end.
        last = [s.name for s in stages].index("relate") if "relate" in uses else None
        stages.insert(
            len(stages) if last is None else last, _correct(key.settings, stages)
        )
    return Pipeline(
        stages,
        drop_mentions=not RECOGNIZERS.isdisjoint(map(_use, key.settings.stages)),
        drop_statements="relate" in uses,
        switched_off=[name for name in STAGES if name not in uses],
    )


def _given(settings: AnnotationSettings) -> tuple[str | dict[str, Any], ...]:
    """Return the stages that the types leave something to find."""
    stages = cast("tuple[str | dict[str, Any], ...]", settings.stages)
    if _wants_variants(settings):
        return stages
    return tuple(item for item in stages if _use(item) != "variants")


def _wants_variants(settings: AnnotationSettings) -> bool:
    """Whether the types leave the grammar anything to find; unknown ones are refused.

    The tagger knows its own types, and refuses others itself.
    """
    if _takes_all(settings):
        return True
    types = settings.types or ()
    if "recognize" not in map(_use, settings.stages):
        types = tuple(known_types("types", types))
    return "Variant" in map(asked_type, types)


def _takes_all(settings: AnnotationSettings) -> bool:
    return settings.types is None or EVERYTHING in settings.types


def _use(item: str | Mapping[str, Any]) -> str:
    use = item if isinstance(item, str) else item.get("use")
    if not isinstance(use, str):
        msg = f"A table of stages needs the key use, the stage's name. Got {item!r}."
        raise ConfigError(msg)
    return use


def _made(item: str | Mapping[str, Any], settings: AnnotationSettings) -> Stage:
    use, own = _use(item), {} if isinstance(item, str) else {**item}
    own.pop("use", None)
    if use in BUILT_IN:
        known = {f.name for f in fields(AnnotationSettings)} - {"stages"}
        if unknown := own.keys() - known:
            msg = (
                f"The stage {use!r} has no setting {', '.join(sorted(unknown))}: its "
                f"settings are among {', '.join(sorted(known))}."
            )
            raise ConfigError(msg)
        if isinstance(item, StageTable) and "vocabulary" in own:
            places = listed("vocabulary", own["vocabulary"], kinds=(str, Path))
            own["vocabulary"] = tuple(item.folder / place for place in places)
        return BUILT_IN[use](replace(settings, **own))
    module, _, name = use.partition(":")
    try:
        made: Callable[..., Stage] = getattr(import_module(module), name)
    except Exception as error:
        msg = (
            f"The stage {use!r} cannot be imported ({type(error).__name__}: {error}): "
            "install its package, or put the folder of its module on PYTHONPATH."
        )
        raise ConfigError(msg) from error
    try:
        if isinstance(item, StageTable):
            own |= _resolved(made, own, item.folder)
        return made(**own)
    except Exception as error:
        msg = (
            f"The stage {use!r} cannot be made with the settings {own} "
            f"({type(error).__name__}: {error}): mend its table."
        )
        raise ConfigError(msg) from error


class StageTable(dict[str, Any]):
    """A table of stages from a TOML, which knows the folder that paths start from."""

    folder: Path = Path()


def in_folder(
    stages: Sequence[str | Mapping[str, Any]], folder: Path
) -> tuple[str | dict[str, Any], ...]:
    """Let paths among the settings of stages be relative to a folder."""
    out: list[str | dict[str, Any]] = []
    for item in stages:
        if not isinstance(item, str):
            item = StageTable(item)
            item.folder = folder
        out.append(item)
    return tuple(out)


def _resolved(
    made: Callable[..., Stage], own: Mapping[str, Any], folder: Path
) -> dict[str, Path]:
    """Return the settings that the signature calls paths, from the TOML's folder."""
    kinds = inspect.signature(made).parameters
    return {
        name: folder / value
        for name, value in own.items()
        if isinstance(value, str)
        and name in kinds
        and re.search(r"\bPath\b", _annotation(kinds[name].annotation))
    }


def _annotation(kind: Any) -> str:
    return kind if isinstance(kind, str) else f"{kind} {getattr(kind, '__name__', '')}"
