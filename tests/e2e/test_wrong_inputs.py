"""What people type wrongly: one sentence that names the value, and exit code 2."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from kgbuild import cli
from kgbuild._io.paths import data_path, pipeline_path

if TYPE_CHECKING:
    from pathlib import Path

#: The command, and what its sentence must name. ``{sample}`` is a good corpus, ``{in}``
#: a folder with wrong files, ``{out}`` one to write to.
WRONG = {
    # the command line itself
    "annotat {sample}": "Did you mean 'annotate'?",
    "neo4j lod": "Did you mean 'load'?",
    "annotate {sample}": "-o FILE",
    "graph {in} -o {out}/g --taxa 9606": "--taxa",
    "graph {in} -o {out}/g --min-documents many": "'--min-documents'",
    "doctor everything": "everything",
    # annotate
    "annotate {in}/nothing.jsonl -o {out}/a.jsonl": "nothing.jsonl",
    "annotate {in}/page.html -o {out}/a.jsonl": "HTML",
    "annotate {in}/page.txt -o {out}/a.jsonl": "HTML",
    "annotate {in}/article.txt -o {out}/a.jsonl": "PDF",
    "annotate {sample} -o {out}/a.jsonl --tagger nosuch": "'nosuch'",
    "annotate {sample} -o {out}/a.jsonl --types Banana": "'Banana'",
    "annotate {sample} -o {out}/a.jsonl --types Genes": "did you mean 'Gene'?",
    "annotate {in}/noise.txt -o {out}/a.jsonl": "binary file",
    "annotate {in}/word.txt -o {out}/a.jsonl": "Word document",
    "annotate {sample} -o {out}/a.jsonl --threshold 7": "7.0",
    "annotate {sample} -o {out}/a.jsonl --species human": "'human'",
    "annotate {sample} -o {out}/a.jsonl --species 99999999": "99999999",
    "annotate {sample} -o {out}/a.jsonl --linking exact": "'exact'",
    "annotate {sample} -o {out}/a.jsonl --batch-size 0": "--batch-size must",
    "annotate {sample} -o {out}/a.jsonl --stages normalise": "'normalize'",
    "annotate {sample} -o {out}/a.jsonl --vocabulary {in}/nothing": "nothing",
    "annotate {sample} -o {out}/a.jsonl --vocabulary {sample}": "vocabulary",
    "annotate {sample} -o {out}/a.jsonl --to banana": "'banana'",
    "annotate {sample} -o {out}/a.banana": "'.banana'",
    "annotate {in}/own.PubTator -o {in}/own.PubTator": "own.PubTator",
    # graph
    "graph {sample} -o {out}/g": "carry no mentions",
    "graph {in} -o {out}/g": "no mentions table",
    "graph {in}/own.PubTator -o {out}/g --level paragraph": "'paragraph'",
    "graph {in}/own.PubTator -o {out}/g --by banana": "'banana'",
    "graph {in}/own.PubTator -o {out}/g --edges all": "'all'",
    "graph {in}/own.PubTator -o {out}/g --types Gene,Banana": "'Banana'",
    "graph {in}/own.PubTator -o {out}/g --pair Chemical:Diseases": "--pair must be",
    "graph {in}/own.PubTator -o {out}/g --pair=Chemical:Diseases": "'Disease'?",
    "graph {in}/own.PubTator -o {out}/g --pair Chemical": "Chemical:Disease",
    "graph {in}/own.PubTator -o {out}/g --species 10116": "names ncbitaxon:10116",
    "graph {in}/own.PubTator -o {out}/g --min-documents 0": "--min-documents must",
    "graph {in}/own.PubTator -o {in}/run": "holds a run",
    "graph {in}/own.PubTator -o {out}/g.banana": "g.banana",
    "graph {in}/own.PubTator -o {out}/g --top -3": "'--top'",
    # run
    "run {in}/nothing.toml": "nothing.toml",
    "run {in}/page.txt": "no TOML",
    "run quickstart.toml --output {out}/r --limit -3": "-3",
    "run quickstart.toml --output {out}/r --taxa 99999999": "99999999",
    "run quickstart.toml --output {out}/r --processes -1": "processes",
    "run quickstart.toml --output {out}/r --input {in}/nothing": "nothing",
    # the others
    "neo4j load {in}/nothing --uri bolt://localhost:1 --password x": "nothing",
    "convert {sample} {out}/a.banana": "'.banana'",
    "convert {in}/own.PubTator {in}/own.PubTator": "own.PubTator",
    "evaluate {sample} {sample}": "no mentions",
    "evaluate {in}/own.PubTator {sample}": "document ids",
    "vocab build banana {in}/page.txt -o {out}/v": "'banana'",
    "vocab search captopril --type Banana": "'Banana'",
    "fetch ace -o {out}/f.jsonl --email nobody": "e-mail",
    "fetch -o {out}/f.jsonl": "--pmids",
    "train {in}/page.txt -o {out}/t": "no TOML",
    "export {in}/nothing -o {out}/e": "nothing",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wrong = tmp_path / "user" / "in"
    wrong.mkdir(parents=True)
    page = "<!DOCTYPE html><html><body><p>BRAF V600E</p></body></html>"
    (wrong / "page.html").write_text(page, "utf-8")
    (wrong / "page.txt").write_text(page, "utf-8")
    (wrong / "article.txt").write_bytes(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj")
    (wrong / "noise.txt").write_bytes(random.Random(1).randbytes(4000))
    with zipfile.ZipFile(wrong / "word.txt", "w") as word:
        word.writestr("[Content_Types].xml", "<Types/>")
        word.writestr("word/document.xml", "<document/>")
    (wrong / "own.PubTator").write_text(
        "1|t|Captopril.\n1|a|It blocks ACE.\n1\t0\t9\tCaptopril\tChemical\tD002216\n"
        "1\t21\t24\tACE\tGene\t1636\n\n",
        "utf-8",
    )
    (wrong / "run").mkdir()
    (wrong / "run" / "run.json").write_text("{}", "utf-8")
    return wrong.parent


#: Commands that say first that torch is missing, where it is.
_OF_TORCH = ("train", "export")


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(
            typed, marks=[pytest.mark.train] if typed.split()[0] in _OF_TORCH else []
        )
        for typed in WRONG
    ],
)
def test_a_wrong_input_is_one_sentence(
    folder: Path,
    typed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    places = {"sample": data_path("sample/raas.xml"), "in": folder / "in"}
    words = [w.format(out=folder / "out", **places) for w in typed.split()]
    monkeypatch.setattr(sys, "argv", ["kgbuild", *words])
    for name in ("NCBI_EMAIL", "KGBUILD_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    assert (stop.value.code, out) == (2, "")
    assert err.startswith("kgbuild: ")
    assert len(err.strip().splitlines()) == 1, err
    assert WRONG[typed] in err
    # Nothing half-written, nothing of the user's touched.
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.filterwarnings("default")
def test_a_corpus_without_documents_is_noted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["annotate", str(tmp_path / "empty.jsonl"), "-o", str(tmp_path / "o.jsonl")]
    (tmp_path / "empty.jsonl").write_bytes(b"")
    monkeypatch.setattr(sys, "argv", ["kgbuild", *words])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 0
    assert "empty.jsonl holds no document" in capsys.readouterr().err


def test_the_version_needs_no_command() -> None:
    call = "from kgbuild.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", call, "--version"], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.startswith("kgbuild ")


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_extra_is_one_sentence(folder: Path, package: str) -> None:
    # One process for both: what it imported of the package's users is half there.
    script = (
        "import json, sys\n"
        f"sys.modules[{package!r}] = None\n"
        "from kgbuild.cli import main\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    sys.argv[1:] = words\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as end:\n"
        "        print(end.code)\n"
    )
    commands = [
        ["train", str(pipeline_path("training/biored.toml"))],
        ["pretrain", str(data_path("sample/raas.xml"))],
    ]
    words = json.dumps([[*command, "-o", str(folder / "out")] for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", script, words], capture_output=True, text=True,
        check=True, env=os.environ,
    )  # fmt: skip
    assert done.stdout.split() == ["2", "2"]
    sentences = done.stderr.splitlines()
    assert len(sentences) == 2, done.stderr
    assert all("kgbuild[train]" in sentence for sentence in sentences)
