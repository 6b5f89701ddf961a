"""Write a trained extractor for use: encoder and head as ONNX, and what it says.

The matrices of the encoder and some of the head become bytes; other large constants are
kept in half precision. Word pieces that the domain hardly uses can be
left out: embeddings are half of what is shipped.
"""

from __future__ import annotations

import io
import json
import warnings
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from kgbuild._io.files import write_atomically
from kgbuild._version import __version__
from kgbuild.corpus import read
from kgbuild.encoder.backbone import empty_encoder, fill_network
from kgbuild.encoder.files import TOKENIZER_FILE, WEIGHTS_FILE, load_tokenizer
from kgbuild.encoder.onnx_graph import BertGraph, in_bytes
from kgbuild.encoder.word_pieces import smaller_tokenizer
from kgbuild.errors import ResourceMissingError
from kgbuild.relations.calibration import calibrate
from kgbuild.relations.dataset import documents_of, held_out_of, make_example
from kgbuild.relations.network import RelationNetwork
from kgbuild.relations.storage import (
    CARD_FILE,
    ENCODER_FILE,
    FORMAT,
    HEAD_FILE,
    HEAD_INPUTS,
)
from kgbuild.relations.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from kgbuild.relations.layout import Layout
    from kgbuild.relations.recipe import RelationRecipe

_WORDS = "encoder.embeddings.word_embeddings.weight"
#: An input so many times as large as the others is kept apart from them.
_FAR_OFF = 1.5
#: Training documents that are looked at for such inputs.
_N_LOOKED_AT = 10
#: Layers of the head whose input is the whole text. That of others are some pairs of
#: it, and in bytes what is said of a pair would depend on those it comes with.
_OF_TEXT = ("one", "two", "query", "key", "value", "subject", "object")
#: Numbers of a constant that is worth keeping in fewer bytes.
_LARGE = 4096


class _Marked(BertGraph):
    """A BERT that is told above its frozen layers where mentions stand."""

    def __init__(
        self,
        weights: Mapping[str, NDArray[np.float32]],
        config: Any,
        *,
        frozen: int,
        apart: Mapping[str, tuple[int, float]],
    ) -> None:
        self._frozen = frozen
        super().__init__(weights, config, int8=True, apart=apart)

    def below(self, number: int, hidden: str) -> str:
        if number != self._frozen:
            return hidden
        table = self.constant("mark_rows", self.weights["marks.weight"])
        self.inputs = [*self.inputs, "marks"]
        return self.node(
            "Add",
            [hidden, self.node("Gather", [table, "marks"], "marked")],
            "marked_in",
        )


def export(
    network: RelationNetwork,
    tokenizer: Tokenizer,
    output: Path | str,
    *,
    card: Mapping[str, Any],
    texts: Iterable[str] = (),
    pieces: int = 0,
    layouts: Iterable[Layout] = (),
) -> Path:
    """Write an extractor's folder; return it.

    Parameters
    ----------
    network, tokenizer
        As :func:`kgbuild.relations.training.train` leaves them.
    output
        Folder to write to.
    card
        Name, thresholds, … for ``relations.json``.
    texts, pieces
        How many word pieces to keep, and texts that tell which are used most; 0 keeps
        all.
    layouts
        Documents, laid out with this tokenizer, that tell which inputs of matrices are
        far larger than all others; see :func:`far_inputs`.
    """
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    network = network.eval().float()
    apart = far_inputs(network, layouts)
    weights = {k: v.float().numpy() for k, v in network.state_dict().items()}
    if pieces:
        tokenizer, rows = smaller_tokenizer(tokenizer, texts, pieces=pieces)
        weights[_WORDS] = weights[_WORDS][rows]
    graph = _Marked(weights, network.encoder.config, frozen=network.frozen, apart=apart)
    states = graph.node("Identity", [graph.hidden], "states")
    width = network.encoder.config.hidden_size
    model = graph.model(states, ["batch", "tokens", width])
    for name, packed in (
        (ENCODER_FILE, _in_half(model, keep="scale").SerializeToString()),
        (HEAD_FILE, _in_half(_with_bytes(_head(network, width))).SerializeToString()),
    ):
        with write_atomically(output / name) as stream:
            stream.write(packed)
    whole = {
        "format": FORMAT, **card,
        "tasks": {name: list(t.predicates) for name, t in network.tasks.items()},
    }  # fmt: skip
    with write_atomically(output / CARD_FILE) as stream:
        stream.write((json.dumps(whole, indent=1) + "\n").encode())
    tokenizer.save(str(output / TOKENIZER_FILE))
    return output


@torch.no_grad()
def far_inputs(
    network: RelationNetwork, layouts: Iterable[Layout]
) -> dict[str, tuple[int, float]]:
    """Find the inputs of wide matrices that make bytes coarse for all others.

    Parameters
    ----------
    network
        In evaluation mode.
    layouts
        Documents to look at.

    Returns
    -------
    dict
        ``{matrix: (input, bound)}`` where one input gets more than half as large again
        as any other; the bound is how large the others get.
    """
    seen: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Any:
        def note(_: Any, given: tuple[torch.Tensor, ...]) -> None:
            largest = given[0].reshape(-1, given[0].shape[-1]).amax(0)
            seen[name] = torch.maximum(seen.get(name, largest), largest)

        return note

    hooks = [
        part.register_forward_pre_hook(watch(name))
        for name, part in network.encoder.encoder.named_modules()
        # What an activation leaves, which is never far below 0.
        if name.endswith(".output.dense") and "attention" not in name
    ]
    for layout in layouts:
        for window in zip(layout.ids, layout.types, layout.marks, strict=True):
            ids, types, marks = (
                torch.from_numpy(np.asarray(x, np.int64))[None] for x in window
            )
            mask = torch.ones_like(ids)
            network.upper(network.lower(ids, mask, types), mask, marks)
    for hook in hooks:
        hook.remove()
    far = {}
    for name, largest in sorted(seen.items()):
        (first, second), (number, _) = (x.tolist() for x in largest.topk(2))
        if first > _FAR_OFF * second:
            far[name] = (int(number), float(second))
    return far


