"""The AIO scheme as a framework: one output layer for the tasks of all corpora."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kgbuild.errors import ResourceMissingError
from kgbuild.ner.aio.dataset import AioReader
from kgbuild.ner.aio.decoding import TRANSITIONS, Decoder
from kgbuild.ner.aio.labels import Head, LabelScheme, Tagging
from kgbuild.ner.framework import checked_model, inherited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.ner.aio.network import TaggerNetwork
    from kgbuild.ner.framework import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """The table ``[model]`` of a recipe.

    Attributes
    ----------
    head
        ``softmax``, ``crf`` or ``multilabel``; see :data:`kgbuild.ner.aio.labels.Head`.
    scheme
        ``BIO`` or ``IO``.
    """

    head: Head = "softmax"
    scheme: Tagging = "BIO"


class Aio:
    """See :class:`kgbuild.ner.framework.Framework`."""

    name = "aio"
    #: The second has other heads than softmax over BIO labels.
    formats = (1, 2)

    def check(
        self, tasks: Mapping[str, Sequence[str]], model: Mapping[str, Any]
    ) -> LabelScheme:
        """Return the label scheme of a recipe's ``[tasks]`` and ``[model]``."""
        settings = checked_model(model, ModelSettings)
        return LabelScheme.from_dict(tasks, head=settings.head, tagging=settings.scheme)

    def load_reader(
        self, folder: Path, card: Mapping[str, Any], tokenizer: Tokenizer
    ) -> AioReader:
        """Return the reader of a tagger's folder.

        Raises
        ------
        ResourceMissingError
            A CRF's transitions are missing or damaged.
        """
        scheme = _scheme_of_card(card)
        transitions: NDArray[np.float32] | None = None
        if scheme.head == "crf":
            try:
                transitions = np.load(folder / TRANSITIONS, allow_pickle=False)
            except (OSError, ValueError, EOFError) as error:
                msg = (
                    f"The tagger in {folder} is a CRF, but its {TRANSITIONS} is "
                    "missing or damaged: export it again."
                )
                raise ResourceMissingError(msg) from error
        return AioReader(tokenizer, Decoder(scheme, transitions))

    def empty_network(self, encoder: Any, card: Mapping[str, Any]) -> TaggerNetwork:
        """Return the network that ``tagger.json`` describes, to be filled."""
        from kgbuild.ner.aio.network import TaggerNetwork

        return TaggerNetwork(encoder, _scheme_of_card(card))

    def new_network(
        self,
        encoder: Any,
        tokenizer: Tokenizer,
        *,
        tasks: Mapping[str, Sequence[str]],
        model: Mapping[str, Any],
        dropout: float,
        names: Callable[[], Names] | None = None,  # noqa: ARG002 - tags need none
        old: TaggerNetwork | None = None,
    ) -> TaggerNetwork:
        """Put an output layer on an encoder; keep head, tagging and labels of ``old``.

        A CRF may go on from softmax: it has the same labels, and transitions beside.

        Raises
        ------
        ConfigError
            ``model`` asks for another head or tagging than ``old`` has.
        """
        from kgbuild.encoder.backbone import add_token_types, add_tokens
        from kgbuild.ner.aio.network import TaggerNetwork

        if old is not None:
            kept = old.scheme
            grown = kept.head == "softmax" and model.get("head") == "crf"
            head = "crf" if grown else kept.head
            model = inherited(model, head=head, scheme=kept.tagging)
            tasks = {**kept.tasks, **tasks}
        scheme = self.check(tasks, model)
        add_tokens(encoder, tokenizer, scheme.tag_tokens())
        add_token_types(encoder)
        network = TaggerNetwork(encoder, scheme, dropout=dropout)
        return network if old is None else network.inherit(old)


def _scheme_of_card(card: Mapping[str, Any]) -> LabelScheme:
    return LabelScheme.from_dict(
        card["tasks"],
        head=card.get("head", "softmax"),
        tagging=card.get("tagging", "BIO"),
    )


FRAMEWORK = Aio()
