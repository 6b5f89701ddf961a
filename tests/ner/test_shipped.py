"""The tagger that ships, on texts that nobody wrote with a tagger in mind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import kgbuild as kg
from kgbuild.document import Document, Passage
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.ner.storage import shipped_taggers
from kgbuild.ner.tagger import Tagger, load_tagger
from kgbuild.ner.together import share_out
from kgbuild.pipeline import Pipeline
from kgbuild.variants import VariantRecognizer

HOSTILE = {
    "empty": "",
    "blanks": " \n\t \u2003 ",
    "punctuation": "...!?;:—–()[]{}«»'\"" * 20,
    "emoji": "😀🧬 👩‍🔬👩🏽‍⚕️ 🇦🇹 " * 10,
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f\u200b\u2028\ufeff\ufffe",
    "combining": "e" + "\u0301" * 300,
    "right to left": "\u202eBRCA1\u202c ‏بروتين‏ TNF",
    "one word": "A" * 5_000,
    "tags": "<ALL> </ALL> <Gene> [CLS] [SEP] [MASK] [PAD] [UNK] </Gene>",
    "ligatures": "ﬁbrosis and ß-catenin and ǅ and İ and ŉ",
}  # fmt: skip


NEW_NAMES = Path(__file__).with_name("new_names.txt")
#: Names of that file that are not found: known, and hoped for from the next weights.
MISSED = {
    "AIR", "CAMP", "COIL", "Elacestrant", "FLIP", "GPI", "IMPACT", "KMT2A",
    "NODAL", "PER1", "SET", "donanemab", "patched", "white", "wingless",
}  # fmt: skip


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The tagger on two threads."""
    return load_tagger(threads=2)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_texts_are_read_to_the_end(tagger: Tagger, name: str) -> None:
    tail = "Mutations of BRCA1 cause breast cancer."
    document = Document(
        id=name, passages=(Passage(text=HOSTILE[name]), Passage(text=tail))
    )
    done = next(Pipeline([tagger])([document]))
    status = done.stage("recognize")
    assert (status.state, status.reason) == ("done", None)
    assert done.text == document.text
    for mention in done.mentions:
        assert done.text[mention.start : mention.end] == mention.text
    start = document.text.rindex("BRCA1")
    assert (start, start + 5, "Gene") in {
        (m.start, m.end, m.type) for m in done.mentions
    }


def test_a_sentence_of_twenty_thousand_characters_is_read_to_its_end(
    tagger: Tagger,
) -> None:
    clause = "in mice BRCA1 and insulin were measured again and again, "
    text = clause * 360 + "as was TP53."
    assert len(text) > 20_000
    found = tagger(Document.from_text(text)).mentions
    genes = [m for m in found if m.text == "BRCA1" and m.type == "Gene"]
    # Every clause is alike, so that what is missing was lost.
    assert len(genes) > 350
    assert any(m.text == "TP53" and m.end > 20_000 for m in found)


def test_neighbours_and_threads_never_change_a_result(tagger: Tagger) -> None:
    texts = [
        f"{'The ' * (i % 9)}BRCA{i} gene, aspirin {i} mg and asthma in rats. "
        * (1 + i % 4)
        for i in range(24)
    ]
    documents = [Document.from_text(t, id=str(i)) for i, t in enumerate(texts)]
    together = list(tagger.stream(documents, batch_size=16))
    alone = load_tagger(threads=1)
    for document, done in zip(documents, together, strict=True):
        # To the last digit of every score.
        assert next(alone.stream([document])) == done


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COVID-19 and SARS-CoV-2 spread.", {"COVID-19": "Disease"}),
        ("We studied COVID-19/SARS-CoV-2 in mice.", {"COVID-19": "Disease"}),
        (
            "SARS-CoV-2 infection and long COVID raise ACE2. SARS-CoV-2 stays.",
            {"SARS-CoV-2 infection": "Disease", "long COVID": "Disease"},
        ),
    ],
)
def test_names_newer_than_the_training_corpora(
    tagger: Tagger, text: str, expected: dict[str, str]
) -> None:
    found = tagger(Document.from_text(text)).mentions
    expected = {"SARS-CoV-2": "Species", **expected}
    named = {m.text: m.type for m in found if "CoV" in m.text or "COVID" in m.text}
    assert named == expected
    # Only the types that are wanted.
    genes = tagger.restricted(["Gene"])(Document.from_text(text)).mentions
    assert not any("CoV" in m.text or "COVID" in m.text for m in genes)


def test_names_that_are_new_or_words_are_found(tagger: Tagger) -> None:
    pipeline = Pipeline([tagger, VariantRecognizer()])
    missed = set()
    for line in NEW_NAMES.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text = re.sub(r"\[([^|\]]+)\|\w+\]", r"\1", line)
        done = next(pipeline([Document.from_text(text)]))
        found = {(m.text, m.type) for m in done.mentions}
        wanted = re.findall(r"\[([^|\]]+)\|(\w+)\]", line)
        missed |= {name for name, kind in wanted if (name, kind) not in found}
    assert missed == MISSED


