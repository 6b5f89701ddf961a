"""Reading comprehension as a framework: a query for each type, two scores a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.ner.framework import checked_model, checked_tasks, inherited
from kgbuild.ner.mrc.queries import QueryWriter, Style
from kgbuild.ner.mrc.reader import MrcReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tokenizers import Tokenizer

    from kgbuild.ner.framework import Names
    from kgbuild.ner.mrc.network import MrcNetwork


#: Names in a query; each takes tokens off every text.
_MOST_EXAMPLES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """The table ``[model]`` of a recipe.

    Attributes
    ----------
    query
        What is asked: with names from the training part (``examples``), with the name
        of the type alone (``simple``), or nothing (``none``), for a single type.
    examples
        Names in a query.
    query_seed
        Of the draw of these names.
    end_sees_start
        Whether the score of an end is given the chance that the word is a start.
    end_weight
        Share of the ends in the loss; the rest is that of the starts.
    nested
        Whether mentions may lie inside each other, also those of one type.
    """

    query: Style = "examples"
    examples: int = 3
    query_seed: int = 1
    end_sees_start: bool = True
    end_weight: float = 0.5
    nested: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.end_weight < 1:
            msg = f"end_weight must lie between 0 and 1. Got {self.end_weight}."
            raise ConfigError(msg)
        if not 1 <= self.examples <= _MOST_EXAMPLES:
            msg = (
                f"examples must lie between 1 and {_MOST_EXAMPLES}. Got "
                f'{self.examples}: a query without names is query = "simple", and long '
                "ones leave no room for text."
            )
            raise ConfigError(msg)


class Mrc:
    """See :class:`kgbuild.ner.framework.Framework`."""

    name = "mrc"
    formats = (3,)

    def check(
        self, tasks: Mapping[str, Sequence[str]], model: Mapping[str, Any]
    ) -> ModelSettings:
        """Return the settings of a recipe's ``[model]``."""
        checked_tasks(tasks)
        settings = checked_model(model, ModelSettings)
        n_types = sum(map(len, tasks.values()))
        if settings.query == "none" and n_types > 1:
            msg = (
                'model.query: "none" asks the same of every type, and the recipe has '
                f'{n_types}: choose "examples" or "simple", or leave one type.'
            )
            raise ConfigError(msg)
        return settings

    def load_reader(
        self, folder: Path, card: Mapping[str, Any], tokenizer: Tokenizer
    ) -> MrcReader:
        """Return the reader of a tagger's folder.

        Raises
        ------
        ResourceMissingError
            Its ``tagger.json`` lacks what decoding needs.
        """
        try:
            return MrcReader(
                tokenizer, card["queries"], nested=card["nested"],
                start_to_end=card["start_to_end"],
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = (
                f"The tagger.json in {folder} lacks the queries or how to decode: "
                "export the tagger again."
            )
            raise ResourceMissingError(msg) from error

    def empty_network(self, encoder: Any, card: Mapping[str, Any]) -> MrcNetwork:
        """Return the network that ``tagger.json`` describes, to be filled."""
        from kgbuild.ner.mrc.network import MrcNetwork

        return MrcNetwork(
            encoder, card["queries"], nested=card["nested"],
            end_sees_start=card["start_to_end"] is not None,
            query_seed=card["query_seed"],
        )  # fmt: skip

    def new_network(
        self,
        encoder: Any,
        tokenizer: Tokenizer,  # noqa: ARG002 - queries are ordinary words
        *,
        tasks: Mapping[str, Sequence[str]],
        model: Mapping[str, Any],
        dropout: float,
        names: Callable[[], Names],
        old: MrcNetwork | None = None,
    ) -> MrcNetwork:
        """Put two scores on an encoder, and write the queries.

        What ``old`` was asked stays, word by word, with its output layer.

        Raises
        ------
        ConfigError
            ``model`` asks for another decoding than ``old`` has.
        """
        from kgbuild.encoder.backbone import add_token_types
        from kgbuild.ner.mrc.network import MrcNetwork

        before = {} if old is None else old.queries
        if old is not None:
            model = inherited(
                model, nested=old.nested, end_sees_start=old.end_sees_start
            )
        whole = {
            task: [*dict.fromkeys([*before.get(task, ()), *tasks.get(task, ())])]
            for task in {**before, **tasks}
        }
        settings = self.check(whole, model)
        writer = QueryWriter(settings.query, settings.examples, settings.query_seed)
        new = {
            task: [kind for kind in types if kind not in before.get(task, ())]
            for task, types in tasks.items()
        }
        counted = names() if settings.query == "examples" and any(new.values()) else {}
        written = writer.write(new, counted)
        queries = {
            task: {**before.get(task, {}), **written.get(task, {})} for task in whole
        }
        add_token_types(encoder)
        network = MrcNetwork(
            encoder, queries, nested=settings.nested, dropout=dropout,
            end_sees_start=settings.end_sees_start, end_weight=settings.end_weight,
            query_seed=settings.query_seed,
        )  # fmt: skip
        if old is not None:
            network.output.load_state_dict(old.output.state_dict())
        return network


FRAMEWORK = Mrc()
