"""The command line as a user meets it: exit codes, messages, nothing half-written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import command_line
import pytest

from kgbuild import corpus
from kgbuild._io.paths import data_path
from kgbuild.document import Document

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kgbuild() -> Run:
    """Run the command line in this process: (exit code, standard output, error)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        done = command_line.kgbuild(*arguments)
        return done.returncode, done.stdout, done.stderr

    return call


def _one_sentence(err: str) -> bool:
    lines = err.strip().splitlines()
    return len(lines) == 1 and lines[0].startswith("kgbuild: ")


def _bad_files(folder: Path) -> dict[str, Path]:
    whole = gzip.compress(b'{"pmid": 1, "title": "A", "abstract": "B"}\n' * 500)
    (folder / "folder").mkdir()
    files = {
        "missing": folder / "missing.jsonl",
        "folder": folder / "folder",
        "binary": folder / "binary.txt",
        "half.gz": folder / "half.jsonl.gz",
        "latin1": folder / "latin1.txt",
        "unknown": folder / "unknown.qqq",
        "empty": folder / "empty.PubTator",
    }
    files["binary"].write_bytes(bytes(range(256)) * 20)
    files["half.gz"].write_bytes(whole[: len(whole) // 2])
    files["latin1"].write_bytes("H\xf4pital study of ACE.".encode("latin-1"))
    files["unknown"].write_bytes(b"\x00\x01\x02")
    files["empty"].write_bytes(b"")
    return files


@pytest.mark.parametrize("kind", [
    "missing", "folder", "binary", "half.gz", "latin1", "unknown", "empty",
])  # fmt: skip
def test_bad_input_is_one_clear_sentence(
    kgbuild: Run, tmp_path: Path, kind: str
) -> None:
    file = _bad_files(tmp_path)[kind]
    output = tmp_path / "out"
    code, out, err = kgbuild(
        "run", "quickstart.toml", "--input", file, "--output", output
    )
    assert (code, out) == (2, "")
    assert _one_sentence(err), err
    assert str(file) in err
    assert not output.exists() or not list(output.iterdir())


def test_a_line_cut_in_the_middle_is_named_with_its_number(
    kgbuild: Run, tmp_path: Path
) -> None:
    whole = "1|t|ACE and captopril.\n1|a|A study.\n1\t0\t3\tACE\tGene\t1636\n\n"
    file = tmp_path / "cut.PubTator"
    file.write_text(whole + "2|t|AGTR1 study.\n2|a|More.\n2\t0\t5\tAGT", "utf-8")
    code, _, err = kgbuild("convert", file, tmp_path / "out.jsonl")
    assert code in (1, 2)
    assert "line 7" in err


def test_a_wrong_key_is_named(kgbuild: Run, tmp_path: Path) -> None:
    toml = tmp_path / "run.toml"
    toml.write_text('input = "a"\noutput = "b"\nshards = 3\n', "utf-8")
    code, _, err = kgbuild("run", toml)
    assert code == 2
    assert _one_sentence(err)
    assert "shards is not a known key" in err


def test_annotate_ignores_what_the_input_carries(kgbuild: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.PubTator"
    source.write_text(
        "1|t|Captopril study.\n1|a|It inhibits ACE.\n1\t10\t15\tstudy\tDisease\tD1\n\n",
        "utf-8",
    )
    target = tmp_path / "out.PubTator"
    code, out, _ = kgbuild("annotate", source, "-o", target, "--to", "pubtator")
    assert code == 0
    assert "1 document written" in out
    rows = [r.split("\t") for r in target.read_text("utf-8").splitlines() if "\t" in r]
    assert ["1", "0", "9", "Captopril", "Chemical", "MESH:D002216"] in rows
    assert not any(row[3] == "study" for row in rows)


def test_normalize_alone_keeps_mentions_and_gives_ids(
    kgbuild: Run, tmp_path: Path
) -> None:
    source = tmp_path / "in.PubTator"
    source.write_text(
        "1|t|Captopril study.\n1|a|It lowers pressure.\n"
        "1\t0\t9\tCaptopril\tChemical\n\n",
        "utf-8",
    )
    target = tmp_path / "out.jsonl"
    code, out, _ = kgbuild("annotate", source, "-o", target, "--stages", "normalize")
    assert "mentions that had an identifier kept it" in out
    assert code == 0
    (document,) = corpus.read(target)
    assert [(m.text, m.concepts) for m in document.mentions] == [
        ("Captopril", ("mesh:D002216",))
    ]
    assert document.stage("recognize").state == "skipped"


def test_recognize_alone_gives_no_ids(kgbuild: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    code, *_ = kgbuild(
        "annotate", data_path("sample/raas.xml"), "-o", target, "--stages", "recognize"
    )
    assert code == 0
    mentions = [m for d in corpus.read(target) for m in d.mentions]
    assert len(mentions) > 100
    assert not any(m.concepts for m in mentions)


def test_evaluate_prints_a_table_and_json(kgbuild: Run, tmp_path: Path) -> None:
    gold = tmp_path / "gold.PubTator"
    gold.write_text(
        "1|t|Captopril.\n1|a|It inhibits ACE.\n1\t0\t9\tCaptopril\tChemical\tD002216\n"
        "1\t23\t26\tACE\tGene\t1636\n\n",
        "utf-8",
    )
    code, out, _ = kgbuild("evaluate", gold, gold)
    assert code == 0
    assert "concept pairs" in out
    code, out, _ = kgbuild("evaluate", gold, gold, "--json")
    values = json.loads(out)
    assert values["spans"]["all"]["f1"] == 100
    assert values["concept_pairs"]["gold"] == 1


def test_doctor_finds_this_installation_sound(kgbuild: Run) -> None:
    code, out, _ = kgbuild("doctor")
    assert code == 0, out
    assert "all is well" in out


def test_no_types_are_not_the_default_ones_and_a_tagger_has_its_own(
    kgbuild: Run, tmp_path: Path
) -> None:
    sample = data_path("sample/raas.xml")
    target = tmp_path / "out.jsonl"
    code, _, err = kgbuild("annotate", sample, "-o", target, "--types", "")
    assert (code, "types must be str, one or a list. Got none at all" in err) == (
        2,
        True,
    )
    code, _, err = kgbuild("evaluate", sample, sample, "--types", "")
    assert (code, "Got none at all" in err) == (2, True)
    code, _, err = kgbuild(
        "annotate", sample, "-o", target, "--tagger", "AIO-13", "--types", "Variant"
    )
    assert (code, "Got 'Variant': choose among these" in err) == (2, True)


def test_where_nothing_is_found_in_many_documents_it_is_said(
    kgbuild: Run, tmp_path: Path
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    for n, said in ((10, ""), (11, "; no mention was found in any of them")):
        corpus.write(
            [Document.from_text("It rose.", id=str(i)) for i in range(n)], source
        )
        code, out, _ = kgbuild("annotate", source, "-o", target, "--types", "Variant")
        assert code == 0
        assert f"{n} documents written to {target}{said}\n" in out


def test_unknown_stage_and_taxon_are_named(kgbuild: Run, tmp_path: Path) -> None:
    sample = data_path("sample/raas.xml")
    target = tmp_path / "out.jsonl"
    code, _, err = kgbuild("annotate", sample, "-o", target, "--stages", "recognise")
    assert code == 2
    assert "Got 'recognise': did you mean 'recognize'" in err
    code, _, err = kgbuild("annotate", sample, "-o", target, "--species", "human")
    assert code == 2
    assert "'human'" in err
    assert not target.exists()
