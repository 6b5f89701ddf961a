"""Reading PubMed XML and fetching: speed, memory, and what must hold at full size.

    python benchmarks/entrez.py --shared ../shared [--peer-python /tmp/peer/bin/python]

**parse**: PubMed XML read by kgbuild, Biopython's ``Entrez.read`` (its streaming
``Entrez.parse`` refuses every PubMed file: "does not represent a list") and
pubmed_parser (of the Python named by ``--peer-python``, after ``pip install
pubmed-parser``), each in a process of its own: CPU seconds of the reading alone, and
peak memory of the process.
One file has 30,000 records made of the shared abstracts, the other the shared real
answers over and over (17 kB a record, with references, grants and affiliations).

**fetch**: 25,000 hits from the tests' server that answers as the E-utilities do; then
with 5 % of all answers faulty in every way and three records broken for good; then
killed ten times on the way; then two processes with one key, by the server's log.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT / "tests" / "support"))

from eutils_server import (  # noqa: E402
    EutilsServer,
    Faults,
    pubmed_file,
    records_of_abstracts,
    small_records,
)

_KGBUILD = """
from kgbuild.corpus.pubmed_xml import read_pubmed_xml
def read(path):
    return sum(1 for _ in read_pubmed_xml(path))
"""
_BIOPYTHON = """
import gzip
from Bio import Entrez
def read(path):
    with gzip.open(path, "rb") as stream:
        return len(Entrez.read(stream)["PubmedArticle"])
"""
_PUBMED_PARSER = """
import pubmed_parser
def read(path):
    return sum(1 for _ in pubmed_parser.parse_medline_xml(path))
