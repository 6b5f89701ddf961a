"""The command line among other programs: pipes, signals, full disks, odd locales."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import kgbuild

from kgbuild import corpus
from kgbuild.graph import GraphBuilder, KnowledgeGraph

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and signals of POSIX")

KGBUILD = [
    sys.executable, "-c",
    "import sys; sys.argv[0] = 'kgbuild'; from kgbuild.cli import main; main()",
]  # fmt: skip
#: Runs commands one after the other in one process, and prints how they ended.
SEVERAL = """
import ast, sys
from kgbuild.cli import main
codes = []
for words in ast.literal_eval(sys.argv[1]):
    sys.argv = ["kgbuild", *words]
    try:
        main()
    except SystemExit as end:
        codes.append(end.code)
print(codes)
"""
#: Two annotated documents.
PUBTATOR = """\
1|t|Captopril and cough.
1|a|Captopril causes cough in hypertension.
1\t0\t9\tCaptopril\tChemical\tMESH:D002216
1\t14\t19\tcough\tDisease\tMESH:D003371
1\t21\t30\tCaptopril\tChemical\tMESH:D002216
1\t38\t43\tcough\tDisease\tMESH:D003371
1\t47\t59\thypertension\tDisease\tMESH:D006973

2|t|β-blockers – a review.
2|a|

"""


def run(*words: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*KGBUILD, *map(str, words)],
        **{"capture_output": True, "timeout": 120, **options},
    )


def shell(script: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a script of bash, in which ``kgbuild`` is the command."""
    quoted = f'kgbuild() {{ {KGBUILD[0]} -c {json.dumps(KGBUILD[2])} "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", quoted + script],
        capture_output=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def one_sentence(done: subprocess.CompletedProcess[Any]) -> str:
    said = done.stderr if isinstance(done.stderr, str) else done.stderr.decode()
    assert done.returncode == 2, said
    assert said.startswith("kgbuild: "), said
    assert said.count("\n") == 1, said
    return said


