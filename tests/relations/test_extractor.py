"""The extractor that ships, as a stage, in a pipeline and on the command line."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import kgbuild as kg
from kgbuild._io.markup import counted
from kgbuild.cli import make_app
from kgbuild.document import Document, Mention, Statement
from kgbuild.errors import ConfigError, ResourceMissingError
from kgbuild.pipeline import AnnotationSettings
from kgbuild.pipeline.builtin import stage_settings
from kgbuild.pipeline.stored import settings_of
from kgbuild.relations import TASKS, Extractor, load_extractor
from kgbuild.relations import extractor as extractors
from kgbuild.relations.extractor import denied_everywhere
from kgbuild.relations.layout import taking_part

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "We studied rats. Captopril strongly inhibits ACE in the lung of these rats."
PUBTATOR = """\
7|t|Captopril inhibits ACE.
7|a|The drug captopril is a potent inhibitor of ACE in the lung.
7\t0\t9\tCaptopril\tChemical\tMESH:D002216
7\t19\t22\tACE\tGene\t1636
7\t33\t42\tcaptopril\tChemical\tMESH:D002216
7\t68\t71\tACE\tGene\t1636
7\tAssociation\tMESH:D002216\t9999
"""


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load_extractor(threads=2)


def _mention(text: str, name: str, kind: str, *concepts: str) -> Mention:
    start = text.index(name)
    return Mention(
        start=start, end=start + len(name), text=name, type=kind, concepts=concepts
    )


def _captopril() -> Document:
    return Document.from_text(TEXT, id="7").with_mentions(
        [
            _mention(TEXT, "Captopril", "Chemical", "mesh:D002216"),
            _mention(TEXT, "ACE", "Gene", "ncbigene:1636"),
        ]
    )


def test_what_inhibits_correlates_negatively_and_the_sentence_says_so(
    extractor: Extractor,
) -> None:
    [statement] = extractor(_captopril()).statements
    assert (statement.subject, statement.object) == ("mesh:D002216", "ncbigene:1636")
    assert statement.predicate == "Negative_Correlation"
    assert not statement.directed
    assert statement.extractor == "relations-small"
    assert 0.2 < statement.score <= 1
    assert statement.qualifier("novelty") in ("Novel", "No")
    assert [TEXT[a:b] for a, b in statement.spans] == [TEXT[17:]]


def test_another_task_has_other_predicates_with_a_direction() -> None:
    [statement] = load_extractor(tasks="DrugProt")(_captopril()).statements
    assert (statement.predicate, statement.directed) == ("INHIBITOR", True)
    assert statement.subject == "mesh:D002216"


def test_another_threshold_in_the_card_is_another_version(
    extractor: Extractor, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(extractor.folder, folder)
    card = folder / "relations.json"
    same = load_extractor(folder).version
    card.write_text(card.read_text("utf-8").replace("0.48", "0.58"), "utf-8")
    assert same == extractor.version != load_extractor(folder).version


def test_a_second_run_replaces_its_own_statements_and_no_others(
    extractor: Extractor,
) -> None:
    other = Statement(subject="my:a", predicate="treats", object="my:b")
    once = extractor(_captopril().with_statements([other]))
    assert once.statements[0] == other
    assert extractor(once) == once
    # Of what is annotated, all that it came with goes.
    assert kg.annotate(once, stages="relate").statements == once.statements[1:]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--relations", ""], "relations is empty: choose among BioRED, "),
        (["--relation-threshold", "0.7"], "--relation-threshold is for the stage"),
        (["--stages", "all", "--relation-threshold", "7"], "--relation-threshold must"),
    ],
)
def test_options_of_relations_are_refused_by_their_names(
    tmp_path: Path, options: list[str], reason: str
) -> None:
    (tmp_path / "in.txt").write_text("ACE.", "utf-8")
    command = ["annotate", f"{tmp_path}/in.txt", "-o", f"{tmp_path}/o.jsonl", *options]
    with pytest.raises(ConfigError) as refused:
        CliRunner().invoke(make_app(), command, catch_exceptions=False)
    assert reason in str(refused.value)


def test_the_graph_says_more_than_that_two_are_named(extractor: Extractor) -> None:
    documents = [extractor(_captopril())]
    graph = kg.build_graph(documents, edges="both")
    rows = graph.associations.select("predicate", "probability").rows()
    assert [predicate for predicate, _ in rows] == [
        "Negative_Correlation", "co_mention"
    ]  # fmt: skip
    assert rows[0][1] == pytest.approx(documents[0].statements[0].score)


def test_documents_without_pairs_have_no_statements(extractor: Extractor) -> None:
    empty = Document.from_text("")
    lone = Document.from_text(TEXT).with_mentions(
        [_mention(TEXT, "ACE", "Gene", "ncbigene:1636")]
    )
    one_name = Document.from_text(TEXT).with_mentions(
        [_mention(TEXT, "ACE", "Gene", "ncbigene:1636", "ncbigene:1637")]
    )
    assert not any(extractor(d).statements for d in (empty, lone, one_name))


def test_a_document_of_too_many_names_is_bounded_and_says_so(
    extractor: Extractor, caplog: pytest.LogCaptureFixture
) -> None:
    text = " ".join(f"GEN{i}X binds MEK." for i in range(400))
    names = [f"GEN{i}X" for i in range(400)]
    document = Document.from_text(text, id="many").with_mentions(
        _mention(text, name, "Gene", f"my:{name}") for name in names
    )
    done = extractor(document)
    assert len(done.statements) <= 4000
    assert "document many" in caplog.text
    assert "left out" in caplog.text


def test_the_command_keeps_mentions_and_ids_and_writes_relations(
    tmp_path: Path,
) -> None:
    source, target = tmp_path / "in.pubtator", tmp_path / "out.pubtator"
    source.write_text(PUBTATOR, "utf-8")
    command = f"annotate {source} -o {target} --to pubtator --stages relate"
    done = CliRunner().invoke(make_app(), command.split(), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    lines = target.read_text("utf-8").splitlines()
    assert [line for line in lines if line.count("\t") == 5 and line[2].isdigit()] == [
        line for line in PUBTATOR.splitlines() if line.count("\t") == 5
    ]
    [relation] = [line for line in lines if "extractor=" in line]
    columns = relation.split("\t")
    assert columns[:2] == ["7", "Negative_Correlation"]
    assert any(column.startswith("spans=") for column in columns)
    assert "  1 statement" in done.output
    assert set(columns[2:4]) == {"MESH:D002216", "1636"}
    # What the input stated is not what the stage says.
    assert "9999" not in relation
    assert not [line for line in lines if "\tAssociation\t" in line]
    [again] = kg.read(target)
    assert again.statements[0].score is not None
    result = kg.evaluate(kg.read(source), kg.read(target))
    assert result.relations["pair"].gold == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("7|t|ACE.\n7|a|\n", "the documents have no mentions to relate"),
        ("7|t|ACE.\n7|a|\n7\t0\t3\tACE\tGene\t1636\n", "no two concepts are related"),
        ("", "there was no document"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*holds no document")
def test_relating_nothing_is_said(tmp_path: Path, source: str, reason: str) -> None:
    (tmp_path / "in.pubtator").write_text(source, "utf-8")
    command = f"annotate {tmp_path}/in.pubtator -o {tmp_path}/out.jsonl --stages relate"
    done = CliRunner().invoke(make_app(), command.split(), catch_exceptions=False)
    assert f"  0 statements: {reason}" in done.output


@pytest.mark.parametrize(
    ("options", "statements"),
    [
        ("--types Chemical,Gene", 1), ("--types all", 1), ("--types Gene,Disease", 0),
        ("--relation-threshold 0.5", 1), ("--relation-threshold 1", 0),
    ],
)  # fmt: skip
def test_types_and_threshold_of_relations_are_options(
    tmp_path: Path, options: str, statements: int
) -> None:
    (tmp_path / "in.pubtator").write_text(PUBTATOR, "utf-8")
    command = (
        f"annotate {tmp_path}/in.pubtator -o {tmp_path}/out.jsonl --stages relate "
    )
    done = CliRunner().invoke(
        make_app(), (command + options).split(), catch_exceptions=False
    )
    assert f"  {counted(statements, 'statement')}" in done.output
    [document] = kg.read(tmp_path / "out.jsonl")
    assert len(document.statements) == statements
    assert len(document.mentions) == 4


def test_a_threshold_of_relations_is_a_probability() -> None:
    with pytest.raises(ConfigError, match=r"relation_threshold must be .* Got 2"):
        kg.annotate("ACE", stages="relate", relation_threshold=2)


def test_what_relations_depend_on_tells_runs_and_stores_apart() -> None:
    for changed in ({"types": ("Gene",)}, {"relation_threshold": 0.9}):
        one, other = (
            AnnotationSettings(stages="relate"),
            AnnotationSettings(stages="relate", **changed),
        )
        assert stage_settings(one) != stage_settings(other)
        assert settings_of(one) != settings_of(other)


DENIED = [
    ("Aspirin did not inhibit PTGS2 in platelets.", "Aspirin", "PTGS2"),
    ("We found no association between CFTR and migraine.", "CFTR", "migraine"),
    ("Neither sex nor estradiol was associated with asthma.", "estradiol", "asthma"),
]


@pytest.mark.parametrize(("text", "one", "other"), DENIED)
def test_what_every_sentence_denies_is_not_stated(
    extractor: Extractor,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    one: str,
    other: str,
) -> None:
    # Low enough for all three: it must be the rule that passes them over.
    monkeypatch.setitem(extractor.threshold, "BioRED", 0.3)
    kinds = {"PTGS2": "Gene", "CFTR": "Gene", "migraine": "Disease"}
    mentions = [
        _mention(
            text, n, kinds.get(n, "Disease" if n == "asthma" else "Chemical"), f"my:{n}"
        )
        for n in (one, other)
    ]
    document = Document.from_text(text).with_mentions(mentions)
    _, scores = extractor.probabilities(document, task="BioRED")
    assert (1 - scores[:, 0] >= extractor.threshold["BioRED"]).any()
    assert extractor(document).statements == ()
    # Where another sentence asserts it, it is stated.
    more = f"{text} Therefore {one} causes {other}."
    again = [
        replace(m, start=m.start + at, end=m.end + at)
        for m in mentions
        for at in [more.rindex(m.text) - m.start]
    ]
    document = Document.from_text(more).with_mentions([*mentions, *again])
    assert extractor(document).statements


def test_a_kind_of_drugs_is_related_to_the_drug_beside_it_alone(
    extractor: Extractor,
) -> None:
    text = "The ACE inhibitor ramipril was compared with the beta-blocker metoprolol."
    document = Document.from_text(text).with_mentions([
        _mention(text, "ACE", "Gene", "my:ace"),
        _mention(text, "ramipril", "Chemical", "my:ramipril"),
        _mention(text, "metoprolol", "Chemical", "my:metoprolol"),
    ])  # fmt: skip
    related = [{s.subject, s.object} for s in extractor(document).statements]
    assert {"my:ace", "my:ramipril"} in related
    assert {"my:ace", "my:metoprolol"} not in related


@pytest.mark.parametrize(
    ("text", "drug", "words", "disease"),
    [
        ("Sertraline, a serotonin reuptake inhibitor, caused edema.",
         "Sertraline", ["serotonin"], "edema"),
        ("Venlafaxine, a serotonin-dopamine reuptake inhibitor, cured migraine.",
         "Venlafaxine", ["serotonin", "dopamine"], "migraine"),
        ("Nifedipine, a calcium channel blocker, caused edema.",
         "Nifedipine", ["calcium"], "edema"),
    ],
)  # fmt: skip
def test_a_substance_in_the_name_of_a_kind_is_related_to_the_drug_alone(
    extractor: Extractor, text: str, drug: str, words: list[str], disease: str
) -> None:
    document = Document.from_text(text).with_mentions([
        _mention(text, drug, "Chemical", "my:drug"),
        *(_mention(text, word, "Chemical", f"my:{word}") for word in words),
        _mention(text, disease, "Disease", "my:disease"),
    ])  # fmt: skip
    stated = {frozenset((s.subject, s.object)) for s in extractor(document).statements}
    assert frozenset({"my:drug", "my:disease"}) in stated
    assert all("my:drug" in pair for pair in stated)
    assert any(f"my:{words[0]}" in pair for pair in stated)


@pytest.mark.parametrize("task", ["BioRED", "CID"])
def test_a_drug_that_comes_with_less_of_a_disease_does_not_cause_it(task: str) -> None:
    text = "Significantly fewer patients receiving losartan experienced dry cough."
    document = Document.from_text(text).with_mentions([
        _mention(text, "losartan", "Chemical", "my:c"),
        _mention(text, "cough", "Disease", "my:d"),
    ])  # fmt: skip
    said = [s.predicate for s in load_extractor(tasks=task)(document).statements]
    assert said == (["Negative_Correlation"] if task == "BioRED" else [])


SAID = [
    ("BioRED", "Sucralfate accelerated healing of ulcers.", "Sucralfate", "ulcers",
     ["Negative_Correlation"]),
    ("BioRED", "Clozapine was withdrawn because of agranulocytosis.", "Clozapine",
     "agranulocytosis", ["Positive_Correlation"]),
    ("BioRED", "Clozapine was replaced by lithium because of agranulocytosis.",
     "lithium", "agranulocytosis", []),
    ("CID", "Fexofenadine induced no more drowsiness than placebo.", "Fexofenadine",
     "drowsiness", []),
    ("BioRED", "Exenatide improved the secretion of INS.", "Exenatide", "INS",
     ["Positive_Correlation"]),
    ("DrugProt", "Exenatide improved the secretion of INS.", "Exenatide", "INS",
     ["INDIRECT-UPREGULATOR"]),
    ("BioRED", "The effect of pioglitazone on INS was blocked.", "pioglitazone", "INS",
     ["Association"]),
]  # fmt: skip


@pytest.mark.parametrize(("task", "text", "one", "other", "predicates"), SAID)
def test_plain_words_correct_the_network(
    task: str, text: str, one: str, other: str, predicates: list[str]
) -> None:
    document = Document.from_text(text).with_mentions([
        _mention(text, one, "Chemical", "my:a"),
        _mention(text, other, "Gene" if other == "INS" else "Disease", "my:b"),
    ])  # fmt: skip
    said = load_extractor(tasks=task, threshold=0.2)(document).statements
    assert [s.predicate for s in said] == predicates


def test_chemicals_alone_are_converted(extractor: Extractor) -> None:
    text = "Codeine is metabolized to morphine and CYP2D6."
    document = Document.from_text(text).with_mentions([
        _mention(text, "Codeine", "Chemical", "my:codeine"),
        _mention(text, "morphine", "Chemical", "my:morphine"),
        _mention(text, "CYP2D6", "Gene", "my:cyp2d6"),
    ])  # fmt: skip
    converted = [
        {s.subject, s.object}
        for s in extractor(document).statements
        if s.predicate == "Conversion"
    ]
    assert converted == [{"my:codeine", "my:morphine"}]


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResourceMissingError, match="relations-small"):
        load_extractor(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="DrugProt"):
        load_extractor(tasks="DrugBank")
    with pytest.raises(ConfigError, match="Got BioRED, ADE"):
        load_extractor(tasks=["BioRED", "ADE"])
    with pytest.raises(ConfigError, match="did you mean 'DrugProt'"):
        kg.AnnotationSettings(relations="DrugPro")
    assert set(TASKS) >= {"BioRED", "DrugProt", "CID"}


def test_one_assertion_far_behind_denials_is_enough(extractor: Extractor) -> None:
    denial, fact = "Aspirin did not inhibit PTGS1.", "Aspirin strongly inhibited PTGS1."
    text = " ".join([denial] * 8 + [fact])
    mentions = [
        Mention(start=m.start(), end=m.end(), text=m.group(), type=kind,
                concepts=(f"my:{kind}",))
        for kind, name in (("Chemical", "Aspirin"), ("Gene", "PTGS1"))
        for m in re.finditer(name, text)
    ]  # fmt: skip
    document = Document.from_text(text).with_mentions(mentions)
    layout, scores = extractor.probabilities(document, task="BioRED")
    assert 1 - scores[0, 0] >= extractor.threshold["BioRED"]
    assert not denied_everywhere(text, taking_part(document), layout, row=0)
    assert len(extractor(document).statements) == 1


def test_all_sentences_of_two_say_whether_they_deny(extractor: Extractor) -> None:
    denial, fact = "Aspirin did not inhibit PTGS1.", "Aspirin strongly inhibited PTGS1."
    for texts in ([denial] * 40, [denial] * 40 + [fact]):
        text = " ".join(texts)
        document = Document.from_text(text).with_mentions(
            Mention(start=m.start(), end=m.end(), text=m.group(), type=kind,
                    concepts=(f"my:{kind}",))
            for kind, name in (("Chemical", "Aspirin"), ("Gene", "PTGS1"))
            for m in re.finditer(name, text)
        )  # fmt: skip
        layout, _ = extractor.probabilities(document, task="BioRED")
        denied = denied_everywhere(text, taking_part(document), layout, row=0)
        assert denied == (fact not in texts)


def test_a_cancer_is_related_as_a_disease_is(extractor: Extractor) -> None:
    text = "Imatinib is effective against leukemia."
    stated = [
        extractor(
            Document.from_text(text).with_mentions([
                _mention(text, "Imatinib", "Chemical", "my:c"),
                _mention(text, "leukemia", kind, "my:d"),
            ])
        ).statements
        for kind in ("Disease", "Cancer")
    ]  # fmt: skip
    assert stated[0] == stated[1] != ()


def test_a_long_document_is_scored_in_parts_as_it_is_at_once(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"GEN{i}X" for i in range(30)]
    text = " ".join(f"{name} binds MEK." for name in names)
    document = Document.from_text(text).with_mentions(
        _mention(text, n, "Gene", f"my:{n}") for n in names
    )
    _, whole = extractor.probabilities(document, task="BioRED")
    monkeypatch.setattr(extractors, "_CELLS", 5_000)
    _, parts = extractor.probabilities(document, task="BioRED")
    assert parts == pytest.approx(whole, abs=1e-4)
