"""Files are read and written document by document: memory does not grow with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kgbuild import corpus
from kgbuild.document import Document, Mention, Passage

MEGABYTE = 2**20

#: Reads in a process of its own, so that its high-water mark is its own.
PROGRAM = """
import resource, sys
from kgbuild import corpus
path, form, target = sys.argv[1:]
for document in corpus.read(path, format=form):
    break
if target:
    corpus.write([document], target, format=form)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = 0
def counted():
    global count
    for document in corpus.read(path, format=form, on_error="raise"):
        count += 1
        yield document
if target:
    corpus.write(counted(), target, format=form)
else:
    for _ in counted():
        pass
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(count, (after - before) / 1024)
"""


def _documents(megabytes: float) -> object:
    sentence = "Captopril lowers β-adrenergic tone in 😀 patients with heart failure. "
    body = sentence * 40
    mentions = tuple(
        Mention(
            start=8 + at,
            end=17 + at,
            text="Captopril",
            type="Chemical",
            concepts=("mesh:D002216",),
            method="gold",
        )
        for at in range(0, 40 * len(sentence), len(sentence))
    )
    passages = (
        Passage(text="A title", section="title"),
        Passage(text=body, section="abstract"),
    )
    for number in range(int(megabytes * MEGABYTE / len(body.encode()))):
        yield Document(id=str(number + 1), passages=passages, mentions=mentions)


@pytest.mark.parametrize(
    ("form", "megabytes"),
    [("pubtator", 36), ("bioc-xml", 12), ("bioc-json", 14), ("jsonl", 20), ("csv", 50),
     ("text-lines", 50)],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::kgbuild.corpus.CorpusWarning")
def test_memory_is_flat(tmp_path: Path, form: str, megabytes: int) -> None:
    path = tmp_path / "big"
    written = corpus.write(_documents(megabytes), path, format=form)
    assert path.stat().st_size > 40 * MEGABYTE
    target = str(tmp_path / "out") if form in {"pubtator", "jsonl"} else ""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), form, target],
        capture_output=True,
        text=True,
        check=True,
    )
    count, grown = done.stdout.split()
    assert int(count) == written
    assert float(grown) < 12, f"{grown} MB more for a file of {path.stat().st_size}"
