"""Pipelines for the options of a request, made of what is loaded already."""

from __future__ import annotations

import re
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from kgbuild.curies import taxon_number
from kgbuild.encoder.files import encode
from kgbuild.entity_types import asked_type
from kgbuild.errors import ConfigError
from kgbuild.ner.storage import EVERY
from kgbuild.ner.tagger import Tagger, Taggers, load_tagger
from kgbuild.normalize import Normalizer
from kgbuild.pipeline import STAGES, Pipeline
from kgbuild.variants import VariantRecognizer

if TYPE_CHECKING:
    from kgbuild.pipeline import AnnotationSettings
    from kgbuild.stage import Stage


class Options(NamedTuple):
    """What a request may choose; the service's own where it is empty."""

    stages: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    species: tuple[str, ...] = ()


NO_OPTIONS = Options()


#: What is a word piece at least.
_PIECE = re.compile(r"\w+|[^\w\s]")


class Chains:
    """Pipelines by options; models and vocabularies are those of the first one.

    Parameters
    ----------
    base
        The service's own pipeline.
    settings
        That it was made of.
    """

    def __init__(self, base: Pipeline, settings: AnnotationSettings) -> None:
        self.base, self._settings = base, settings
        # Each holds a cache of links: few of them are kept.
        self._narrowed = lru_cache(maxsize=8)(self._make)
        self._load = cache(
            partial(
                load_tagger, threads=settings.threads or None,
                threshold=settings.threshold,
            )
        )  # fmt: skip

    def of(self, options: Options) -> Pipeline:
        """Return the pipeline for some options.

        Raises
        ------
        ConfigError
            One of them is unknown.
        """
        return self.base if options == NO_OPTIONS else self._narrowed(options)

    def count_tokens(self, text: str) -> int:
        """Return how many word pieces the tagger reads of a text.

        Without a tagger that says so, words and signs are counted.
        """
        taggers = [t for stage in self.base.stages for t in _taggers(stage)]
        if not taggers:
            return len(_PIECE.findall(text))
        return len(encode(taggers[0].reader.tokenizer, text))

    def _make(self, options: Options) -> Pipeline:
        names = [stage.name for stage in self.base.stages]
        unknown = [name for name in options.stages if name not in names]
        if unknown:
            msg = f"stages must be among {', '.join(names)}. Got {unknown[0]!r:.60}."
            raise ConfigError(msg)
        taxa = [taxon_number(species) for species in options.species]
        types = [asked_type(name) for name in options.types]
        every = not types or EVERY in types
        stages = [
            self._narrow(stage, types, taxa)
            for stage in self.base.stages
            if not options.stages or stage.name in options.stages
            if stage.name != "variants" or every or "Variant" in types
        ]
        left = {stage.name for stage in stages}
        return Pipeline(
            stages,
            drop_mentions=not left.isdisjoint({"recognize", "variants"}),
            switched_off=[name for name in STAGES if name not in left],
        )

    def _narrow(self, stage: Stage, types: list[str], taxa: list[int]) -> Stage:
        if types and (loaded := _taggers(stage)):
            if self._settings.tagger is not None:
                return loaded[0].restricted(types)
            there = {tagger.recognizer: tagger for tagger in loaded}
            return Taggers.of(types, lambda name: there.get(name) or self._load(name))
        if types and isinstance(stage, VariantRecognizer):
            return VariantRecognizer(genes=not {EVERY, "Gene"}.isdisjoint(types))
        if taxa and isinstance(stage, Normalizer):
            stage = Normalizer(
                stage.vocabularies, taxa=taxa, thresholds=self._settings.linking,
                index=stage.index, new_types=stage.new_types,
            )  # fmt: skip
        if types and EVERY not in types and isinstance(stage, Normalizer):
            return stage.restricted(types)
        return stage


def _taggers(stage: Stage) -> tuple[Tagger, ...]:
    """Return the taggers that a stage is or is made of, if any."""
    if isinstance(stage, Taggers):
        return stage.taggers
    return (stage,) if isinstance(stage, Tagger) else ()