def test_thirteen_types_are_answered_out_of_the_box() -> None:
    text = (
        "Breast cancer spread to the liver of nude mice. VEGF acts on endothelial "
        "cells of the kidney, and p53 is degraded in cultured hepatocytes."
    )
    types = ["Cancer", "Organ", "Cell", "Organism", "Protein", "Gene"]
    done = kg.annotate(text, types=types, stages="recognize")
    found = {(m.text, m.type, m.recognizer) for m in done.mentions}
    assert found >= {
        ("Breast cancer", "Cancer", "aio-13"), ("liver", "Organ", "aio-13"),
        ("kidney", "Organ", "aio-13"), ("nude mice", "Organism", "aio-13"),
        ("endothelial cells", "Cell", "aio-13"), ("p53", "Protein", "aio-13"),
        ("p53", "Gene", "aio-small"),
    }  # fmt: skip
    assert {kind for _, kind, _ in found} == set(types)
    # All thirteen: those of the default tagger are its own.
    assert share_out([*types, "Anatomy", "Chemical", "Disease", "Tissue", "Pathology",
                      "Complex", "Taxon"]) == {
        "aio-small": ["Gene", "Anatomy", "Chemical", "Disease", "Complex"],
        "aio-13": ["Cancer", "Organ", "Cell", "Organism", "Protein", "Tissue",
                   "Pathology", "Taxon"],
    }  # fmt: skip
    assert all(tagger.megabytes <= 25.1 for tagger in shipped_taggers())


def test_taggers_that_ship_say_how_good_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from kgbuild.cli import make_app

    make_app()(["taggers"], standalone_mode=False)
    said = capsys.readouterr().out
    assert said.startswith("aio-small (the default)\n  25.0 MB; Gene, Disease, ")
    card = (NEW_NAMES.parents[2] / "benchmarks/RESULTS.md").read_text("utf-8")
    measured = re.search(r"F1 (\d\d\.\d \[[\d., ]+\]): BioRED", said)
    assert measured
    # The figure of the card is that of the results.
    row = next(r for r in card.splitlines() if r.startswith("| BioRED | ALL | all |"))
    assert f"| {measured[1]} |" in row
    assert "aio-13\n  25.0 MB; Anatomy, Gene, " in said
    measured = re.search(r"F1 (\d\d\.\d\d \[[\d., ]+\]): thirteen types", said)
    assert measured
    rows = [r for r in card.splitlines() if r.startswith("| **all**")]
    assert any(f"| {measured[1]} |" in row for row in rows)


def test_fast_products_of_bytes_are_taken_only_where_they_are_exact(monkeypatch):
    from kgbuild.encoder import scorer

    text = "Captopril lowered blood pressure in hypertensive rats without renin. " * 20
    document = Document.from_text(text)
    ours = load_tagger(threads=1)(document).mentions
    monkeypatch.setattr(scorer, "multiplies_bytes_exactly", lambda: False)
    assert load_tagger(threads=1)(document).mentions == ours


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        (1.5, "threshold must be a number from 0 to 1. Got 1.5"),
        (float("nan"), "Got nan"),
        ("0.5", "Got '0.5'"),
        ({"Foo": 0.5}, r"threshold\['Foo'\] is of no task: name one of .*ALL"),
        ({"ALL": 0.8, "ALL.Gene": 2}, r"threshold\['ALL.Gene'\] must be a number"),
    ],
)
def test_thresholds_are_numbers_from_0_to_1_of_known_tasks(
    threshold: Any, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_tagger("aio-tiny", threshold=threshold)


def test_torch_needs_weights_that_int8_lacks() -> None:
    with pytest.raises(ResourceMissingError, match=r"no model\.safetensors"):
        load_tagger("aio-tiny", backend="torch")


def test_a_sign_between_two_names_is_no_mention(tagger: Tagger) -> None:
    text = "Comparing angiotensin-converting enzyme (ACE) inhibition in 12 patients."
    everything = load_tagger(threshold=0, consistent=False)
    for one in (tagger, everything, load_tagger("aio-tiny", threshold=0)):
        found = one(Document.from_text(text)).mentions
        assert all(any(map(str.isalnum, m.text)) for m in found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("BRCA1 and aspirin in breast cancer patients.", {"BRCA1": "Gene"}),
        ("Losartan and ALDH2 in hypertension.", {"ALDH2": "Gene"}),
        ("CTLA4 modifies the response to cisplatin.", {"CTLA4": "Gene"}),
        ("KCl and losartan in hypertension.", {"KCl": "Chemical"}),
        ("Effects of morphine on FK506 in rats.", {"FK506": "Chemical"}),
        # A class is a chemical, and one inhibitor the gene that it inhibits, as
        # BioRED's annotators have it.
        ("ACE inhibitors cause cough.", {"ACE inhibitors": "Chemical"}),
        ("An ACE inhibitor was given for cough.", {"ACE": "Gene"}),
        (
            "Losartan (L) or enalapril (E) was given. L was better than E.",
            {"L": "Chemical", "E": "Chemical"},
        ),
        (
            "Morphine (M) or saline (S) was given to mice. M lowered pain (P < 0.05).",
            {"Morphine": "Chemical", "M": "Chemical"},
        ),
    ],
)
def test_genes_drugs_and_letters_in_a_single_sentence(
    tagger: Tagger, text: str, wanted: dict[str, str]
) -> None:
    found = {m.text: m.type for m in tagger(Document.from_text(text)).mentions}
    assert wanted.items() <= found.items()
    assert "P" not in found
