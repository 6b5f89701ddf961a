"""A second framework, to prove that one can stand beside the first: it reads backwards.

Texts go into the network from their last token to their first, so that only a tagger
that asks this framework for input and mentions gets any offset right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kgbuild.ner.aio.dataset import N_AROUND, AioReader
from kgbuild.ner.aio.framework import Aio
from kgbuild.ner.aio.network import TaggerNetwork


def turned(row: np.ndarray) -> np.ndarray:
    """Turn a text round between its special tokens."""
    return np.concatenate([row[:2], row[2:-2][::-1], row[-2:]])


class OtherReader(AioReader):
    def wrap(self, unit: Any, task: str) -> Any:
        return tuple(map(turned, super().wrap(unit, task)))

    def spans(self, scores: Any, unit: Any, task: str) -> Any:
        return super().spans(turned(scores), unit, task)


class OtherNetwork(TaggerNetwork):
    def reader(self, tokenizer: Any) -> OtherReader:
        return OtherReader(tokenizer, super().reader(tokenizer).decoder)

    def examples(self, unit: Any, gold: Any, *, task: str, reader: Any) -> Any:
        for example in super().examples(unit, gold, task=task, reader=reader):
            places = len(unit.ids) + N_AROUND - 1 - example.first_pieces
            yield replace(example, first_pieces=places)

    def description(self) -> dict[str, Any]:
        return {**super().description(), "framework": "other", "format": 3}


class Other(Aio):
    name = "other"
    formats = (3,)

    def load_reader(self, folder: Any, card: Any, tokenizer: Any) -> OtherReader:
        decoder = super().load_reader(folder, card, tokenizer).decoder
        return OtherReader(tokenizer, decoder)

    def empty_network(self, encoder: Any, card: Any) -> OtherNetwork:
        return OtherNetwork(encoder, super().empty_network(encoder, card).scheme)

    def new_network(self, encoder: Any, tokenizer: Any, **options: Any) -> OtherNetwork:
        network = super().new_network(encoder, tokenizer, **options)
        return OtherNetwork(encoder, network.scheme, dropout=options["dropout"])


FRAMEWORK = Other()
