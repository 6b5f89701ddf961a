"""Many clients, large bodies, slow ones, and who may ask."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from running_service import raw, running

import kgbuild as kg
from kgbuild.errors import ConfigError
from kgbuild.service import ServiceSettings


def test_twenty_clients_get_what_they_asked_for(client, service):
    texts = [
        f"Losartan number {i} blocks AGTR1 in mice, not BRCA{i}." for i in range(120)
    ]

    def ask(text):
        answer = httpx2.post(f"{service}/plain", json={"text": text}, timeout=120)
        assert answer.status_code == 200
        return answer.json()

    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(ask, texts))
    assert [answer["text"] for answer in answers] == texts
    expected = kg.annotate(texts)
    for answer, document in zip(answers, expected, strict=True):
        spans = [(a["span"]["begin"], a["span"]["end"]) for a in answer["annotations"]]
        assert sorted(spans) == sorted(m.span for m in document.mentions)


class Held:
    name, version = "held", "1"

    def __init__(self):
        self.gate = threading.Event()

    def __call__(self, document):
        self.gate.wait(20)
        return document


def test_too_much_at_once_is_told_when_to_come_back():
    stage = Held()
    settings = ServiceSettings(waiting=3, batch_size=1)
    chain = kg.Pipeline([stage])
    with ThreadPoolExecutor(12) as clients:
        threading.Timer(0.5, stage.gate.set).start()
        # The first document, which warms the service up, is held as well.
        with running(settings, pipeline=chain) as (address, _):
            stage.gate.clear()

            def ask(number):
                url, body = f"{address}/plain", {"text": f"number {number}"}
                answer = httpx2.post(url, json=body, timeout=60)
                if answer.status_code == 429:
                    assert int(answer.headers["retry-after"]) >= 1
                    stage.gate.set()
                return answer.status_code

            found = sorted(clients.map(ask, range(12)))
            assert httpx2.get(f"{address}/health").json()["status"] == "ok"
    assert set(found) == {200, 429}
    assert found.count(200) >= 4


def test_what_takes_too_long_is_given_up():
    stage = Held()
    stage.gate.set()
    with running(ServiceSettings(request_s=0.2), pipeline=kg.Pipeline([stage])) as (
        address,
        _,
    ):
        stage.gate.clear()
        answer = httpx2.post(f"{address}/plain", json={"text": "ACE"}, timeout=30)
        assert answer.status_code == 504
        assert "no answer within 0.2 s" in answer.json()["error_message"]
        stage.gate.set()


def test_what_was_asked_by_those_who_hung_up_holds_nobody_up(caplog):
    class Counted(Held):
        met = 0

        def __call__(self, document):
            self.met += 1
            return super().__call__(document)

    stage = Counted()
    stage.gate.set()
    settings = ServiceSettings(batch_size=1)
    with (
        running(settings, pipeline=kg.Pipeline([stage])) as (address, desk),
        caplog.at_level(logging.INFO, logger="kgbuild"),
    ):
        stage.gate.clear()
        body = {"documents": [{"text": f"number {n}"} for n in range(50)]}
        for _ in range(4):
            with pytest.raises(httpx2.ReadTimeout):
                httpx2.post(f"{address}/v1/annotate", json=body, timeout=0.3)
        begun = time.monotonic()
        while len(desk.engine) and time.monotonic() - begun < 20:
            time.sleep(0.02)
        assert len(desk.engine) == 0
        stage.gate.set()
        answer = httpx2.post(f"{address}/plain", json={"text": "ACE"}, timeout=60)
        assert answer.status_code == 200
    assert stage.met <= 1 + 1 + 1  # to warm up, the one under way, the last
    assert '"status": 499' in caplog.text


def test_a_body_that_is_too_large_is_refused_with_a_sentence(service, client):
    for body in (b'{"text":"' + b"A" * (3 * 2**20) + b'"}', iter([b"A" * 2**20] * 3)):
        answer = client.post(
            "/plain", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 413
        assert "2,097,152 bytes" in answer.json()["error_message"]
    head = (
        b"POST /plain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 52428800\r\n\r\n"
    )
    assert b" 413 " in raw(service, head + b"A" * 1000)
    assert client.get("/health?probe=1").status_code == 200


def test_a_body_that_does_not_arrive_is_not_waited_for(service):
    import socket

    host, _, port = service.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        slow.sendall(
            b"POST /plain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
        )
        started = time.monotonic()
        assert b" 408 " in slow.recv(1000)
        assert 3 < time.monotonic() - started < 20


def test_a_head_that_does_not_arrive_is_not_waited_for(service, monkeypatch):
    import socket

    monkeypatch.setattr("kgbuild.service.server.PatientProtocol.head_s", 0.3)
    host, _, port = service.removeprefix("http://").partition(":")
    for begun in (b"", b"GET /health HTTP/1.1\r\nHo"):
        with socket.create_connection((host, int(port)), timeout=20) as slow:
            slow.sendall(begun)
            assert slow.recv(1000) == b""
    with httpx2.Client(base_url=service) as client:  # one connection, kept open
        for _ in range(3):
            assert client.get("/health").status_code == 200
            time.sleep(0.4)


def test_answers_do_not_wait_for_acknowledgements(service):
    import http.client

    connection = http.client.HTTPConnection(service.removeprefix("http://"))
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        connection.request("GET", "/v1/types")
        connection.getresponse().read()
        times.append(time.perf_counter() - begun)
    connection.close()
    assert min(times) < 0.02  # one that waits takes 0.04 every time


def test_only_names_of_this_machine_are_answered(service, client):
    for host in ("evil.example", "localhost.evil.example:80", "[::1", ""):
        answer = client.get("/health", headers={"host": host or "-"})
        assert answer.status_code == 403
    assert client.get("/health", headers={"host": "localhost:1"}).status_code == 200


def test_elsewhere_a_token_is_needed(run_folder):
    for host in ("0.0.0.0", "192.0.2.1", "::", "example.org"):
        with pytest.raises(ConfigError, match=r"set a token in KGBUILD_TOKEN"):
            ServiceSettings(host=host)
    with pytest.raises(ConfigError, match="at least 16 ASCII characters"):
        ServiceSettings(token="short")
    token = "0123456789abcdef"
    settings = ServiceSettings(host="0.0.0.0", token=token, run=run_folder)
    assert token not in repr(settings)
    with running(settings, pipeline=kg.Pipeline([])) as (address, _):
        for given in (None, "Bearer wrong-wrong-wrong", f"Basic {token}", token):
            headers = {} if given is None else {"authorization": given}
            for path in ("/version", "/v1/concepts", "/openapi.json", "/pubmed/1"):
                answer = httpx2.get(address + path, headers=headers)
                assert (answer.status_code, "token" in answer.text) == (401, True)
        headers = {"authorization": f"Bearer {token}", "host": "any.example"}
        assert httpx2.get(f"{address}/v1/concepts", headers=headers).status_code == 200
        for path in ("/health", "/"):
            assert httpx2.get(address + path).status_code == 200


def test_other_sites_may_not_ask_unless_they_are_named(client):
    headers = {
        "origin": "https://evil.example",
        "access-control-request-method": "POST",
    }
    answer = client.options("/plain", headers=headers)
    assert "access-control-allow-origin" not in answer.headers
    answer = client.get("/v1/types", headers=headers)
    assert "access-control-allow-origin" not in answer.headers
    settings = ServiceSettings(origins=("https://good.example",))
    with running(settings, pipeline=kg.Pipeline([])) as (address, _):
        for origin, allowed in (
            ("https://good.example", True),
            ("https://evil", False),
        ):
            answer = httpx2.get(f"{address}/v1/types", headers={"origin": origin})
            assert ("access-control-allow-origin" in answer.headers) == allowed


def test_answers_tell_browsers_to_be_careful(client):
    for path in ("/", "/health", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
