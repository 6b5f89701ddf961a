from __future__ import annotations

import pytest

from kgbuild.document import Document, Mention, Statement
from kgbuild.errors import InputError
from kgbuild.evaluation import evaluate

TEXT = "Losartan blocks AGTR1 in hypertension."


def _document(
    *mentions: tuple[str, str, str], text: str = TEXT, key: str = "1"
) -> Document:
    made = []
    for part, kind, concept in mentions:
        start = text.index(part)
        made.append(
            Mention(
                start=start, end=start + len(part), text=part, type=kind,
                concepts=(concept,) if concept else (),
            )
        )  # fmt: skip
    return Document.from_text(text, id=key).with_mentions(made)


GOLD = _document(
    ("Losartan", "Chemical", "mesh:D019808"),
    ("AGTR1", "Gene", "ncbigene:185"),
    ("hypertension", "Disease", "mesh:D006973"),
)


def test_gold_against_itself_is_perfect() -> None:
    result = evaluate([GOLD], [GOLD])
    assert result.spans["all"].f1 == 1
    assert result.identifiers["all"].recall == 1
    assert result.concept_pairs.gold == 3
    assert result.concept_pairs.f1 == 1


def test_spans_ids_and_pairs_are_counted_apart() -> None:
    predicted = _document(
        ("Losartan", "Chemical", "mesh:D019808"),
        ("AGTR1", "Gene", "ncbigene:11607"),
        ("blocks", "Disease", "mesh:D006973"),
    )
    result = evaluate([GOLD], [predicted])
    assert (result.spans["all"].right, result.spans["all"].predicted) == (2, 3)
    assert result.spans["Disease"].f1 == 0
    assert (result.identifiers["all"].right, result.identifiers["all"].gold) == (1, 2)
    # The concept of the misplaced mention is right all the same.
    assert result.concepts["Disease"].f1 == 1
    assert (result.concept_pairs.right, result.concept_pairs.predicted) == (1, 3)


def test_a_document_that_was_not_predicted_counts_as_empty() -> None:
    other = Document.from_text(TEXT, id="2").with_mentions(GOLD.mentions)
    result = evaluate([GOLD, other], [GOLD])
    assert result.spans["all"].recall == pytest.approx(0.5)


def test_other_documents_and_types_do_not_count() -> None:
    extra = _document(("blocks", "Anatomy", ""), key="1")
    stray = _document(("blocks", "Gene", ""), key="9")
    result = evaluate([GOLD], [extra, stray])
    assert result.spans["all"].predicted == 0


def test_different_texts_are_refused() -> None:
    with pytest.raises(InputError, match="text of document 1 differs"):
        evaluate([GOLD], [Document.from_text("Other.", id="1")])


def test_no_common_document_is_refused() -> None:
    with pytest.raises(InputError, match="same document ids"):
        evaluate([GOLD], [Document.from_text(TEXT, id="7")])


def test_the_table_names_every_type() -> None:
    text = evaluate([GOLD], [GOLD]).to_text()
    assert all(
        name in text for name in ("Gene", "Chemical", "Disease", "concept pairs")
    )


def test_a_variant_is_right_with_its_gene_or_without() -> None:
    text = "BRAF V600E."
    gold = _document(("V600E", "Variant", "tmvar:p|SUB|V|600|E"), text=text)
    mine = _document(("V600E", "Variant", "tmvar:673|p|SUB|V|600|E"), text=text)
    assert evaluate([gold], [mine]).identifiers["Variant"].recall == 1
    other = _document(("V600E", "Variant", "tmvar:673|p|SUB|V|600|K"), text=text)
    assert evaluate([gold], [other]).identifiers["Variant"].recall == 0


@pytest.mark.parametrize(
    ("stated", "direction"),
    [
        (("my:c", "INHIBITOR", "my:g"), 1.0),
        (("my:g", "inhibitor", "my:c"), 0.5),  # the other statement has no direction
        (("my:c", "ACTIVATOR", "my:g"), 0.5),
    ],
)
def test_direction_counts_where_the_predicate_has_one(
    stated: tuple[str, str, str], direction: float
) -> None:
    document = Document.from_text("Captopril inhibits ACE.", id="7").with_mentions(
        [Mention(start=0, end=9, text="Captopril", type="Chemical")]
    )

    def of(*statements: tuple[str, str, str]) -> list[Document]:
        made = [Statement(subject=s, predicate=p, object=o) for s, p, o in statements]
        return [document.with_statements(made)]

    gold = of(("my:c", "INHIBITOR", "my:g"), ("my:g", "Association", "my:c"))
    result = evaluate(gold, of(stated, ("my:c", "Association", "my:g")))
    assert result.relations["pair, predicate, direction"].f1 == direction
    same = stated[1].upper() == "INHIBITOR"
    assert result.relations["pair, predicate"].f1 == (1.0 if same else 0.5)
    assert "pair, predicate, direction" in result.to_text()
    # BioRED's have none.
    only = of(("my:g", "Association", "my:c"))
    assert list(evaluate(only, only).relations) == ["pair", "pair, predicate"]


def test_predicates_are_the_same_in_any_spelling_and_what_gold_lacks_is_counted() -> (
    None
):
    text = "Captopril inhibits ACE."
    drug = Mention(start=0, end=9, text="Captopril", type="Chemical")
    document = Document.from_text(text, id="7").with_mentions([drug])
    gold, theirs = (
        [document.with_statements(
            [Statement(subject="my:c", predicate=predicate, object="my:g")]
        )]
        for predicate in ("Negative_Correlation", "negative correlation")
    )  # fmt: skip
    result = evaluate(gold, theirs)
    assert result.relations["pair, predicate"].f1 == 1
    assert result.predicates["Negative_Correlation"].f1 == 1
    wrong = evaluate([document], theirs)
    assert (wrong.relations["pair"].predicted, wrong.relations["pair"].right) == (1, 0)


def test_relations_count_where_both_ends_are_of_the_types_asked_for() -> None:
    pairs = [("mesh:D019808", "ncbigene:185"), ("mesh:D019808", "mesh:D006973")]
    whole = GOLD.with_statements(
        Statement(subject=a, predicate="Association", object=b) for a, b in pairs
    )
    counts = evaluate([whole], [whole], types=["Chemical", "Disease"])
    assert counts.relations["pair"].gold == 1
    assert evaluate([whole], [whole]).relations["pair"].gold == 2


def test_types_are_the_same_in_any_spelling_unless_gold_has_both() -> None:
    gold = _document(("Losartan", "Mast cell", ""), ("AGTR1", "mast_cell", ""))
    same = _document(("Losartan", "Mast_Cell", ""), ("AGTR1", "mast_cell", ""))
    assert evaluate([gold], [same]).spans["mast_cell"].right == 1
    one = _document(("Losartan", "Wíərd thing", ""))
    other = _document(("Losartan", "Wíərd_thing", ""))
    for types in (None, ["Wíərd thing"]):
        result = evaluate([one], [other], types=types)
        assert result.spans["Wíərd thing"].f1 == 1