def export_trained(recipe: RelationRecipe, folder: Path, output: Path) -> Path:
    """Write the extractor that a training left, calibrated; return its folder.

    Parameters
    ----------
    recipe
        That it was trained by.
    folder
        The training's output.
    output
        Folder to write to.

    Raises
    ------
    ResourceMissingError
        The training has not ended.
    """
    trained = folder / "best"
    if not (trained / WEIGHTS_FILE).is_file():
        msg = f"{folder} has no trained extractor: let `kgbuild relations train` end."
        raise ResourceMissingError(msg)
    tasks = {c.task: TASKS[c.task] for c in recipe.corpora}
    network = RelationNetwork(
        empty_encoder(trained), tasks, frozen=recipe.training.frozen
    )
    fill_network(network, trained)
    texts = (
        document.text
        for corpus in recipe.corpora
        for document in read(recipe.corpora_folder / corpus.file)
    )
    card = {"name": recipe.name, "kgbuild": __version__}
    tokenizer = load_tokenizer(trained)
    export(
        network, tokenizer, output, card=card, texts=texts, pieces=recipe.pieces,
        layouts=training_layouts(recipe, tokenizer),
    )  # fmt: skip
    calibrate(output, recipe)
    return output


def training_layouts(recipe: RelationRecipe, tokenizer: Tokenizer) -> Iterator[Layout]:
    """Yield some training documents of a recipe's first corpus, laid out."""
    corpus = recipe.corpora[0]
    documents = documents_of(
        corpus, recipe.corpora_folder, held_out=held_out_of(recipe), held=False
    )
    for document in islice(documents, _N_LOOKED_AT):
        yield make_example(document, tokenizer, task=TASKS[corpus.task]).layout


def _head(network: RelationNetwork, width: int) -> Any:
    """Trace the head with a small document; all its sizes stay free."""
    example = (
        torch.randn(9, width),
        torch.tensor([[0, 2], [3, 4], [5, 9]]),
        torch.tensor([[0, -1], [1, -1], [2, -1]]),
        torch.tensor([0, 2, 3]),
        torch.tensor([[0, 1], [0, 2], [1, 2]]),
        torch.tensor([[[0, 1]] * 6, [[0, 2]] * 6, [[1, 2]] * 6]),
        torch.zeros((3, 6, 6), dtype=torch.long),
        torch.zeros(3, network.head.numbers.in_features),
    )
    free = {
        "hidden": {0: "tokens"}, "mention_tokens": {0: "mentions"},
        "entity_mentions": {0: "entities", 1: "longest"},
        "entity_types": {0: "entities"}, "pairs": {0: "pairs"},
        "places": {0: "pairs"}, "facts": {0: "pairs"}, "numbers": {0: "pairs"},
        "logits": {0: "pairs"}, "weights": {0: "pairs"},
    }  # fmt: skip
    file: Any = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.head, example, file, input_names=list(HEAD_INPUTS),
            output_names=["logits", "weights"], dynamic_axes=free, opset_version=17,
            dynamo=False,
        )  # fmt: skip
    return onnx.load_from_string(file.getvalue())


def _with_bytes(model: Any) -> Any:
    """Give matrices bytes, one scale per output, as those of the encoder have them."""
    graph = model.graph
    constants = {t.name: t for t in graph.initializer}
    nodes = []
    for node in graph.node:
        layer = node.name.strip("/").partition("/")[0]
        if node.op_type != "Gemm" or layer not in _OF_TEXT:
            nodes.append(node)
            continue
        # Linear layers keep their matrix the other way round.
        small, scales = in_bytes(numpy_helper.to_array(constants[node.input[1]]).T)
        parts: dict[str, NDArray[Any]] = {
            f"{layer}.bytes": np.ascontiguousarray(small),
            f"{layer}.scales": scales,
            f"{layer}.zeros": np.zeros(len(scales), np.int8),
        }
        graph.initializer.extend(
            numpy_helper.from_array(values, name) for name, values in parts.items()
        )
        graph.initializer.remove(constants[node.input[1]])
        nodes.append(
            helper.make_node(
                "DynamicQuantizeMatMul",
                [node.input[0], *parts, node.input[2]],
                list(node.output),
                name=node.name,
                domain="com.microsoft",
            )
        )
    del graph.node[:]
    graph.node.extend(nodes)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def _in_half(model: Any, *, keep: str = "") -> Any:
    """Keep large constants in half precision: a cast makes them whole when loaded."""
    kept, casts = [], []
    for tensor in model.graph.initializer:
        large = tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) > _LARGE
        if not large or (keep and tensor.name.endswith(keep)):
            kept.append(tensor)
            continue
        half = numpy_helper.to_array(tensor).astype(np.float16)
        kept.append(numpy_helper.from_array(half, f"{tensor.name}.half"))
        casts.append(
            helper.make_node(
                "Cast", [f"{tensor.name}.half"], [tensor.name], to=TensorProto.FLOAT
            )
        )
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model
