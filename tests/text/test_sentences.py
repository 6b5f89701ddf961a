from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuild.document import Document, Passage
from kgbuild.text import document_sentences, sentence_spans

_BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "sentences.py"

# Pieces that meet the rules, and characters that break careless offsets.
PIECES = st.sampled_from(
    [
        *("mice. ", "The ", "Fig. ", "et al. ", "(", ")", "[12] ", "E. coli ", "p53 "),
        *("\n", "\n\n", "\t", "\x00", "\x1c", "\u2028", "\u00a0", "β-catenin", "ά"),
        *(
            "e\u0301",
            "\U0001d4b6",
            "\U0001f9ec",
            "? ",
            "!",
            "...",
            "i.p. ",
            "3.5 ",
            ".",
        ),
        *("“Yes.” ", "METHODS: ", "µm. ", "A. ", "mice.12 We ", "\ud800"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@given(TEXTS)
def test_spans_are_sorted_disjoint_stripped_and_cover_all_but_white_space(text):
    place = 0
    for start, end in sentence_spans(text):
        assert place <= start < end <= len(text)
        assert not text[place:start].strip()
        assert text[start:end] == text[start:end].strip()
        place = end
    assert not text[place:].strip()


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_no_sentence_crosses_a_passage(texts):
    document = Document(id="1", passages=tuple(Passage(text=t) for t in texts))
    expected = [
        (start + offset, end + offset)
        for text, (offset, _) in zip(texts, document.passage_offsets(), strict=True)
        for start, end in sentence_spans(text)
    ]
    assert document_sentences(document) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Growth of E. coli was slower (Fig. 2B) than that of S. aureus (cf. Table 1).",
        "Mills et al. [12] and Grey et al. (2003) disagree, e.g. on captopril.",
        "It was given at 5 mg/kg i.p. (n = 8) or 0.5 mg q.d. to all of them.",
        "Dr. A. B. Mills of Acme Inc. Boston gave the plasmid.",
        "The dose (2 mg. Three rats got none) was low.",
        "The mean was 12. 5 mg against placebo.",
        "Losartan vs. Placebo in approx. 200 patients, i.e. all of St. Luke's.",
        "Samples of pH 7.4 went to www.example.org and v2.1 of the tool.",
        "What we call 'the second hit?' is not known.",
        "Lines wrap\nin the middle. ",
    ],
)
def test_one_sentence_stays_whole(text):
    assert split(text) == [text.strip()]


@pytest.mark.parametrize(
    "parts",
    [
        ("ACE was high.", "Captopril lowered it.", "So did losartan!"),
        ("We saw no mRNA.", "p53 was lost.", "mTOR was not."),
        ("It rose (P < 0.05).", "(The controls did not change.)", "We stopped."),
        ("They received vitamin C.", "Rats without it were controls."),
        ("Deleted was gene D.", "Southern blots show it."),
        ("Scale bar, 20 µm.", "b: Detail of the wall."),
        ("They got 5 mg o.d.", "Intravenous glucose followed."),
        ("Chen et al.", "However, nobody else agreed."),
        ("The reagents came from Acme Inc.", "The rest was made here."),
        ("Does it bind?", "“It does.”", "We agree."),
        ("It fell in WT.", "(b) Mutants are shown below."),
        ("Cells were lysed at 95 °C.", "Lysates were stored."),
        ("mice.[12]", "They recovered."),
        ("A heading without a stop", "\n\nA paragraph."),
        ("Patients improved.", "12 of them died.", "β-Blockers helped."),
    ],
)
def test_sentences_part(parts):
    expected = [part.strip() for part in parts]
    assert split(" ".join(parts)) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["We found:", "• aspirin reduced pain", "• ibuprofen reduced fever"],
        ["- a study of mice", "- a study of 12 rats"],
        ["Aims:", "1. Aspirin in mice", "2. to treat them", "3. Rest"],
        ["(1) to study p53", "(2) to treat mice"],
        ["a) to study p53", "b) to treat mice"],
        ["Key points", "Aspirin reduces pain in mice", "Ibuprofen reduces fever"],
        ["Pain", "12) 5 mg aspirin", "13) 5 mg ibuprofen"],
        ["The first of all these lines is a long one", "Short", "Next one"],
    ],
)
def test_lists_that_stand_line_by_line(lines):
    text = "\n".join(lines)
    assert [text[start:end] for start, end in sentence_spans(text)] == lines


@pytest.mark.parametrize(
    "text",
    [
        "We studied the role of the tumor suppressor\nPTEN in cancer of the prostate.",
        "The BRCA1 gene is often mutated in\nBreast cancer and in others of the\novary",
        "A study of the drug\n– a statin –\nin mice",
        "In all there were\n2. 5 mg of it",
        "Levels of IL-2,\nIL-4 and IL-6 were raised in the mice that we saw",
    ],
)
def test_wrapped_text_stays_whole(text):
    assert sentence_spans(text) == [(0, len(text))]


def test_lost_blank_before_a_section_label():
    text = "ACE was blocked in patients.METHODS: We asked them.Results: None."
    assert split(text) == [
        "ACE was blocked in patients.",
        "METHODS: We asked them.",
        "Results: None.",
    ]


def test_raised_citation_behind_the_stop():
    assert split("It recovers in mice.12,13 The rest died.") == [
        "It recovers in mice.12,13",
        "The rest died.",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0\u2003"])
def test_nothing_to_split(text):
    assert sentence_spans(text) == []


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "(",
            "[(",
            "(AB)",
            "a. ",
            "A. B. ",
            ". ",
            "...",
            ".\n",
            "\n \n",
            "   ",
            "e.g. ",
        ),
        *(
            "x",
            "Fig. 1. (see",
            "...\"')]}",
            "\U0001d4b6. ",
            "Abc.1,2,3 ",
            "A (A. B. C) ",
        ),
        *("]) (", "mice.[1,", "aa.METHODS METHODS ", "aa." + "A" * 999),
    ],
)
def test_hostile_text_takes_about_a_second_a_megabyte_at_most(unit):
    # Linear: ten times the text takes about ten times as long. A ratio does not depend
    # on how busy the machine is; the generous limit is for the absolute claim.
    small = (unit * 30_000)[:30_000]
    large = (unit * 300_000)[:300_000]
    seconds = _seconds(large)
    assert seconds < 20 * _seconds(small) + 0.2
    assert seconds < 1.5


def _seconds(text: str) -> float:
    begun = time.process_time()
    sentence_spans(text)
    return time.process_time() - begun


@pytest.mark.shared
@pytest.mark.parametrize("part", ["train", "devel"])
def test_boundaries_of_craft(shared_dir, part):
    spec = importlib.util.spec_from_file_location("bench_sentences", _BENCHMARK)
    bench = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = bench  # dataclasses look their module up
    spec.loader.exec_module(bench)
    path = shared_dir / "corpora" / "conll" / f"CRAFT_{part}.tsv.gz"
    result = bench.score(bench.paragraphs(bench.read_sentences(path)))
    assert result.f1 >= 0.99
    assert result.right + result.missed > 3000
