"""Reading comprehension: queries, pairs of starts and ends, training, other files."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import (
    learns,
    write_recipe,
    write_workshop,
)

from kgbuild.document import Document, Mention, surest_first
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.ner.mrc.decoding import chances, flat_pairs, nested_pairs
from kgbuild.ner.mrc.framework import FRAMEWORK
from kgbuild.ner.mrc.queries import QueryWriter
from kgbuild.ner.mrc.reader import borders
from kgbuild.ner.recipe import load_recipe
from kgbuild.ner.windows import Unit

if TYPE_CHECKING:
    from pathlib import Path


TASKS = {"ALL": ["Gene", "Disease", "Complex"], "Gene": ["Gene"]}
ASKED = "Can you detect gene disease complex cell entities like or ?"


def _unit(n: int, *, keep: tuple[int, int] | None = None) -> Unit:
    """Words of two letters, one blank apart, one token each."""
    places = np.arange(n)
    words = np.stack([3 * places, 3 * places + 2], axis=1)
    return Unit(places, places * 0, places, words, keep or (0, n))


def test_the_rule_of_the_nearest() -> None:
    # A second start before any end takes it; a second end behind one start is nothing.
    assert flat_pairs([1, 1, 0, 0], [0, 0, 1, 1]) == [(1, 3)]
    assert flat_pairs([1, 0, 1], [1, 0, 1]) == [(0, 1), (2, 3)]
    assert flat_pairs([0, 1], [1, 0]) == []


def test_brackets_keep_mentions_inside_mentions() -> None:
    assert nested_pairs([1, 1, 0, 0], [0, 1, 0, 1]) == [(0, 4), (1, 2)]
    assert nested_pairs([1, 0, 1], [0, 0, 1]) == [(0, 3), (2, 3)]
    assert nested_pairs([1, 0], [1, 1]) == [(0, 2), (0, 1)]
    assert nested_pairs([0, 1], [1, 0]) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 4), st.booleans()), max_size=8
    ),
    st.sampled_from([flat_pairs, nested_pairs]),
)
def test_disjoint_mentions_come_back(parts: list, pairs_of) -> None:
    mentions, words = [], 0
    for gap, length, named in parts:
        words += gap
        if named:
            mentions.append((words, words + length))
        words += length
    gold = [(3 * a, 3 * b - 1, "Gene") for a, b in mentions]
    if not words:
        return
    marks = borders(_unit(words), [*gold, (0, 2, "Disease")], "Gene")
    assert pairs_of(*marks.T.tolist()) == mentions


def test_a_mention_that_cuts_words_takes_them_whole() -> None:
    marks = borders(_unit(4), [(4, 7, "Gene"), (2, 3, "Gene")], "Gene")
    assert marks.tolist() == [[0, 0], [1, 0], [0, 1], [0, 0]]
    inner = borders(_unit(4, keep=(1, 2)), [(0, 5, "Gene")], "Gene")
    assert inner.tolist() == [[0, 1]]


def test_the_chance_of_a_start_adds_to_the_end() -> None:
    scores = np.array([[0.0, -1.0], [-30.0, -1.0]], np.float32)
    assert chances(scores, None)[:, 1].round(4).tolist() == [0.2689, 0.2689]
    assert chances(scores, 4.0)[:, 1].round(4).tolist() == [0.7311, 0.2689]


def test_queries_name_examples_that_were_drawn() -> None:
    names = {("ALL", "CellLine"): Counter({"HeLa": 90, "CHO": 60, "HEK 293": 1})}
    tasks = {"ALL": ["CellLine"]}
    query = QueryWriter("examples", 2, 1).write(tasks, names)["ALL"]["CellLine"]
    assert query in (
        "Can you detect cell line entities like HeLa or CHO?",
        "Can you detect cell line entities like CHO or HeLa?",
    )
    assert query == QueryWriter("examples", 2, 1).write(tasks, names)["ALL"]["CellLine"]
    every = {
        QueryWriter("examples", 1, seed).write(tasks, names)["ALL"]["CellLine"]
        for seed in range(20)
    }
    assert len(every) > 1
    simple = QueryWriter("simple", 2, 1).write(tasks, {})
    assert simple == {"ALL": {"CellLine": "Can you detect cell line entities?"}}
    with pytest.raises(ConfigError, match="'ALL' have no mention of CellLine"):
        QueryWriter("examples", 2, 1).write(tasks, {})


def test_the_surest_of_overlapping_mentions_stays() -> None:
    text = "breast cancer cells"
    wide, sure, inner = (
        Mention(start=0, end=19, text=text, type="Cell", score=0.6),
        Mention(start=0, end=13, text=text[:13], type="Disease", score=0.9),
        Mention(start=14, end=19, text=text[14:], type="Cell", score=0.5),
    )
    assert surest_first([inner, wide, sure]) == (sure, inner)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ('query = "exmples"', r"model\.query: .*'exmples'"),
        ("end_weight = 1.0", r"end_weight must lie between 0 and 1\. Got 1\.0"),
        ("examples = 0", r"examples must lie between 1 and 32\. Got 0"),
        ("examples = 1000000", r"examples must lie between 1 and 32\. Got 1000000"),
        ('nested = "yes"', r"model\.nested must be true or false, got 'yes'"),
        ("end_sees_start = 1", r"end_sees_start must be true or false, got 1"),
        ('head = "crf"', r"head is not a known key"),
        ('query = "none"', r'"none" asks the same of every type, and the recipe has 2'),
    ],
)
def test_a_wrong_recipe_is_one_sentence(tmp_path: Path, model: str, said: str) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(
        'name = "x"\nframework = "mrc"\n[tasks]\nALL = ["Gene", "Cell"]\n'
        f"[model]\n{model}\n",
        "utf-8",
    )
    with pytest.raises(ConfigError, match=said):
        load_recipe(file)


def test_a_card_without_queries_is_refused(tmp_path: Path) -> None:
    for card in ({}, {"queries": 3, "nested": False, "start_to_end": None}):
        with pytest.raises(ResourceMissingError, match="lacks the queries"):
            FRAMEWORK.load_reader(tmp_path, card, tokenizer=None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a tiny encoder and corpora, two of them of genes."""
    folder = tmp_path_factory.mktemp("mrc")
    write_workshop(folder, types=TASKS["ALL"], also=ASKED.split())
    return folder


