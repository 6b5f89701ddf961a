"""Files are read and written document by document: memory does not grow with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kgbuild import corpus
from kgbuild.document import Document, Mention, Passage

MEGABYTE = 2**20

#: Reads in a process of its own, so that its high-water mark is its own. Not that of
#: ``resource``: there, a child process begins with its parent's.
PROGRAM = """
import sys
from pathlib import Path
from kgbuild import corpus
def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
path, form, target = sys.argv[1:]
for document in corpus.read(path, format=form):
    break
if target:
    corpus.write([document], target, format=form)
before = peak()
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
after = peak()
print(count, (after - before) / 1024)
"""


def _write_big(path: Path, form: str, megabytes: int) -> int:
    """Write a big file: one document's bytes over and over, each with its own id."""
    sentence = "Captopril lowers β-adrenergic tone in 😀 patients with heart failure. "
    body = sentence * 40
    starts = range(8, 8 + len(body), 8 * len(sentence))
    mentions = tuple(
        Mention(
            start=at,
            end=at + 9,
            text="Captopril",
            type="Chemical",
            concepts=("mesh:D002216",),
            method="gold",
        )
        for at in starts
    )
    passages = (
        Passage(text="A title", section="title"),
        Passage(text=body, section="abstract"),
    )
    writer = corpus.FORMATS[form].make_writer()
    one = writer.encode(Document(id="@ID@", passages=passages, mentions=mentions))
    count = megabytes * MEGABYTE // len(one)
    with path.open("wb") as stream:
        stream.write(writer.head)
        for number in range(count):
            stream.write(writer.between if number else b"")
            stream.write(one.replace(b"@ID@", str(number + 1).encode()))
        stream.write(writer.tail)
    return count


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    ("form", "megabytes"),
    [("pubtator", 12), ("bioc-xml", 12), ("bioc-json", 12), ("jsonl", 12), ("csv", 12),
     ("text-lines", 12), ("conll", 4)],
)  # fmt: skip
def test_memory_is_flat(tmp_path: Path, form: str, megabytes: int) -> None:
    path = tmp_path / "big"
    written = _write_big(path, form, megabytes)
    assert path.stat().st_size > (megabytes - 1) * MEGABYTE
    target = str(tmp_path / "out") if form == "pubtator" else ""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), form, target],
        capture_output=True,
        text=True,
        check=True,
    )
    count, grown = done.stdout.split()
    assert int(count) == written
    assert float(grown) < megabytes / 2, f"{grown} MB more for a file of {megabytes} MB"
    if target:
        assert Path(target).read_bytes() == path.read_bytes()
