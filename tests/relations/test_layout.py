"""What the network sees of a document."""

from __future__ import annotations

import numpy as np
import pytest

from kgbuild._io.paths import pipeline_path
from kgbuild.document import Document, Mention, Passage
from kgbuild.encoder.files import load_tokenizer
from kgbuild.relations import layout as layouts
from kgbuild.relations.dataset import allowed_pairs
from kgbuild.relations.layout import Layout, lay_out
from kgbuild.relations.storage import extractor_folder
from kgbuild.relations.tasks import TASKS, TYPES

TOKENIZER = load_tokenizer(extractor_folder(None))
ALLOWED = allowed_pairs([TASKS["BioRED"]])


def _document(text: str, *named: tuple[str, str, str]) -> Document:
    mentions = []
    for name, kind, concept in named:
        at = text.find(name)
        while at >= 0:
            mentions.append(
                Mention(start=at, end=at + len(name), text=name, type=kind,
                        concepts=(concept,))
            )  # fmt: skip
            at = text.find(name, at + 1)
    return Document.from_text(text).with_mentions(mentions)


def _names(layout: Layout) -> set[tuple[str, str]]:
    concepts = [e.concept for e in layout.entities]
    return {(concepts[a], concepts[b]) for a, b in layout.pairs.tolist()}


def test_pairs_are_of_related_types_chemicals_before_genes_before_diseases() -> None:
    text = "In mice, asthma follows ACE; captopril blocks ACE."
    document = _document(
        text, ("captopril", "Chemical", "my:c"), ("ACE", "Gene", "my:g"),
        ("asthma", "Disease", "my:d"), ("mice", "Species", "my:s"),
    )  # fmt: skip
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    assert _names(layout) == {("my:c", "my:g"), ("my:c", "my:d"), ("my:g", "my:d")}


def test_the_nearest_places_come_first_and_sentences_count_more_than_words() -> None:
    text = "ACE. Captopril was given; a day later, and after a meal, ACE fell."
    document = _document(
        text, ("Captopril", "Chemical", "my:c"), ("ACE", "Gene", "my:g")
    )
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    [places] = layout.places.tolist()
    mentions = document.mentions
    assert [mentions[b].start for _, b in places[:2]] == [text.rindex("ACE"), 0]
    assert places[2:] == [[-1, -1]] * (layouts.PLACES - 2)
    assert layout.facts[0, :2, 1].tolist() == [0, 1]


def test_cues_of_the_sentence_are_among_the_facts() -> None:
    said = [
        lay_out(
            _document(t, ("Captopril", "Chemical", "my:c"), ("ACE", "Gene", "my:g")),
            TOKENIZER, allowed=ALLOWED,
        ).facts[0, 0, 4]
        for t in ("Captopril inhibits ACE.", "Captopril does not inhibit ACE.")
    ]  # fmt: skip
    assert said == [0, 1]


def test_tokens_of_mentions_are_marked_with_their_type_and_found_again() -> None:
    text = "β-Catenin 😀 binds TCF7L2, so do naı\u0308ve p.Val600Glu carriers."
    document = _document(
        text, ("β-Catenin", "Gene", "my:1"), ("TCF7L2", "Gene", "my:2"),
        ("p.Val600Glu", "Variant", "my:3"),
    )  # fmt: skip
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    ids = np.concatenate([w[1:-1] for w in layout.ids])
    marks = np.concatenate([w[1:-1] for w in layout.marks])
    for mention, (begin, end) in zip(
        document.mentions, layout.mention_tokens.tolist(), strict=True
    ):
        words = TOKENIZER.decode(ids[begin:end].tolist()).replace(" ", "")
        assert words == mention.text.lower()
        first = 1 + 2 * TYPES.index(mention.type)
        assert marks[begin:end].tolist() == [first] + [first + 1] * (end - begin - 1)


def test_sentences_that_name_no_concept_of_a_pair_are_not_read() -> None:
    text = "Mice were fed. Captopril lowers ACE. No harm was seen. ACE rose again."
    document = _document(
        text, ("Mice", "Species", "my:s"), ("Captopril", "Chemical", "my:c"),
        ("ACE", "Gene", "my:g"),
    )  # fmt: skip
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    [ids] = layout.ids
    assert (
        TOKENIZER.decode(ids[1:-1].tolist()) == "captopril lowers ace. ace rose again."
    )
    named = [
        TOKENIZER.decode(ids[1:-1][a:b].tolist()) for a, b in layout.mention_tokens
    ]
    assert named == ["captopril", "captopril", "ace", "ace"]


def test_a_long_document_is_cut_where_sentences_end() -> None:
    clause = "Captopril lowers ACE in these animals. "
    document = _document(
        clause * 120, ("Captopril", "Chemical", "my:c"), ("ACE", "Gene", "my:g")
    )
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    assert len(layout.ids) > 1
    assert max(map(len, layout.ids)) <= layouts.WINDOW
    stop = TOKENIZER.token_to_id(".")
    assert all(w[-2] == stop for w in layout.ids)
    assert len(layout.mention_tokens) == 240