def _recipe(file: Path, **tables: object) -> Path:
    write_recipe(file, **tables)  # type: ignore[arg-type]
    file.write_text('framework = "mrc"\n' + file.read_text("utf-8"), "utf-8")
    return file


@pytest.mark.train
@pytest.mark.parametrize(
    "model",
    [
        {"query": "examples", "end_sees_start": True, "nested": False},
        {"query": "simple", "end_sees_start": False, "nested": True},
    ],
    ids=["flat", "nested"],
)
def test_it_learns_and_learns_more(
    model: dict[str, object], workshop: Path, tmp_path: Path
) -> None:
    import torch

    from kgbuild.encoder.backbone import load_encoder
    from kgbuild.ner.export import export
    from kgbuild.ner.storage import load_network
    from kgbuild.ner.tagger import load_tagger
    from kgbuild.ner.training import train

    name = str(model["query"])
    recipe = load_recipe(
        _recipe(workshop / f"{name}.toml", tasks=TASKS, model=model,
                encoder=workshop / "encoder", training={"epochs": 16})
    )  # fmt: skip
    trained = train(recipe, tmp_path / "trained")
    card = json.loads((trained / "tagger.json").read_text("utf-8"))
    queries = card["queries"]
    assert {task: [*by_type] for task, by_type in queries.items()} == TASKS
    assert (card["framework"], card["query_seed"]) == ("mrc", 1)
    assert (" like " in queries["Gene"]["Gene"]) == (name == "examples")
    assert (card["start_to_end"] is None) == (not model["end_sees_start"])
    types = TASKS["ALL"]
    folders = [trained]
    for precision in ("fp16", "fp32", "int8"):
        export(trained, tmp_path / precision, precision=precision)
        folders.append(tmp_path / precision)
    taggers = [load_tagger(folder, types=types, threads=2) for folder in folders]
    documents = [learns(tagger, types) for tagger in taggers]
    whole, exact = ([d.mentions for d in documents[i]] for i in (0, 2))
    assert [[m.span for m in row] for row in whole] == [
        [m.span for m in row] for row in exact
    ]
    # One pass for each type that is asked for, and none for the others.
    genes = load_tagger(tmp_path / "int8", types=["Gene"], threads=1)
    assert genes.reader.questions("ALL", genes.tasks["ALL"]) == [("ALL", "Gene")]
    inner = Document.from_text("w1 the s1 complex w2 d3 syndrome")
    found = [("the s1 complex", "Complex"), ("d3 syndrome", "Disease")]
    if model["nested"]:
        found.insert(1, ("s1", "Gene"))
    assert [(m.text, m.type) for m in taggers[-1](inner).mentions] == found

    # A tagger's folder is an encoder, too, and not one of random weights.
    encoder, inner = load_encoder(trained)[0], load_network(trained)[0].encoder
    assert all(map(torch.equal, encoder.parameters(), inner.parameters()))

    # From there to another corpus of a type that it knows, or to a new one.
    task, kind = ("Gene", "Gene") if name == "examples" else ("Cell", "Cell")
    more = load_recipe(
        _recipe(workshop / f"{name}-more.toml", tasks={task: [kind]},
                model={"query": name}, training={"epochs": 6})
    )  # fmt: skip
    tuned = train(more, tmp_path / "tuned", start_from=trained)
    kept = json.loads((tuned / "tagger.json").read_text("utf-8"))["queries"]
    assert {task: kept[task] for task in queries} == queries
    assert [*kept] == [*dict.fromkeys([*queries, task])]
    tagger = load_tagger(tuned, threads=1)
    tagger.tasks = {task: (kind,)}
    learns(tagger, [kind])
    more.model["nested"] = not model["nested"]
    with pytest.raises(ConfigError, match=r"the recipe's \[model\] asks for"):
        train(more, tmp_path / "other", start_from=trained)


@pytest.mark.train
def test_what_leaves_no_room_for_text_is_refused(
    workshop: Path, tmp_path: Path
) -> None:
    from kgbuild.ner.training import train

    recipe = load_recipe(
        _recipe(workshop / "narrow.toml", tasks={"Gene": ["Gene"]},
                encoder=workshop / "encoder", training={"limit": 24})
    )  # fmt: skip
    with pytest.raises(ConfigError, match="must leave 16 tokens of text beside the 1"):
        train(recipe, tmp_path / "narrow")