"""
_MEASURE = """
import sys, time
begun = time.process_time()
count = read(sys.argv[1])
seconds = time.process_time() - begun
# Not ru_maxrss: a child process begins with its parent's.
status = open("/proc/self/status").read()
print(count, seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def main() -> None:
    """Run all, print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--peer-python", help="a Python that has pubmed_parser")
    parser.add_argument("--only", choices=["parse", "fetch"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.only != "fetch":
            parse(folder, options.shared, options.peer_python)
        if options.only != "parse":
            fetch(folder)


def parse(folder: Path, shared: Path, peer_python: str | None) -> None:
    """Measure the readers on both files."""
    from kgbuild.corpus.pubmed_xml import split_pubmed_xml

    abstracts = records_of_abstracts(
        sorted((shared / "corpora/abstracts").glob("*.gz"))
    )
    light = folder / "light.xml.gz"
    # Entrez.read refuses the plain http of the baseline files' DTD.
    data = pubmed_file(_renumbered(abstracts, 30_000))
    light.write_bytes(gzip.compress(data.replace(b"http://", b"https://", 1), 6))
    real = []
    for path in sorted((shared / "corpora/entrez").glob("pubmed*.xml")):
        real += [raw.data for raw in split_pubmed_xml(io.BytesIO(path.read_bytes()))]
    heavy = folder / "heavy.xml.gz"
    with gzip.open(heavy, "wb", 6) as out:
        head = pubmed_file([]).removesuffix(b"</PubmedArticleSet>\n")
        out.write(head.replace(b"http://", b"https://", 1))
        for number in range(3000):
            data = real[number % len(real)]
            old = data[data.find(b"<PMID") : data.find(b"</PMID>")]
            new = f'<PMID Version="1">{20_000_000 + number}'.encode()
            out.write(data.replace(old, new, 1) + b"\n")
        out.write(b"</PubmedArticleSet>\n")
    programs = [("kgbuild", _KGBUILD, sys.executable)]
    programs.append(("Entrez.read", _BIOPYTHON, sys.executable))
    if peer_python:
        programs.append(("pubmed_parser", _PUBMED_PARSER, peer_python))
    print("| file | records | MB | program | records/s | peak MB | kgbuild is faster |")
    print("|---|---|---|---|---|---|---|")
    for path in (light, heavy):
        with gzip.open(path, "rb") as stream:
            size = (
                sum(len(part) for part in iter(lambda: stream.read(2**20), b"")) / 1e6
            )
        best: dict[str, tuple[int, float, float]] = {}
        for _ in range(3):
            for program, code, python in programs:
                measured = _measure(python, code, path)
                if program not in best or measured[1] < best[program][1]:
                    best[program] = measured
        for program, (count, seconds, peak) in best.items():
            ratio = seconds / best["kgbuild"][1]
            print(
                f"| {path.stem} | {count:,} | {size:.0f} | {program} | "
                f"{count / seconds:,.0f} | {peak:.0f} | {ratio:.1f} × |"
            )


def _renumbered(records: list, count: int) -> list:
    out = []
    for number in range(count):
        record = records[number % len(records)]
        old = f'"1">{record.pmid}<'.encode()
        xml = record.xml.replace(old, f'"1">{10_000_000 + number}<'.encode(), 1)
        out.append(type(record)(number, xml, record.words, record.text, record.dates))
    return out


def _measure(python: str, code: str, path: Path) -> tuple[int, float, float]:
    done = subprocess.run(
        [python, "-c", code + _MEASURE, str(path)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    count, seconds, peak = done.stdout.split()
    return int(count), float(seconds), float(peak)


def fetch(folder: Path) -> None:
    """Fetch 25,000 hits in four ways."""
    os.environ["KGBUILD_LIMITER_DIR"] = str(folder / "limiter")
    records = small_records(25_000)
    guilty = {
        records[17].pmid: "500",
        records[5000].pmid: "malformed",
        records[24_999].pmid: "unclosed",
    }
    print("\n| run | seconds | requests | faults | documents | failed | sha256 |")
    print("|---|---|---|---|---|---|---|")
    with EutilsServer(records) as server:
        _row(
            server, "25,000 hits", _command(server, folder / "plain"), folder / "plain"
        )
    with EutilsServer(records, faults=Faults(broken=guilty)) as server:
        where = folder / "broken"
        _row(server, "three broken records", _command(server, where), where)
    faults = Faults(rate=0.05, seed=1, broken=guilty, hang_s=2)
    with EutilsServer(records, faults=faults) as server:
        where = folder / "faulty"
        _row(server, "the same, 5 % faults", _command(server, where), where)
    faults = Faults(rate=0.05, seed=2, broken=guilty, hang_s=2)
    with EutilsServer(records, faults=faults) as server:
        where = folder / "killed"
        begun = time.monotonic()
        for _ in range(10):
            before = server.counts()["efetch"]
            process = subprocess.Popen(
                _command(server, where),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            while server.counts()["efetch"] < before + 9 and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        _row(server, "the same, killed 10 times", _command(server, where), where, begun)
    with EutilsServer(records, enforce=True) as server:
        begun = time.monotonic()
        running = [
            subprocess.Popen(
                _command(server, folder / f"two{n}", rate="10"),
                stdout=subprocess.DEVNULL,
            )
            for n in range(2)
        ]
        for process in running:
            process.wait()
        print(
            f"\ntwo processes, one key: {len(server.log)} requests in "
            f"{time.monotonic() - begun:.0f} s, at most {server.most_in_a_second()} in "
            f"any second, {sum(server.faults_met.values())} answered 429"
        )


def _command(server: EutilsServer, where: Path, *, rate: str = "500") -> list[str]:
    return [
        sys.executable, "-c", "from kgbuild.cli import main; main()", "fetch",
        "captopril", "--output", str(where / "corpus.jsonl.zst"),
        "--cache", str(where / "cache.sqlite"), "--email", "me@example.org",
        "--api-key", "key", "--base-url", server.url, "--requests-per-second", rate,
    ]  # fmt: skip


def _row(
    server: EutilsServer,
    name: str,
    command: list[str],
    where: Path,
    begun: float | None = None,
) -> None:
    begun = time.monotonic() if begun is None else begun
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr)
    data = (where / "corpus.jsonl.zst").read_bytes()
    failed = where / "failed.jsonl"
    count = len(failed.read_text().splitlines()) if failed.exists() else 0
    print(
        f"| {name} | {seconds:.0f} | {len(server.log)} | "
        f"{sum(server.faults_met.values())} | {done.stdout.split()[0]} | {count} | "
        f"{hashlib.sha256(data).hexdigest()[:12]} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