def test_concepts_that_are_never_related_take_no_place_of_others() -> None:
    species = [f"SPEC{i}X" for i in range(310)]
    text = " ".join(f"{name} rose. {name} fell." for name in species)
    document = _document(
        f"{text} Captopril lowers ACE.",
        *((name, "Species", f"my:{name}") for name in species),
        ("Captopril", "Chemical", "my:c"), ("ACE", "Gene", "my:g"),
    )  # fmt: skip
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    assert len(layout.entities) == layouts.MOST_ENTITIES
    [pair] = layout.pairs.tolist()
    assert {layout.entities[i].concept for i in pair} == {"my:c", "my:g"}
    assert layout.left_out == 0


@pytest.mark.parametrize(
    ("types", "pairs"),
    [
        (None, {("my:c", "my:g"), ("my:c", "my:d"), ("my:g", "my:d")}),
        ({"Chemical", "Disease"}, {("my:c", "my:d")}),
        ({"Gene", "Disease"}, {("my:g", "my:d")}),
        ({"Protein", "Disease"}, {("my:g", "my:d")}),
        ({"Chemical", "Cancer"}, set()),
    ],
)
def test_both_concepts_of_a_pair_are_of_the_types_that_are_asked(
    types: set[str] | None, pairs: set[tuple[str, str]]
) -> None:
    document = _document(
        "Captopril lowers ACE in asthma.", ("Captopril", "Chemical", "my:c"),
        ("ACE", "Protein", "my:g"), ("asthma", "Disease", "my:d"),
    )  # fmt: skip
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED, types=types)
    assert _names(layout) == pairs
    # The network sees what else is named.
    assert len(layout.entities) == 3


def test_types_that_are_not_asked_take_no_place_of_others() -> None:
    names = [f"GEN{i}X" for i in range(310)]
    document = _document(
        " ".join(f"{name} rose. {name} fell." for name in names)
        + " Captopril eased asthma.",
        *((name, "Gene", f"my:{name}") for name in names),
        ("Captopril", "Chemical", "my:c"), ("asthma", "Disease", "my:d"),
    )  # fmt: skip
    layout = lay_out(
        document, TOKENIZER, allowed=ALLOWED, types={"Chemical", "Disease"}
    )
    assert _names(layout) == {("my:c", "my:d")}
    assert layout.left_out == 0


def test_a_place_behind_many_mentions_is_found_and_read() -> None:
    often = " ".join(["Captopril was given."] * 40)
    document = _document(
        f"{often} At last Captopril lowered ACE.",
        ("Captopril", "Chemical", "my:c"), ("ACE", "Gene", "my:g"),
    )  # fmt: skip
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    [[last, gene], second, *_] = layout.places[0].tolist()
    assert document.mentions[last].start > len(often)
    assert document.mentions[gene].text == "ACE"
    assert layout.sentences[last] == layout.sentences[gene]
    assert layout.mention_tokens[last].tolist() != [0, 1]
    assert second[0] == 39
    # What the network pools is as in training.
    assert layout.entity_mentions.shape == (2, layouts.MENTIONS)
    assert layout.numbers[0, 0] == pytest.approx(np.log1p(layouts.MENTIONS))


def test_mentions_without_a_letter_take_no_part() -> None:
    text = "  \u200b\u200b x"
    blank = [
        Mention(start=a, end=a + 1, text=text[a], type="Gene",
                concepts=(f"my:{a}",))
        for a in range(4)
    ]  # fmt: skip
    document = Document.from_text(text).with_mentions(blank)
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    assert not len(layout.pairs)


@pytest.mark.parametrize(
    ("entities", "left_out"), [(60, 0), (120, 7140 - 4000), (310, None)]
)
def test_pairs_of_a_document_are_bounded_and_counted(
    entities: int, left_out: int | None
) -> None:
    names = [f"GEN{i}X" for i in range(entities)]
    document = _document(
        " ".join(f"{name} rose." for name in names),
        *((name, "Gene", f"my:{name}") for name in names),
    )
    layout = lay_out(document, TOKENIZER, allowed=ALLOWED)
    assert len(layout.entities) == min(entities, layouts.MOST_ENTITIES)
    assert len(layout.pairs) == min(entities * (entities - 1) // 2, layouts.MOST_PAIRS)
    whole = entities * (entities - 1) // 2
    assert layout.left_out == whole - len(layout.pairs)
    if left_out is not None:
        assert layout.left_out == left_out


def test_unlinked_mentions_take_part_only_where_nothing_is_linked() -> None:
    mentions = [
        Mention(start=0, end=9, text="Captopril", type="Chemical", method="unlinked"),
        Mention(start=19, end=22, text="ACE", type="Gene", method="unlinked"),
    ]
    document = Document(
        id="1", passages=(Passage(text="Captopril inhibits ACE."),)
    ).with_mentions(mentions)
    names = _names(lay_out(document, TOKENIZER, allowed=ALLOWED))
    assert names == {("kgbuild:Captopril", "kgbuild:ACE")}
    linked = Mention(start=19, end=22, text="ACE", type="Gene", concepts=("my:g",))
    document = document.with_mentions([mentions[0], linked])
    assert _names(lay_out(document, TOKENIZER, allowed=ALLOWED)) == set()


def test_the_recipe_that_ships_is_read() -> None:
    from kgbuild.relations.recipe import load_recipe

    recipe = load_recipe(pipeline_path("training/relations.toml"))
    assert {corpus.task for corpus in recipe.corpora} == set(TASKS)
