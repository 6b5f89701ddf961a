"""The service under load: throughput, waiting, papers by PMID, memory, odd requests.

    kgbuild vocab install
    python benchmarks/service.py --texts abstracts.jsonl.gz [--count N] [--odd N]

- *Throughput*: 20 clients, each with one text at a time, ask ``POST /plain`` of
  ``kgbuild serve``. Beside it the same texts go through ``kgbuild annotate``'s own
  pipeline, loaded and warm, in batches of 128. The texts are cut into parts, and the
  two take turns, so that a machine that does other things disturbs both alike. Clients
  run on the same machine. Every answer is compared with the pipeline's.
- *Waiting*: one client asks for one abstract after the other.
- *Papers*: ``GET /pubmed/…`` of what a store holds, 100 a request and one a request.
- *Memory*: the most that the server's process ever held.
- *CPU*: beside each rate, in brackets, that of a second of processor time of the
  server (of the pipeline, for ``annotate``), clients not counted: what it would be if
  nobody else used the machine. It does not go up with the number of cores.
- *Odd requests*: those of ``tests/support/odd_requests.py``, bodies of 50 MB among
  them, and 100 clients that never finish one; then the service must be well.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import kgbuild as kg
from kgbuild.pipeline import AnnotationSettings, make_pipeline
from kgbuild.pipeline.stored import settings_of
from kgbuild.service import bern2
from kgbuild.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests/support"))
from odd_requests import complaint, odd_request
from running_service import raw

CLIENTS, PARTS = 20, 4


class Client:
    """One connection that is kept open."""

    def __init__(self, address: str) -> None:
        self._host = address.removeprefix("http://").strip("/")
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, value: Any = None) -> Any:
        """Ask, and ask again where the service says that it is busy."""
        while True:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._host, timeout=300)
            body = None if value is None else json.dumps(value)
            self._connection.request(
                method, path, body, {"Content-Type": "application/json"}
            )
            answer = self._connection.getresponse()
            said = answer.read()
            if answer.status == 429:
                time.sleep(float(answer.headers["retry-after"]))
                continue
            if answer.status != 200:
                msg = f"{answer.status}: {said[:200]!r}"
                raise RuntimeError(msg)
            return json.loads(said)


class Server(NamedTuple):
    """A running server."""

    pid: int
    address: str

    def cpu_s(self) -> float:
        """Return the processor time that it used, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--odd", type=int, default=10_000)
    options = parser.parse_args()
    documents = [
        kg.Document.from_text(document.text, id=str(number))
        for number, document in enumerate(
            islice((d for d in kg.read(options.texts) if d.text), options.count), 1
        )
    ]
    size = statistics.mean(len(document.text) for document in documents)
    print(f"{len(documents)} texts of {size:.0f} characters; {_load()}")
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "annotations.db"
        chain = make_pipeline()
        list(chain(documents[:4]))
        process, address = _started("--store", str(store))
        try:
            server = Server(process.pid, address)
            annotated = _throughput(server, documents, chain)
            _waiting(address, documents)
            _papers(server, annotated, chain, store)
            print(f"memory: at most {_memory(process.pid)} MB")
            if options.odd:
                _odd(address, options.odd)
                print(f"memory after that: at most {_memory(process.pid)} MB")
        finally:
            process.terminate()
            process.wait()
    print(_load())


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _started(*words: str) -> tuple[subprocess.Popen[str], str]:
    run = "from kgbuild.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", run, "serve", "--port", "0", "--offline", *words],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    Client(found.group()).ask("GET", "/health")
    return process, found.group()


