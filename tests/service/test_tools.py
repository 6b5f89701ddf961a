"""The tools, asked by the client of MCP's own SDK: in process, stdio and HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time

import pytest

pytest.importorskip("mcp")
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from kgbuild.service import Desk, ServiceSettings, make_tools
from kgbuild.service.tools import MOST_CHARACTERS, _bounded, _size

TOOLS = {
    "annotate_text", "annotate_papers", "find_concept", "neighbors",
    "explain_association", "path_between", "papers_of_concept",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(run_folder, tmp_path_factory):
    entrez = {"offline": True, "cache": tmp_path_factory.mktemp("entrez") / "c"}
    with Desk(ServiceSettings(run=run_folder, entrez=entrez)) as made:
        yield made


@pytest.fixture
def ask(desk):
    """Ask one tool; return its answer and whether it is an error."""

    def asked(name, **given):
        async def talk():
            async with Client(make_tools(desk)) as client:
                return await client.call_tool(name, given)

        result = asyncio.run(talk())
        if result.is_error:
            return result.content[0].text
        assert json.loads(result.content[0].text) == result.structured_content
        assert len(result.content[0].text) <= MOST_CHARACTERS
        return result.structured_content

    return asked


def test_the_tools_say_what_they_do(desk):
    async def talk():
        async with Client(make_tools(desk)) as client:
            return await client.list_tools()

    listed = asyncio.run(talk()).tools
    assert {tool.name for tool in listed} == TOOLS
    for tool in listed:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.input_schema["properties"]


def test_a_text_is_annotated_sentence_by_sentence(ask):
    answer = ask(
        "annotate_text", text="All was well. Losartan blocks AGTR1. BRAF V600E."
    )
    (document,) = answer["documents"]
    assert [item["sentence"] for item in document["items"]] == [
        "Losartan blocks AGTR1.", "BRAF V600E.",
    ]  # fmt: skip
    drug, gene = document["items"][0]["named"]
    assert (drug["type"], drug["ids"], drug["name"]) == (
        "Chemical", ["mesh:D019808"], "Losartan",
    )  # fmt: skip
    assert gene["ids"] == ["ncbigene:185"]
    only = ask("annotate_text", text="Losartan blocks AGTR1.", types=["Gene"])
    assert [m["text"] for m in only["documents"][0]["items"][0]["named"]] == ["AGTR1"]


def sentences(answer):
    """Return the sentences of an answer, wherever they stand."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            if "marks" in value:
                found.append(value)
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(answer)
    return found


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("find_concept", {"query": "capto"}),
        ("neighbors", {"concept": "captopril", "limit": 3}),
        ("explain_association", {"one": "captopril", "other": "ACE"}),
        ("path_between", {"one": "captopril", "other": "losartan"}),
        ("papers_of_concept", {"concept": "mesh:D002216"}),
    ],
)
def test_every_answer_carries_sentences_with_pmids(ask, name, given):
    answer = ask(name, **given)
    quoted = sentences(answer)
    assert quoted
    for sentence in quoted:
        assert re.fullmatch(r"\d{8}", str(sentence["pmid"]))
        assert sentence["text"]
        assert sentence["marks"]


def test_papers_come_with_their_pmids(ask):
    answer = ask("annotate_papers", pmids=[99000001, 31])
    (paper,) = answer["documents"]
    assert paper["pmid"] == 99000001
    assert "aptopril" in paper["items"][0]["sentence"]
    assert answer["failures"][0].startswith("31: fetch: ")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("neighbors", {"concept": "zzz"}, "no concept with the id or name 'zzz'"),
        ("find_concept", {"query": "a", "types": ["Gen"]}, "mean 'Gene'"),
        ("find_concept", {"query": "a", "limit": 1000}, "less than or equal to 25"),
        ("explain_association", {"one": "ACE", "other": "ACE"}, "the same concept"),
        (
            "annotate_text", {"text": "ACE", "type": ["Gene"]},
            "annotate_text has no 'type'; known are text, types.",
        ),
        ("annotate_text", {"text": "A" * 100_001}, "may have 100,000 characters"),
        ("annotate_papers", {"pmids": list(range(1, 12))}, "at most 10 items"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_an_error_with_a_sentence(ask, name, given, words):
    answer = ask(name, **given)
    assert isinstance(answer, str)
    assert words in answer
    assert "Traceback" not in answer
    assert "https://" not in answer  # Pydantic's


def test_answers_have_a_longest(ask):
    sentence = "Losartan blocks AGTR1 in mice. "
    answer = ask("annotate_text", text=sentence * 600)
    kept = answer["documents"][0]["items"]
    assert len(kept) > 20
    assert answer["left_out"] == 600 * 4 - sum(1 + len(s["named"]) for s in kept)
    long = ask(
        "annotate_text", text="losartan, AGTR1 and mice, " * 1000
    )  # one sentence
    assert len(long["documents"][0]["items"][0]["named"]) > 50
    near = ask("neighbors", concept="captopril", limit=25)
    assert near["items"][0]["evidence"]


def test_an_answer_is_cut_in_a_moment():
    named = [{"text": f"name {n}", "ids": ["mesh:D1"]} for n in range(20)]
    items = [{"sentence": "β" * 2000, "named": named} for _ in range(2000)]
    answer = {"failures": ["31: fetch: none"], "documents": [{"items": items}]}
    begun = time.process_time()
    cut = _bounded(answer)
    assert time.process_time() - begun < 5
    assert 20_000 < _size(cut) <= MOST_CHARACTERS
    assert cut["failures"] == ["31: fetch: none"]
    assert answer["documents"][0]["items"] == items


def command(run_folder, *words):
    run = "from kgbuild.cli import main; main()"
    return ["-c", run, "mcp", "--run", str(run_folder), "--offline", *words]


def test_over_standard_input_and_output(run_folder):
    async def talk():
        server = StdioServerParameters(
            command=sys.executable, args=command(run_folder), env=dict(os.environ)
        )
        async with Client(server) as client:
            listed = await client.list_tools()
            answer = await client.call_tool("neighbors", {"concept": "captopril"})
            return {tool.name for tool in listed.tools}, answer

    names, answer = asyncio.run(asyncio.wait_for(talk(), 120))
    assert names == TOOLS
    assert sentences(answer.structured_content)


def test_over_http_with_a_token(run_folder, monkeypatch):
    import httpx2

    token = "0123456789abcdef"
    monkeypatch.setenv("KGBUILD_TOKEN", token)
    words = command(run_folder, "--http", "--port", "0")
    with subprocess.Popen(
        [sys.executable, *words], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            url = re.search(r"http://\S+/mcp", process.stderr.readline()).group()
            assert httpx2.post(url, json={}, timeout=60).status_code == 401

            async def talk():
                headers = {"authorization": f"Bearer {token}"}
                async with httpx2.AsyncClient(headers=headers) as http:
                    transport = streamable_http_client(url, http_client=http)
                    async with Client(transport) as client:
                        return await client.call_tool(
                            "find_concept", {"query": "capto"}
                        )

            answer = asyncio.run(asyncio.wait_for(talk(), 60))
            assert sentences(answer.structured_content)
        finally:
            process.terminate()
            process.stderr.read()
    assert process.returncode == 0
