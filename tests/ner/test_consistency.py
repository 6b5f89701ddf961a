"""What the document tells about a string, the document's mentions follow."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.document import Mention
from kgbuild.ner.consistency import make_consistent, occurrences
from kgbuild.ner.usage import usual_type


def _mention(text: str, name: str, kind: str, score: float, *, nth: int = 0) -> Mention:
    at = -1
    for _ in range(nth + 1):
        at = text.index(name, at + 1)
    return Mention(
        start=at, end=at + len(name), text=name, type=kind, recognizer="t", score=score
    )


def _found(text: str, *mentions: Mention) -> list[tuple[str, str]]:
    return [(m.text, m.type) for m in make_consistent(text, mentions)]


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("we gave 5-HT(2C) to rats", "5-HT(2C", "5-HT(2C)"),
        ("traces of ZnSO(4) remained", "ZnSO(", "ZnSO(4)"),
        ("the gene VEGF (see below)", "VEGF (", "VEGF"),
        ("of glucose), and", "glucose),", "glucose"),
        ("high IP(3)) levels", "IP(3))", "IP(3)"),
        ("of [3H]ouabain", "3H]ouabain", "[3H]ouabain"),
        ("a [3H]ouabain b", "[3H]ouabain", "[3H]ouabain"),
        ("the (CCTTT)14 repeat", "CCTTT)14", "(CCTTT)14"),
        ("of angiotensin (Ang II) receptors", "Ang II) receptors", "Ang II"),
        ("of sugar oxidase (kept; and dry)", "sugar oxidase (kept", "sugar oxidase"),
        ("8-oxy-2-(propyl amino tetralin", "8-oxy-2-(propyl", "8-oxy-2-(propyl"),
    ],
)
def test_brackets_are_closed_or_dropped(text, cut, whole):
    assert _found(text, _mention(text, cut, "Chemical", 0.9)) == [(whole, "Chemical")]


def test_nothing_but_brackets_is_no_mention():
    text = "as in ( of it"
    assert _found(text, _mention(text, "(", "Gene", 0.9)) == []


def test_a_short_form_follows_its_long_form():
    text = (
        "We saw brittle bone fever (BBF) in mice. BBF was severe. "
        "Does BBF express in bone?"
    )
    long = _mention(text, "brittle bone fever", "Disease", 0.95)
    wrong = _mention(text, "BBF", "Gene", 0.8, nth=2)
    assert _found(text, long, wrong) == [
        ("brittle bone fever", "Disease"),
        *[("BBF", "Disease")] * 3,
    ]


def test_a_long_form_found_in_part_is_widened():
    text = "In brittle bone fever (BBF), BBF and more BBF."
    part = _mention(text, "bone fever", "Disease", 0.9)
    shorts = [_mention(text, "BBF", "Disease", 0.9, nth=n) for n in range(3)]
    assert _found(text, part, *shorts)[0] == ("brittle bone fever", "Disease")


def test_a_long_form_not_found_follows_its_short_forms():
    text = "In brittle bone fever (BBF), BBF and more BBF."
    shorts = [_mention(text, "BBF", "Disease", 0.9, nth=n) for n in range(3)]
    assert ("brittle bone fever", "Disease") in _found(text, *shorts)


def _with_shorts(
    text: str, long: Mention | None, short: str, kind: str
) -> list[tuple[str, str]]:
    shorts = [
        Mention(start=a, end=b, text=short, type=kind, recognizer="t", score=0.95)
        for a, b in occurrences(text, short)
    ]
    return _found(text, *([] if long is None else [long]), *shorts)


def test_a_long_form_outweighs_any_number_of_short_forms_but_genes():
    text = "We gave norquinol (NQL). " + "NQL rose. " * 8
    long = _mention(text, "norquinol", "Chemical", 0.99)
    assert {k for _, k in _with_shorts(text, long, "NQL", "Disease")} == {"Chemical"}
    # Genes are named for their diseases.
    text = "In nail fever (NF9). " + "NF9 was cut. " * 8
    long = _mention(text, "nail fever", "Disease", 0.99)
    assert ("NF9", "Gene") in _with_shorts(text, long, "NF9", "Gene")


def test_the_drug_against_something_is_not_what_it_is_against():
    text = "a lipid-binding kinase (LBK) inhibitor; LBK fell, LBK rose."
    long = _mention(text, "lipid-binding kinase", "Chemical", 0.99)
    assert {k for _, k in _with_shorts(text, long, "LBK", "Gene")} == {"Gene"}
    other = text.replace(" inhibitor", "")
    assert {k for _, k in _with_shorts(other, long, "LBK", "Gene")} == {"Chemical"}


def test_what_is_short_for_two_things_makes_no_long_form_a_name():
    text = "Plasma distribution (PD) in polar disease (PD); PD, PD."
    long = _mention(text, "polar disease", "Disease", 0.99)
    found = _with_shorts(text, long, "PD", "Disease")
    assert [name for name, _ in found] == ["PD", "polar disease", "PD", "PD", "PD"]


def test_the_majority_gives_the_type():
    text = "KLN7 rose. KLN7 fell. KLN7 stayed."
    mentions = [
        _mention(text, "KLN7", "Gene", 0.9),
        _mention(text, "KLN7", "Chemical", 0.7, nth=1),
        _mention(text, "KLN7", "Gene", 0.9, nth=2),
    ]
    assert _found(text, *mentions) == [("KLN7", "Gene")] * 3


def test_what_is_mostly_a_mention_is_one_everywhere_and_says_how():
    text = "KLN7 rose. KLN7 fell. KLN7 stayed."
    mentions = [_mention(text, "KLN7", "Gene", 0.9, nth=n) for n in (0, 1)]
    done = make_consistent(text, mentions)
    assert [m.text for m in done] == ["KLN7"] * 3
    assert [m.attribute("consistency") for m in done] == [None, None, "vote"]
    assert (done[-1].score or 1) < 0.9


def test_what_is_mostly_none_is_none():
    text = "The rest of it. A rest. No rest. More rest."
    assert _found(text, _mention(text, "rest", "Gene", 0.8)) == []


def test_a_sure_name_stays_beside_unsure_longer_ones():
    text = "Cold itch is old. An itch; cold itch, cold itch, cold itch."
    sure = [_mention(text, "itch", "Disease", 0.99, nth=1)]
    longer = [_mention(text, "cold itch", "Disease", 0.8, nth=n) for n in range(3)]
    assert make_consistent(text, sure) == []
    assert make_consistent(text, sure, unsure=longer) == sure
    # Nothing speaks for a name that was never sure, or for what hardly was a mention.
    half = [_mention(text, "itch", "Disease", 0.9, nth=1)]
    assert make_consistent(text, half, unsure=longer) == []
    hardly = [_mention(text, "cold itch", "Disease", 0.5, nth=n) for n in range(3)]
    assert make_consistent(text, sure, unsure=hardly) == []


@pytest.mark.parametrize(
    ("sure", "unsure", "kind", "kept"),
    [
        ("mirth tablets", "Mirth tablet", "Chemical", True),
        ("Cold itch", "cold itches", "Disease", False),
        ("cold fever", "Cold fevers", "Disease", True),
        ("red kinase", "Red kinases", "Gene", False),
        ("Lime", "LIME", "Chemical", False),
        ("Gas", "gas", "Chemical", False),
    ],
)
def test_another_number_or_first_letter_is_the_same_name(
    sure: str, unsure: str, kind: str, kept: bool
) -> None:
    text = f"We saw {sure}. {unsure} it was."
    known = [_mention(text, sure, kind, 0.99)]
    half = [_mention(text, unsure, kind, 0.7)]
    done = make_consistent(text, known, unsure=half)
    assert [m.text for m in done] == ([sure, unsure] if kept else [sure])
    # Not beside a twin that is a mention in one place alone, nor where it is unsure.
    assert make_consistent(f"{text} No {sure}.", known, unsure=half) == known
    hardly = [_mention(text, unsure, kind, 0.5)]
    assert make_consistent(text, known, unsure=hardly) == known


def test_a_shorter_mention_gives_way_to_the_known_longer_one():
    text = "TGF-beta rose, TGF-beta fell, TGF-beta stayed."
    mentions = [
        _mention(text, "TGF-beta", "Gene", 0.95),
        _mention(text, "TGF-beta", "Gene", 0.95, nth=1),
        _mention(text, "TGF", "Gene", 0.9, nth=2),
    ]
    assert _found(text, *mentions) == [("TGF-beta", "Gene")] * 3


def test_one_lonely_mention_stays_as_it_is():
    text = "only captopril here"
    mention = _mention(text, "captopril", "Chemical", 0.3)
    assert make_consistent(text, [mention]) == [mention]


@given(st.text(alphabet="ab (-)[]1 ", max_size=60), st.data())
def test_any_text_gives_disjoint_mentions_inside_it(text, data):
    mentions, at = [], 0
    while at < len(text) and len(mentions) < 6:
        start = data.draw(st.integers(at, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 6)))
        if start < end:
            mentions.append(
                Mention(
                    start=start, end=end, text=text[start:end], recognizer="t",
                    type=data.draw(st.sampled_from(["Gene", "Disease"])),
                    score=data.draw(st.floats(0, 1)),
                )
            )  # fmt: skip
        at = end + 1
    done = make_consistent(text, mentions)
    assert all(a.end <= b.start for a, b in itertools.pairwise(done))
    assert all(text[m.start : m.end] == m.text for m in done)
    assert make_consistent(text, []) == []


def test_occurrences_are_words_of_their_own():
    assert occurrences("ACE ACE2 ACE-I pACE ACE", "ACE") == [(0, 3), (9, 12), (20, 23)]


def test_a_letter_in_brackets_behind_a_drug_is_that_drug() -> None:
    text = "Losartan (L) and enalapril (E) were given. L and E helped; E < 0.05."
    sure = [
        _mention(text, "Losartan", "Chemical", 0.99),
        _mention(text, "enalapril", "Chemical", 0.99),
        _mention(text, "E", "Gene", 0.9, nth=1),
    ]
    unsure = [_mention(text, "L", "Chemical", 0.6, nth=nth) for nth in (1, 2)] + [
        _mention(text, "E", "Chemical", 0.6, nth=nth) for nth in (0, 2)
    ]
    done = make_consistent(text, sure, unsure=unsure)
    assert [(m.text, m.start, m.type) for m in done] == [
        ("Losartan", 0, "Chemical"), ("L", 10, "Chemical"),
        ("enalapril", 17, "Chemical"), ("E", 28, "Chemical"), ("L", 43, "Chemical"),
        ("E", 49, "Chemical"),
    ]  # fmt: skip
    assert {m.attribute("consistency") for m in done if len(m.text) == 1} == {"initial"}


@pytest.mark.parametrize(
    ("text", "pieces", "whole"),
    [
        ("of B. ovis fever", {"B": "Species", ". ovis fever": "Disease"}, "Disease"),
        ("of zinc-bound kinase", {"zinc": "Chemical", "-bound kinase": "Gene"}, "Gene"),
        ("of IDL-sterol", {"IDL-": "Gene", "sterol": "Chemical"}, "Chemical"),
        ("of HIV-1 only", {"HIV": "Species", "1": "Species"}, "Species"),
        ("of 5-HT only", {"5-": "Chemical", "HT": "Gene"}, "Chemical"),
        ("Insulin resistance", {"Insulin": "Gene", "resistance": "Disease"}, "Disease"),
        ("lax bone (LB)", {"lax": "Disease", "bone": "Disease"}, "Disease"),
    ],
)
def test_the_pieces_of_a_name_are_joined(
    text: str, pieces: dict[str, str], whole: str
) -> None:
    mentions = [_mention(text, name, kind, 0.9) for name, kind in pieces.items()]
    types = ("Species", "Disease", "Gene", "Chemical")
    done = make_consistent(text, mentions, types=types)[0]
    between = text[mentions[0].start : mentions[-1].end]
    assert (done.text, done.type) == (between, whole)
    assert done.attribute("consistency") == "pieces"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("of zinc fever", {"zinc": "Chemical", "fever": "Disease"}),
        ("of IL9 -51A>G", {"IL9": "Gene", "-51A>G": "Variant"}),
        ("of IL9-51A>G", {"IL9": "Gene", "-51A>G": "Variant"}),
        ("lax bone (LB)", {"lax": "Chemical", "bone": "Disease"}),
        ("tall mouse Lin (tmLin)", {"tall mouse": "Species", "Lin": "Gene"}),
        ("lipin alpha and-beta", {"lipin alpha and": "Gene", "-beta": "Gene"}),
        ("the tall mouse ACE", {"tall mouse": "Species", "ACE": "Gene"}),
    ],
)
def test_two_names_beside_each_other_stay_two(
    text: str, pieces: dict[str, str]
) -> None:
    mentions = [_mention(text, name, kind, 0.9) for name, kind in pieces.items()]
    done = make_consistent(text, mentions, types=("Gene", "Variant", "Disease"))
    assert [(m.text, m.type) for m in done][:2] == list(pieces.items())


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("of low-weight sterol", "-weight sterol", "low-weight sterol"),
        ("of two - sterol", "- sterol", "sterol"),
        ("of (sugar)-sterol", "-sterol", "sterol"),
        ("of sugar-induced sterol", "-induced sterol", "sterol"),
        ("of the lipin-dopamine pair", "-dopamine", "dopamine"),
        ("between -80 and -65 of it", "-80 and -65", "-80 and -65"),
        ("of lipin-alpha and-beta", "-beta", "-beta"),
        ("of lipin-1 and -3", "-3", "-3"),
    ],
)
def test_no_name_begins_with_a_hyphen_that_it_is_torn_off_at(
    text: str, cut: str, whole: str
) -> None:
    assert _found(text, _mention(text, cut, "Chemical", 0.9)) == [(whole, "Chemical")]


def test_a_known_word_that_begins_a_sentence_is_known_where_it_is_nearly_sure() -> None:
    text = "Losartan was given. Weight gain was seen."
    types = ("Disease", "Chemical")
    sure = [_mention(text, "Losartan", "Chemical", 0.99)]
    for score, names in ((0.75, ["Losartan", "Weight gain"]), (0.6, ["Losartan"])):
        unsure = [_mention(text, "Weight gain", "Disease", score)]
        done = make_consistent(text, sure, unsure=unsure, types=types)
        assert [m.text for m in done] == names


@pytest.mark.parametrize(
    ("text", "name", "kind", "letter"),
    [
        ("Losartan (E) was given with E.", "Losartan", "Chemical", "E"),
        ("Leptin (L) rose and L fell.", "Leptin", "Gene", "L"),
        ("Losartan and L were given.", "Losartan", "Chemical", "L"),
    ],
    ids=["no initial", "no drug", "no bracket"],
)
def test_other_letters_stay_as_unsure_as_they_are(
    text: str, name: str, kind: str, letter: str
) -> None:
    sure = [_mention(text, name, kind, 0.99)]
    at = text.rindex(letter)
    unsure = [
        Mention(start=at, end=at + 1, text=letter, type=kind, recognizer="t", score=0.6)
    ]
    assert make_consistent(text, sure, unsure=unsure) == sure


def test_a_letter_of_two_drugs_is_none_of_them() -> None:
    text = "Losartan (L) or lisinopril (L); L it was."
    sure = [
        _mention(text, name, "Chemical", 0.99) for name in ("Losartan", "lisinopril")
    ]
    unsure = [_mention(text, "L", "Chemical", 0.6, nth=1)]
    assert make_consistent(text, sure, unsure=unsure) == sure


def test_a_known_name_has_its_usual_type_where_little_speaks_for_another() -> None:
    types = ("Gene", "Chemical", "Disease")

    def of(text: str, *, among: tuple[str, ...] = types) -> list[str]:
        places = occurrences(text, "BRCA1")
        found = [
            Mention(
                start=a, end=b, text="BRCA1", type="Chemical", recognizer="t", score=0.9
            )
            for a, b in places
        ]
        return [m.type for m in make_consistent(text, found, types=among)]

    assert of("BRCA1 and aspirin in women.") == ["Gene"]
    # The document goes before: by number, by what is short for what, by its task.
    assert of("BRCA1, BRCA1 and BRCA1.") == ["Chemical"] * 3
    assert of("Blue-red carbonic acid 1 (BRCA1) is a dye.") == ["Chemical"]
    assert of("BRCA1 and aspirin.", among=("Chemical", "Protein")) == ["Chemical"]
    own = _mention("BRCA1 here", "BRCA1", "Protein", 0.9)
    assert make_consistent("BRCA1 here", [own], types=(*types, "Protein")) == [own]


def test_names_that_annotators_gave_several_types_or_hardly_any_tell_nothing() -> None:
    assert usual_type("BRCA1") == "Gene"
    assert usual_type("aspirin") == "Chemical"
    assert usual_type("") is usual_type("brca1 ") is usual_type("Xyzzy7") is None
    # A vocabulary's names count too, but for words and what is short for much.
    assert usual_type("VKORC1") == "Gene"
    assert usual_type("hedgehog") is usual_type("FTO") is None


def test_half_sure_is_enough_for_names_that_are_known() -> None:
    text = "Losartan was compared in KIT carriers, and hedgehog rose in kit users."
    sure = [_mention(text, "Losartan", "Chemical", 0.99)]
    unsure = [
        _mention(text, "KIT", "Chemical", 0.5), _mention(text, "hedgehog", "Gene", 0.5),
        _mention(text, "carriers", "Gene", 0.5),
    ]  # fmt: skip
    done = make_consistent(text, sure, unsure=unsure, types=("Gene", "Chemical"))
    assert [(m.text, m.type) for m in done] == [
        ("Losartan", "Chemical"), ("KIT", "Gene"),
    ]  # fmt: skip
    assert done[1].attribute("consistency") == "usage"
    assert make_consistent(text, sure, unsure=unsure, types=("Chemical",)) == sure
    alone = make_consistent(text, [], unsure=unsure, types=("Gene", "Chemical"))
    assert alone == done[1:]


@pytest.mark.parametrize(
    ("text", "name", "kind", "left"),
    [
        ("KDM9X demethylates histones.", "KDM9X demethylates", "Gene", ["KDM9X"]),
        ("Metformin metabolises.", "Metformin metabolises", "Chemical", ["Metformin"]),
        (
            "ABC1 phosphorylates DEF2 here.", "ABC1 phosphorylates DEF2", "Gene",
            ["ABC1", "DEF2"],
        ),
        ("Heparan sulfates.", "Heparan sulfates", "Chemical", ["Heparan sulfates"]),
        ("Vaso-occlusive crises.", "Vaso-occlusive crises", "Disease",
         ["Vaso-occlusive crises"]),
        ("Then vinorelbine 25 mg/m2.", "vinorelbine 25", "Chemical", ["vinorelbine"]),
        ("Vinorelbine 25 or 30 mg.", "Vinorelbine 25", "Chemical", ["Vinorelbine"]),
        ("Polysorbate 80 mg.", "Polysorbate 80", "Chemical", ["Polysorbate 80"]),
        ("With FK 506, 5 mg.", "FK 506", "Chemical", ["FK 506"]),
        ("Of interleukin 12 mg.", "interleukin 12", "Gene", ["interleukin 12"]),
        ("IL-9 &lt; 3 and more", "IL-9 &lt", "Gene", ["IL-9"]),
        ("p73 &amp; p63 rose", "p73 &amp", "Gene", ["p73"]),
        ("PGF&alpha; rose", "PGF&alpha", "Gene", ["PGF&alpha;"]),
        ("PGF&#946; rose", "PGF&#946", "Gene", ["PGF&#946;"]),
        ("The &gamma;-tubulin rose", "gamma;-tubulin", "Gene", ["&gamma;-tubulin"]),
        ("IL-9&nbsp;rose", "nbsp", "Gene", []),
        ("Zn<sup>2+</sup> rose", "Zn<sup", "Chemical", ["Zn"]),
        ("Zn<sup>2+</sup> rose", ">2+</", "Chemical", []),
        ("Of 5-HT<inf>9A</inf> we know", "5-HT<inf>9A</inf>", "Gene",
         ["5-HT<inf>9A</inf>"]),
        ("Of <i>ABC9</i> we know", "i>ABC9</i", "Gene", ["ABC9"]),
    ],
)  # fmt: skip
def test_verbs_doses_and_markup_are_no_part_of_a_name(
    text: str, name: str, kind: str, left: list[str]
) -> None:
    found = _found(text, _mention(text, name, kind, 0.9))
    assert found == [(piece, kind) for piece in left]


def test_half_an_entity_is_no_mention_beside_the_other_half() -> None:
    text = "Of PGF&alpha; we know"
    first = _mention(text, "PGF&al", "Gene", 0.9)
    assert _found(text, first, _mention(text, "pha", "Gene", 0.9)) == [
        ("PGF&alpha;", "Gene")
    ]


def test_a_known_cell_line_is_no_variant_and_a_sure_one_no_gene() -> None:
    types = ("Gene", "CellLine", "Variant")

    def kinds(text: str, *mentions: Mention) -> list[str]:
        return [m.type for m in make_consistent(text, mentions, types=types)]

    text = "Growth of T98G and J774 fell."
    variants = [_mention(text, name, "Variant", 0.95) for name in ("T98G", "J774")]
    assert kinds(text, *variants) == ["CellLine", "CellLine"]
    text = "A20 lymphoma cells were lysed."
    assert kinds(text, _mention(text, "A20", "CellLine", 0.95)) == ["CellLine"]
    assert kinds(text, _mention(text, "A20", "CellLine", 0.7)) == ["Gene"]
    text = "A20 was lost."
    assert kinds(text, _mention(text, "A20", "CellLine", 0.95)) == ["Gene"]


def test_a_germ_and_its_illness_may_share_a_name() -> None:
    text = "Antibodies to HIV were seen in women with HIV."
    germ = _mention(text, "HIV", "Species", 0.9)
    illness = _mention(text, "HIV", "Disease", 0.99, nth=1)
    types = ("Species", "Disease")
    done = make_consistent(text, [germ, illness], types=types)
    assert [m.type for m in done] == ["Species", "Disease"]