def _throughput(
    server: Server, documents: list[kg.Document], chain: kg.Pipeline
) -> list[kg.Document]:
    size = -(-len(documents) // PARTS)
    took = {"annotate": [0.0, 0.0], "service": [0.0, 0.0]}
    annotated: list[kg.Document] = []
    wrong = 0
    for start in range(0, len(documents), size):
        part = documents[start : start + size]
        begun, cpu = time.perf_counter(), time.process_time()
        done = list(chain(part))
        took["annotate"][0] += time.perf_counter() - begun
        took["annotate"][1] += time.process_time() - cpu
        begun, cpu = time.perf_counter(), server.cpu_s()
        answers = _asked(server.address, [document.text for document in part])
        took["service"][0] += time.perf_counter() - begun
        took["service"][1] += server.cpu_s() - cpu
        for document, answer in zip(done, answers, strict=True):
            expected = bern2.answer(document)
            wrong += answer["annotations"] != expected["annotations"]
            wrong += answer["text"] != expected["text"]
        annotated += done
    for name, seconds in took.items():
        wall, cpu = (len(documents) / each for each in seconds)
        print(f"throughput, {name}: {wall:.1f} documents/s [{cpu:.1f}]")
    wall, cpu = (a / s for a, s in zip(took["annotate"], took["service"], strict=True))
    print(f"ratio {wall:.2f} [{cpu:.2f}], {CLIENTS} clients; {wrong} answers differ")
    return annotated


def _asked(address: str, texts: list[str]) -> list[Any]:
    own = threading.local()

    def ask(text: str) -> Any:
        if not hasattr(own, "client"):
            own.client = Client(address)
        return own.client.ask("POST", "/plain", {"text": text})

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(ask, texts))


def _waiting(address: str, documents: list[kg.Document]) -> None:
    client, times = Client(address), []
    for document in documents[:300]:
        begun = time.perf_counter()
        client.ask("POST", "/plain", {"text": document.text})
        times.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(times, n=20)
    print(
        f"one abstract: median {statistics.median(times):.1f} ms, p95 {cuts[-1]:.1f} ms"
    )


def _papers(
    server: Server, annotated: list[kg.Document], chain: kg.Pipeline, place: Path
) -> None:
    settings = settings_of(AnnotationSettings())
    with open_store(place) as store:
        begun = time.perf_counter()
        store.put(annotated, versions=chain.versions, settings=settings)
        rate = len(annotated) / (time.perf_counter() - begun)
        print(f"store: {rate:.0f} documents/s written, ", end="")
        begun = time.perf_counter()
        assert len(list(store)) == len(annotated)
        rate = len(annotated) / (time.perf_counter() - begun)
        size = sum(f.stat().st_size for f in place.parent.iterdir()) / len(annotated)
        print(f"{rate:.0f}/s read, {size:.0f} bytes each")
    ids = [document.id for document in annotated]
    for at_once in (100, 1):
        client = Client(server.address)
        begun, cpu, count = time.perf_counter(), server.cpu_s(), 0
        for some in _parts(ids, at_once):
            entries = client.ask("GET", "/pubmed/" + ",".join(some))
            assert [entry["pmid"] for entry in entries] == some
            assert all("error_message" not in entry for entry in entries)
            count += len(entries)
        rate = count / (time.perf_counter() - begun)
        alone = count / max(0.01, server.cpu_s() - cpu)
        print(f"papers by PMID, {at_once} a request: {rate:.0f}/s [{alone:.0f}]")


def _parts(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found.group(1)) // 1024 if found else 0


def _odd(address: str, count: int) -> None:
    host, _, port = address.removeprefix("http://").strip("/").partition(":")
    slow = []
    for _ in range(100):
        connection = socket.create_connection((host, int(port)))
        connection.sendall(b"POST /plain HTTP/1.1\r\nHost: localhost\r\nConte")
        slow.append(connection)

    statuses: Counter[str] = Counter()

    def ask(number: int) -> tuple[int, str | None]:
        answer = raw(address.strip("/"), odd_request(number, large=True))
        statuses[answer[9:12].decode("latin-1") or "none"] += 1
        return number, complaint(answer)

    begun = time.perf_counter()
    with ThreadPoolExecutor(16) as clients:
        wrong = {n: said for n, said in clients.map(ask, range(count)) if said}
    took = time.perf_counter() - begun
    for connection in slow:
        connection.close()
    health = Client(address).ask("GET", "/health")
    print(
        f"{count} odd requests in {took:.0f} s: {len(wrong)} faults {wrong}; {health}"
    )
    print(f"their answers: {dict(statuses.most_common())}")


if __name__ == "__main__":
    main()