@pytest.fixture
def annotated(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.pubtator"
    path.write_text(PUBTATOR, "utf-8")
    return path


def test_data_alone_goes_through_a_chain_of_pipes(annotated, tmp_path):
    done = shell(
        f"cat {annotated} | kgbuild convert - - | gzip "
        "| kgbuild convert - /dev/stdout --to bioc-json "
        f"| kgbuild convert /dev/stdin {tmp_path / 'out.pubtator'}"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == 1  # what the last says; the others' is stderr
    assert done.stderr.count(b"2 documents written to") == 2
    assert [d.text for d in corpus.read(tmp_path / "out.pubtator")] == [
        d.text for d in corpus.read(annotated)
    ]


def test_process_substitution_and_a_graph_on_standard_output(annotated):
    done = shell(
        f"kgbuild graph <(cat {annotated}) -o - --from pubtator "
        f"--add-to {annotated.parent / 'counts'}"
    )
    assert done.returncode == 0, done.stderr
    graph = json.loads(done.stdout)
    assert {node["id"] for node in graph["nodes"]} == {
        "mesh:D002216", "mesh:D003371", "mesh:D006973"
    }  # fmt: skip
    refused = shell(f"kgbuild graph {annotated} -o - --format kgx")
    assert "kgx is several files, which - cannot hold" in one_sentence(refused)


def test_settings_and_input_of_a_run_may_be_streams(annotated, tmp_path):
    for number in (1, 2):  # the second finds the shards of the first
        done = shell(
            f"cat {annotated} | kgbuild run <(echo '[annotation]') --input - "
            f"--format pubtator --output {tmp_path / 'run'}"
        )
        assert done.returncode == 0, done.stderr
        record = json.loads((tmp_path / "run" / "run.json").read_text())
        assert record["counts"]["documents"] == 2
        assert record["shards"]["found_finished"] == number - 1


def test_a_vocabulary_may_come_through_a_pipe(tmp_path):
    table = "id\\tname\\nmesh:D1\\tcough\\n"
    for source in ("-", f"<(printf '{table}')"):
        done = shell(
            f"printf '{table}' | kgbuild vocab build disease {source} --no-index "
            f"-o {tmp_path}"
        )
        assert b"1 concept," in done.stdout, done.stderr


def test_a_joined_corpus_counts_each_paper_once_and_says_so(tmp_path):
    newer = PUBTATOR.replace("causes cough", "lowers cough").replace(
        "β-blockers – a", "β-blockers – one"
    )
    (tmp_path / "a.pubtator").write_text(PUBTATOR)
    (tmp_path / "b.pubtator").write_text(newer)
    expected = ["graph", tmp_path / "b.pubtator", "-o", tmp_path / "expected"]
    assert kgbuild(*expected).returncode == 0
    script = (
        f"cat {tmp_path}/a.pubtator {tmp_path}/b.pubtator | "
        f"kgbuild graph - --from pubtator -o {tmp_path}/piped; "
        f"kgbuild graph {tmp_path}/a.pubtator <(cat {tmp_path}/b.pubtator) "
        f"--from pubtator -o {tmp_path}/several"
    )
    done = shell(script)
    notes = done.stderr.decode().splitlines()
    assert len(notes) == 2
    assert all(n.startswith("note: ") and "2 papers" in n for n in notes)
    whole = KnowledgeGraph.load(tmp_path / "expected")
    for name in ("piped", "several"):
        assert KnowledgeGraph.load(tmp_path / name).equals(whole)


def test_head_ends_it_quietly(tmp_path):
    many = tmp_path / "many.jsonl"
    many.write_text("".join(f'{{"pmid": {i}, "title": "T"}}\n' for i in range(50_000)))
    err = tmp_path / "err"
    for command in (f"kgbuild convert {many} -", "kgbuild vocab list"):
        done = shell(f"{command} 2>{err} | head -1; echo ${{PIPESTATUS[0]}}; cat {err}")
        assert done.stdout.decode().splitlines()[1:] == ["0"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_no_temporary_files(tmp_path, number):
    output = tmp_path / "out" / "corpus.jsonl"
    process = subprocess.Popen(
        [*KGBUILD, "convert", "-", str(output), "--from", "jsonl"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdin.write(b'{"pmid": 1, "title": "T"}\n')
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while not (output.parent.exists() and [*output.parent.iterdir()]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert said == b"kgbuild: stopped; the same command starts anew\n"
    assert [*output.parent.iterdir()] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_goes_on(tmp_path, number):
    text = "".join(
        f'{{"pmid": {i}, "title": "Captopril and cough", "abstract": "Cough."}}\n'
        for i in range(1, 2_000)
    )
    (tmp_path / "in.jsonl").write_text(text)
    (tmp_path / "s.toml").write_text(
        'input = "in.jsonl"\n[run]\nshard_size = 16\nprocesses = 2\nlimit = 320\n'
        '[annotation]\nstages = ["sentences", "recognize"]\n'
    )
    out = tmp_path / "out"
    words = ("run", tmp_path / "s.toml", "--output", out)
    process = subprocess.Popen(
        [*KGBUILD, *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 100
    while len([*out.glob(".shards/[0-9]*.json")]) < 2:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, number)  # as a terminal does: to the workers too
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert said == b"kgbuild: stopped; the same command goes on from what is kept\n"
    assert [*out.glob("**/*~")] == []
    assert not (out / "run.json").exists()
    done = kgbuild(*words)
    assert done.returncode == 0, done.stderr
    record = json.loads((out / "run.json").read_text())
    assert record["shards"]["found_finished"] >= 2
    assert record["counts"]["documents"] == 320


def test_what_cannot_be_written_is_one_sentence_before_the_work(annotated, tmp_path):
    (tmp_path / "file").touch()
    inside = tmp_path / "file" / "out.jsonl"
    for words in (
        ("convert", annotated, inside),
        ("annotate", annotated, "-o", inside),
        ("graph", annotated, "-o", inside),
        ("graph", annotated, "-o", tmp_path / "g.graphml", "--add-to", inside),
        ("run", "quickstart.toml", "--output", tmp_path / "file" / "out"),
        ("fetch", "cough", "-o", inside, "--email", "me@example.org"),
        ("fetch", "cough", "-o", tmp_path / "x.jsonl", "--failed", inside),
        ("vocab", "build", "disease", annotated, "-o", inside),
    ):
        assert "is a file, not a folder" in one_sentence(kgbuild(*words))
    for words in (
        ("run", "quickstart.toml", "--output", "-"),
        ("vocab", "build", "disease", annotated, "-o", annotated),
    ):
        assert "folder" in one_sentence(kgbuild(*words))
    assert {p.name for p in tmp_path.iterdir()} == {"file", "corpus.pubtator"}


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.graphml"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(annotated, tmp_path, name):
    """Files may have 50 bytes, and no disk is smaller."""
    output = tmp_path / "out" / name
    verb = ["graph", annotated, "-o"] if "graph" in name else ["convert", annotated]

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))

    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = run(*verb, output, preexec_fn=limit, env=environment)
    assert "(File too large): make room" in one_sentence(done)
    assert not [*output.parent.iterdir()]
    full = run("convert", annotated, "/dev/full", "--to", "jsonl")
    assert "(No space left on device): make room" in one_sentence(full)
    with Path("/dev/full").open("wb") as stream:
        full = run("vocab", "list", stdout=stream, capture_output=False, stderr=-1)
    assert "(No space left on device): make room" in one_sentence(full)


@pytest.mark.parametrize("encoding", ["latin-1", "euc_jp", "ascii"])
def test_any_locale_can_be_printed_to(annotated, tmp_path, encoding):
    bad = tmp_path / "β–bad.jsonl"
    bad.write_text("{broken\n")
    several = (
        ("graph", annotated, "-o", tmp_path / "β–graph.graphml"),
        ("convert", bad, tmp_path / "x.jsonl"),
        ("--help",),
        ("fetch", "--help"),
    )
    done = subprocess.run(
        [sys.executable, "-c", SEVERAL, repr([list(map(str, w)) for w in several])],
        env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding).endswith("[0, 2, 0, 0]\n"), done.stderr
    assert b"Traceback" not in done.stderr
    assert b"bad.jsonl" in done.stderr
    done.stderr.decode(encoding)


def test_a_link_is_followed_and_a_fifo_is_filled(annotated, tmp_path):
    target, link, fifo = (tmp_path / name for name in ("t.jsonl", "l.jsonl", "f.jsonl"))
    link.symlink_to(target)
    assert kgbuild("convert", annotated, link).returncode == 0
    assert link.is_symlink()
    done = shell(
        f"mkfifo {fifo}; cat {fifo} > {tmp_path / 'got.jsonl'} & "
        f"kgbuild convert {annotated} {fifo}; wait"
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got.jsonl").read_bytes() == target.read_bytes()
    assert fifo.is_fifo()


# -- two processes, one folder ---------------------------------------------------------


def test_counts_that_two_processes_add_at_once_are_all_there(tmp_path):
    corpora = []
    for i in range(4):
        path = tmp_path / f"{i}.pubtator"
        path.write_text(re.sub(r"(?m)^(?=[12][|\t])", f"{i + 1}", PUBTATOR), "utf-8")
        corpora.append(path)
    processes = [
        subprocess.Popen(
            [*KGBUILD, "graph", str(path), "--add-to", str(tmp_path / "counts"),
             "-o", str(tmp_path / f"{path.stem}.graphml")],
            stdout=subprocess.DEVNULL,
        )
        for path in corpora
    ]  # fmt: skip
    assert [process.wait(120) for process in processes] == [0] * 4
    builder = GraphBuilder.load(tmp_path / "counts")
    assert builder.graph().counts["documents"] == 8


def test_a_second_run_in_a_folder_is_refused(annotated, tmp_path):
    out = tmp_path / "out"
    fifo = tmp_path / "in.pubtator"
    os.mkfifo(fifo)
    (tmp_path / "s.toml").write_text('[annotation]\nstages = ["sentences"]\n')
    words = ("run", tmp_path / "s.toml", "--output", out, "--input")
    first = subprocess.Popen(
        [*KGBUILD, *map(str, words), str(fifo)], stderr=subprocess.PIPE
    )
    with fifo.open("wb") as stream:
        stream.write(PUBTATOR.encode())
        stream.flush()
        # The whole input is wanted before the folder is: a lock is held in its stead.
        holder = subprocess.Popen(
            [sys.executable, "-c",
             "import sys; from kgbuild._io.locks import LOCK_FILE, alone\n"
             "with alone(f'{sys.argv[1]}/{LOCK_FILE}', at='x'):\n"
             "    print('held', flush=True); sys.stdin.readline()",
             str(out)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert holder.stdout.readline() == b"held\n"
    _, said = first.communicate(timeout=60)
    assert first.returncode == 2
    assert b"Another process of kgbuild is writing to" in said
    assert not (out / "documents").exists()
    holder.communicate(b"\n", timeout=60)
    assert kgbuild(*words, annotated).returncode == 0


def test_a_record_and_tables_that_disagree_are_told(annotated, tmp_path):
    for name in ("one", "two"):
        assert kgbuild("graph", annotated, "-o", tmp_path / name).returncode == 0
        annotated.write_text(PUBTATOR.replace("cough", "angst"), "utf-8")
    KnowledgeGraph.load(tmp_path / "one")
    part = "concepts/part-00000.parquet"
    (tmp_path / "two" / part).replace(tmp_path / "one" / part)
    done = kgbuild("neo4j", "load", tmp_path / "one", "--uri", "bolt://127.0.0.1:9")
    assert "concepts in this folder are not those that its graph.json" in one_sentence(
        done
    )
