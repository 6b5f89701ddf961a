from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx2
import pytest
from eutils_server import EutilsServer, make_record
from running_service import running

import kgbuild as kg
from kgbuild.service import ServiceSettings
from kgbuild.store import open_store

TEXT = (
    "β-Blockers aside, losartan lowered AGTR1 and BRAF V600E "
    "in 𝛼 patients with melanoma."
)


def bern2(kind, entry):
    """Check an entry against the fields of BERN2, and return its mentions."""
    assert set(entry) == {"annotations", "text", "timestamp"} | (
        {"pmid"} if kind == "pubmed" else set()
    )
    time.strptime(entry["timestamp"], "%a %b %d %H:%M:%S %z %Y")
    found = []
    for annotation in entry["annotations"]:
        variant = annotation["obj"] == "mutation"
        assert set(annotation) == {
            "id", "is_neural_normalized", "mention", "obj", "prob", "span",
        } | ({"mutationType", "normalizedName"} if variant else set())  # fmt: skip
        span = annotation["span"]
        assert entry["text"][span["begin"] : span["end"]] == annotation["mention"]
        assert isinstance(annotation["id"], list)
        found.append((annotation["mention"], annotation["obj"], annotation["id"]))
    return found


# -- BERN2 ----------------------------------------------------------------------------


def test_a_text_as_bern2_answers(client):
    answer = client.post("/plain", json={"text": TEXT})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["text"] == TEXT
    found = bern2("plain", answer.json())
    assert ("BRAF", "gene", ["NCBIGene:673"]) in found
    assert ("melanoma", "disease", ["mesh:D008545"]) in found
    assert ("losartan", "drug", ["mesh:D019808"]) in found
    assert {"mutation", "species"} <= {kind for _, kind, _ in found}
    assert list(answer.json()) == sorted(answer.json())


def test_a_mention_without_id_is_cui_less(client):
    answer = client.post("/plain", json={"text": "We gave Xyzolimab to rats."})
    found = {m: ids for m, _, ids in bern2("plain", answer.json())}
    assert found["Xyzolimab"] == ["CUI-less"]


def test_all_nine_types_of_bern2(run_folder):
    text = (
        "BRAF V600E causes melanoma. A375 cells and mice got vemurafenib; the IL-2 "
        "promoter DNA, IL-2 mRNA and T cells were seen."
    )
    annotation = kg.AnnotationSettings(types="all")
    with running(ServiceSettings(annotation=annotation)) as (address, _):
        answer = httpx2.post(f"{address}/plain", json={"text": text}, timeout=60)
    kinds = {kind for _, kind, _ in bern2("plain", answer.json())}
    assert kinds >= {
        "gene", "mutation", "disease", "cell_line", "species", "drug", "DNA", "RNA",
        "cell_type",
    }  # fmt: skip


@pytest.fixture
def pubmed(tmp_path):
    """A service beside a PubMed of its own."""
    records = [
        make_record(i, title="Losartan blocks AGTR1.", abstract=f"In {i} mice. " * 3)
        for i in range(30429600, 30429620)
    ]
    with EutilsServer(records) as server:
        settings = ServiceSettings(
            store=tmp_path / "annotations.db",
            entrez={
                "email": "me@example.org", "base_url": server.url,
                "requests_per_second": 500, "cache": tmp_path / "entrez",
                "wait_initial_s": 0.01,
            },
        )  # fmt: skip
        with running(settings) as (address, desk):
            yield server, address, desk


def test_papers_by_pmid_are_fetched_once_and_kept(pubmed, tmp_path):
    server, address, _ = pubmed
    pmids = ["30429607", "30429601"]
    url = f"{address}/pubmed"
    first = httpx2.get(url + "/" + ",".join(pmids), timeout=60).json()
    assert [entry["pmid"] for entry in first] == pmids
    for entry in first:
        assert ("AGTR1", "gene") in {(m, k) for m, k, _ in bern2("pubmed", entry)}
    asked = len(server.log)
    again = httpx2.get(url + "/" + ", ".join(pmids[::-1]), timeout=60).json()
    assert [e["annotations"] for e in again] == [e["annotations"] for e in first[::-1]]
    assert len(server.log) == asked
    with open_store(tmp_path / "annotations.db") as store:
        assert sorted(store.ids()) == sorted(pmids)
    # What the service kept, the library takes.
    corpus = kg.annotate(pmids=pmids, store=tmp_path / "annotations.db")
    assert [d.id for d in corpus] == pmids
    assert len(server.log) == asked


def test_a_paper_that_cannot_be_had_says_why_and_others_come(pubmed):
    _, address, _ = pubmed
    answer = httpx2.get(f"{address}/pubmed/30429600,31,30429601,31", timeout=60)
    entries = answer.json()
    assert [entry["pmid"] for entry in entries] == ["30429600", "31", "30429601", "31"]
    assert [bool(entry["annotations"]) for entry in entries] == [True, False] * 2
    assert entries[1]["error_message"].startswith("fetch: ")
    names = "30429600,99999999999;abc, PMID: 30429601"
    entries = httpx2.get(f"{address}/pubmed/{names}", timeout=60).json()
    assert [entry["pmid"] for entry in entries] == [
        "30429600", "99999999999", "abc", "30429601",
    ]  # fmt: skip
    assert [bool(entry["annotations"]) for entry in entries] == [
        True,
        False,
        False,
        True,
    ]
    assert "A PMID is a number" in entries[2]["error_message"]
    for _ in range(2):  # annotated now, then kept
        answer = httpx2.get(f"{address}/v1/papers/30429602,0", timeout=60).json()
        assert answer["versions"]["link"] == "linker-1"
        assert [f["document_id"] for f in answer["failures"]] == ["0"]
    answer = httpx2.get(f"{address}/v1/documents/30429602", timeout=60).json()
    assert answer["versions"]["link"] == "linker-1"
    answer = httpx2.get(f"{address}/pubmed/30429600,31/pubtator", timeout=60)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-failed-pmids"] == "31"
    assert answer.text.startswith("30429600|t|Losartan blocks AGTR1.\n30429600|a|")
    assert "\tAGTR1\tGene\t" in answer.text
    assert httpx2.get(f"{address}/pubmed/31/pubtator").status_code == 404
    answer = httpx2.get(f"{address}/pubmed/30429600,β:%0d%0a31/pubtator", timeout=60)
    assert answer.headers["x-failed-pmids"] == "31,%CE%B2:"


def test_a_pubmed_that_hangs_holds_nobody_else_up(pubmed):
    server, address, _ = pubmed
    httpx2.get(f"{address}/pubmed/30429600", timeout=60)
    server.faults.next.extend(["hang"] * 40)
    server.faults.hang_s = 3
    with ThreadPoolExecutor(8) as clients:
        waiting = [
            clients.submit(httpx2.get, f"{address}/pubmed/{30429601 + i}", timeout=60)
            for i in range(8)
        ]
        begun = time.monotonic()
        for _ in range(3):
            answer = httpx2.get(f"{address}/pubmed/30429600", timeout=60).json()
            assert answer[0]["annotations"]
        took = time.monotonic() - begun
        server.faults.next.clear()
        assert took < 3
        assert all(w.result().status_code == 200 for w in waiting)


def test_the_graph_of_a_store_grows_with_it(pubmed):
    _, address, desk = pubmed
    assert httpx2.get(f"{address}/v1/concepts").status_code == 404
    httpx2.get(f"{address}/pubmed/30429600,30429601", timeout=60)
    found = httpx2.get(f"{address}/v1/concepts", params={"q": "losartan"}).json()
    assert found["items"][0]["documents"] == 2
    assert httpx2.get(f"{address}/v1/documents/30429600").json()["documents"]
    assert "documents_behind" not in found
    # A growing store's graph is made anew after a minute at most.
    knowledge = desk.knowledge
    assert knowledge.held().due - time.monotonic() <= 60
    knowledge._held = replace(knowledge.held(), due=time.monotonic() + 60)
    httpx2.get(f"{address}/pubmed/30429602", timeout=60)
    found = httpx2.get(f"{address}/v1/concepts", params={"q": "losartan"}).json()
    assert (found["items"][0]["documents"], found["documents_behind"]) == (2, 1)
    knowledge._held = replace(knowledge.held(), due=0.0)
    found = httpx2.get(f"{address}/v1/concepts", params={"q": "losartan"}).json()
    assert found["items"][0]["documents"] == 3
    assert "documents_behind" not in found


# -- our own --------------------------------------------------------------------------


def test_documents_come_back_as_the_library_annotates_them(client):
    records = [
        {"id": "a", "title": "Losartan.", "abstract": "It blocks AGTR1 in mice."},
        {"text": TEXT},
        kg.Document.from_text("ACE in rats.", id="own").to_dict(),
    ]
    answer = client.post("/v1/annotate", json={"documents": records}).json()
    assert answer["failures"] == []
    assert answer["versions"]["link"] == "linker-1"
    found = [kg.Document.from_dict(value) for value in answer["documents"]]
    assert [d.id for d in found] == ["a", "text-2", "own"]
    assert found[1] == kg.annotate(kg.Document.from_text(TEXT, id="text-2"))


@pytest.mark.parametrize(
    ("media", "name"),
    [
        ("text/x-pubtator", "pubtator"), ("application/bioc+json", "bioc-json"),
        ("application/xml", "bioc-xml"), ("application/x-ndjson", "jsonl"),
        ("text/xml", "bioc-xml"),
    ],
)  # fmt: skip
def test_formats_come_in_and_go_out_by_content_type(client, tmp_path, media, name):
    document = kg.Document.from_text(
        "It blocks AGTR1 in mice.", id="7", title="Losartan."
    )
    kg.write([document], tmp_path / "in", format=name)
    sent, media = media, media.replace("text/xml", "application/xml")
    answer = client.post(
        "/v1/annotate", content=(tmp_path / "in").read_bytes(),
        headers={"content-type": sent, "accept": media},
    )  # fmt: skip
    assert answer.headers["content-type"].startswith(media)
    (tmp_path / "out").write_bytes(answer.content)
    (found,) = kg.read(tmp_path / "out", format=name)
    assert {m.text for m in found.mentions} == {"Losartan", "AGTR1", "mice"}
    by_name = client.post(
        "/v1/annotate", params={"format": name}, content=b"AGTR1",
        headers={"content-type": "text/plain"},
    )  # fmt: skip
    assert by_name.headers["content-type"].startswith(media)


def test_mentions_that_come_along_are_only_linked_where_that_is_asked(client):
    body = "7|t|ACE in mice.\n7|a|\n7\t0\t3\tACE\tGene\t\n\n"
    answer = client.post(
        "/v1/annotate", params={"stages": "normalize", "species": "9606"},
        content=body, headers={"content-type": "text/x-pubtator"},
    ).json()  # fmt: skip
    (mention,) = answer["documents"][0]["mentions"]
    assert (mention["text"], mention["concepts"]) == ("ACE", ["ncbigene:1636"])
    assert list(answer["versions"]) == ["normalize"]


def test_types_and_species_are_options(client):
    def found(**options):
        answer = client.post("/v1/annotate", params=options, json={"text": TEXT}).json()
        return answer["documents"][0]["mentions"]

    assert {m["type"] for m in found(types="Disease,Gene")} == {"Disease", "Gene"}
    assert {m["type"] for m in found(types="Variant")} == {"Variant"}
    braf = {
        species: next(m for m in found(species=species) if m["text"] == "BRAF")
        for species in ("9606", "10090")
    }
    assert braf["9606"]["concepts"] == ["ncbigene:673"]
    assert braf["10090"].get("concepts") != ["ncbigene:673"]


def test_a_document_on_which_a_stage_fails_says_which_and_why():
    class Picky:
        name, version = "picky", "1"

        def __call__(self, document):
            if "bad" in document.text:
                msg = "no bad texts"
                raise ValueError(msg)
            return document

    with running(ServiceSettings(), pipeline=kg.Pipeline([Picky()])) as (address, _):
        body = {"documents": [{"text": "good"}, {"text": "bad"}, {"text": "fine"}]}
        answer = httpx2.post(f"{address}/v1/annotate", json=body)
        assert [d["id"] for d in answer.json()["documents"]] == [
            "text-1", "text-2", "text-3",
        ]  # fmt: skip
        assert answer.json()["failures"] == [
            {"document_id": "text-2", "stage": "picky",
             "reason": "ValueError: no bad texts"},
        ]  # fmt: skip
        answer = httpx2.post(f"{address}/plain", json={"text": "bad"})
        assert answer.status_code == 500
        assert answer.json() == {"error_message": "picky: ValueError: no bad texts"}


def test_ids_and_names_may_hold_slashes(pubmed):
    _, address, desk = pubmed
    text = "The PI3K/AKT pathway needs AGTR1, and losartan lowers it."
    document = kg.annotate(kg.Document.from_text(text, id="10.1000/1.a/b"))
    desk.store.put([document], versions={"link": "x"})
    for sent in ("10.1000%2F1.a%2fb", "10.1000/1.a/b"):
        answer = httpx2.get(f"{address}/v1/documents/{sent}", timeout=60)
        assert answer.json()["documents"][0]["id"] == "10.1000/1.a/b"
    for path in (
        "concepts/a%2Fb", "concepts/a%2Fb/neighbors", "associations/losartan/a%2Fb",
        "concepts/a/b", "concepts/a/b/neighbors", "concepts/a/b/documents",
        "concepts/a/b/network",
    ):  # fmt: skip
        answer = httpx2.get(f"{address}/v1/{path}", timeout=60)
        assert answer.status_code == 404
        assert "no concept with the id or name 'a/b'" in answer.json()["error_message"]


def test_what_a_request_costs_is_bounded(client):
    # Each of its characters is a word piece, of ordinary texts every fourth.
    odd = {"id": "odd", "text": "漢" * 60_000}
    ok = {"id": "ok", "text": "Losartan lowers it. " * 3_000}
    started = time.monotonic()
    answer = client.post("/v1/annotate", json={"documents": [odd]})
    assert answer.status_code == 422
    said = answer.json()["error_message"]
    assert "50,000 word pieces; this one's 60,000 are too many" in said
    assert time.monotonic() - started < 20
    documents = [{"id": "a", "text": "ACE in mice."}, odd]
    answer = client.post("/v1/annotate", json={"documents": documents}).json()
    assert [d["id"] for d in answer["documents"]] == ["a"]
    assert [f["document_id"] for f in answer["failures"]] == ["odd"]
    # As long a text of words is none the worse for it.
    answer = client.post("/v1/annotate?stages=variants", json={"documents": [ok]})
    assert answer.status_code == 200


def test_an_unsound_document_is_named_and_the_others_are_answered(client):
    documents = [
        {"id": "ok", "text": "ACE in mice."},
        {"id": "big", "text": "x" * 100_001},
        {"id": "none", "note": "no text"},
        {"id": "half", "text": "\ud800 ACE"},
        {"id": 7, "text": "ACE"},
        "ACE",
        {"id": "ok", "text": "Another."},
        {"id": "key", "passages": [{"type": "title", "text": "ACE"}]},
        {"id": "last", "text": "AGTR1."},
    ]
    body = json.dumps({"documents": documents}).encode()
    sent = {"content": body, "headers": {"content-type": "application/json"}}
    answer = client.post("/v1/annotate", **sent)
    assert answer.status_code == 200
    assert [d["id"] for d in answer.json()["documents"]] == ["ok", "last"]
    failures = answer.json()["failures"]
    assert {f["stage"] for f in failures} == {"read"}
    said = {f["document_id"]: f["reason"] for f in failures}
    assert set(said) == {"big", "none", "half", "text-5", "text-6", "ok", "key"}
    assert "may have 100,000 characters" in said["big"]
    assert "has no text" in said["none"]
    assert "half of a surrogate pair" in said["half"]
    assert "id must be a text. Got int" in said["text-5"]
    assert "give it its own" in said["ok"]
    assert "a Passage has no 'type'" in said["key"]
    file = client.post("/v1/annotate?format=pubtator", **sent)
    assert set(file.headers["x-failed"].split(",")) == set(said)
    odd = {"documents": [{"id": "a\r\nb: β,\ud800", "text": ""}, documents[0]]}
    answer = client.post(
        "/v1/annotate?format=pubtator", content=json.dumps(odd).encode(),
        headers=sent["headers"],
    )  # fmt: skip
    assert answer.headers["x-failed"] == "a%0D%0Ab: %CE%B2%2C?"
    body = json.dumps({"documents": documents[1:4]}).encode()
    answer = client.post("/v1/annotate", content=body, headers=sent["headers"])
    assert answer.status_code == 422
    said = answer.json()["error_message"]
    assert said.startswith("None of the 3 documents is sound. ")
    assert "big: A text may have" in said


def test_an_unsound_line_of_a_file_is_named_and_the_others_are_answered(client):
    whole = kg.Document.from_text("ACE in mice.", id="whole").to_json()
    lines = [
        whole,
        '{"id": "broken"',
        whole.replace("ACE", "\\ud800").replace("w", "x"),
    ]
    answer = client.post(
        "/v1/annotate", content="\n".join(lines).encode(),
        headers={"content-type": "application/x-ndjson"},
    ).json()  # fmt: skip
    assert [d["id"] for d in answer["documents"]] == ["whole"]
    assert [f["document_id"] for f in answer["failures"]] == ["line 2", "xhole"]
    assert "/tmp" not in str(answer)


def test_a_document_of_the_run(client):
    found = client.get("/v1/documents/99000001").json()["documents"][0]
    assert kg.Document.from_dict(found).mentions
    for path in ("documents", "papers"):
        versions = client.get(f"/v1/{path}/99000001").json()["versions"]
        assert versions["link"] == "linker-1"
    answer = client.get("/v1/documents/99000001", params={"format": "pubtator"})
    assert answer.text.startswith("99000001|t|")
    # Browsers that ask for a page get what they can show.
    html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = client.get("/v1/documents/99000001", headers={"accept": html})
    assert answer.json()["documents"]


def test_the_graph_is_answered_as_the_library_answers(client, run_folder):
    graph = kg.KnowledgeGraph.load(run_folder)
    found = client.get(
        "/v1/concepts", params={"q": "capto", "types": "Chemical"}
    ).json()
    assert [item["concept_id"] for item in found["items"]] == ["mesh:D002216"]
    near = client.get("/v1/concepts/mesh:D002216/neighbors", params={"limit": 2}).json()
    expected = (
        graph.neighbors("captopril", n=2).select("concept_id", "documents").rows()
    )
    assert [(n["concept_id"], n["documents"]) for n in near["items"]] == expected
    assert near["total"] == near["concept"]["associations"]
    genes = client.get("/v1/concepts/captopril/neighbors", params={"types": "Gene"})
    assert {n["type"] for n in genes.json()["items"]} == {"Gene"}
    assert client.get("/v1/concepts/captopril").json()["synonyms"]
    net = client.get("/v1/concepts/captopril/network", params={"limit": 4}).json()
    ids = {node["concept_id"] for node in net["nodes"]}
    assert "mesh:D002216" in ids
    assert net["edges"]
    assert {end for e in net["edges"] for end in (e["source"], e["target"])} <= ids


def test_evidence_marks_both_concepts_in_its_sentence(client):
    answer = client.get("/v1/associations/captopril/ncbigene:1636").json()
    assert answer["associations"][0]["documents"] >= 1
    assert answer["evidence_total"] >= len(answer["evidence"]) > 0
    for sentence in answer["evidence"]:
        assert sentence["url"].endswith(f"/{sentence['pmid']}/")
        marked = {
            m["concept_id"]: sentence["text"][m["begin"] : m["end"]]
            for m in sentence["marks"]
        }
        assert marked["mesh:D002216"].lower() == "captopril"
        assert "ncbigene:1636" in marked
    papers = client.get("/v1/concepts/captopril/documents", params={"limit": 3}).json()
    years = [paper["year"] for paper in papers["items"]]
    assert years == sorted(years, reverse=True)
    for paper in papers["items"]:
        (mark,) = paper["marks"]
        assert "apto" in paper["text"][mark["begin"] : mark["end"]]


def test_a_way_quotes_a_sentence_a_step(client, run_folder):
    graph = kg.KnowledgeGraph.load(run_folder)
    way = graph.path("captopril", "cough") or graph.path("captopril", "lisinopril")
    answer = client.get(f"/v1/paths/{way[0]}/{way[-1]}").json()
    assert [c["concept_id"] for c in answer["concepts"]] == way
    assert len(answer["steps"]) == len(way) - 1
    assert all(step["evidence"] for step in answer["steps"])


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/concepts/zzz", 404, "no concept with the id or name 'zzz'"),
        ("/v1/documents/zzz", 404, "no annotated document"),
        ("/nothing", 404, "no such page"),
        ("/pubmed/abc", 422, "A PMID is a number"),
        ("/pubmed/" + ",".join(map(str, range(1, 102))), 422, "may name 100 PMIDs"),
        ("/v1/concepts?limit=0", 422, "limit: "),
        ("/v1/concepts?types=Gen", 422, "mean 'Gene'"),
        ("/v1/concepts/captopril/neighbors?by=x", 422, "by must be one of score"),
        ("/v1/associations/captopril/captopril", 422, "the same concept"),
        ("/v1/documents/99000001?format=x", 422, "format must be one of json"),
        (
            "/v1/concepts?type=Gene",
            422,
            "'type' of the address is unknown; known are q, types, start, limit.",
        ),
        ("/v1/associations/captopril/ACE?by=x", 422, "'by' of the address is unknown"),
        ("/v1/types?x=1", 422, "there are none here"),
        ("/pubmed/8528200?format=json", 422, "'format' of the address is unknown"),
    ],
)
def test_what_cannot_be_answered_gets_a_sentence(client, path, status, words):
    answer = client.get(path)
    assert (answer.status_code, set(answer.json())) == (status, {"error_message"})
    assert words in answer.json()["error_message"]


@pytest.mark.parametrize(
    ("body", "media", "words"),
    [
        (b"{", "application/json", "The body is not JSON"),
        (b"[" * 100_000, "application/json", "The body is not JSON"),
        (b"{}", "application/json", 'must be {"text"'),
        (b'{"documents": []}', "application/json", "is empty"),
        (b'{"documents": [1]}', "application/json", "A document is a JSON object"),
        (b'{"text": 1}', "application/json", "text must be a text. Got int"),
        (b'{"text": "\\ud83d"}', "application/json", "half of a surrogate pair, at 0"),
        (b'{"text": "ACE", "types": ["Gene"]}', "application/json",
         "key 'types' is unknown; known are pmid, id, title, abstract, text, year, "
         "journal, and in the address types, stages, species, format (?types=…)."),
        (b'{"text": "ACE", "txt": "b"}', "application/json", "key 'txt' is unknown"),
        (b'{"documents": [{"text": "ACE"}], "n": 1}', "application/json",
         "The body's key 'n' is unknown; known are documents."),
        (b'{"documents": [{"id": "a", "passages": [], "mention": []}]}',
         "application/json", "a Document has no 'mention'"),
        (b"\xff", "text/plain", "not UTF-8: byte 0"),
        (b"A" * 100_001, "text/plain", "may have 100,000 characters. Got 100,001"),
        (b"x", "image/png", "content type must be one of"),
        (b"no xml", "application/xml", "not sound bioc-xml"),
        (b"no pubtator", "text/x-pubtator", "not sound pubtator"),
        (json.dumps({"documents": [{"text": "a"}] * 101}).encode(), "application/json",
         "may have 100 documents. Got 101"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_gets_a_sentence(client, body, media, words):
    headers = {"content-type": media}
    answer = client.post("/v1/annotate", content=body, headers=headers)
    assert answer.status_code == 422
    assert words in answer.json()["error_message"]
    assert "/tmp" not in answer.text
    for option in ("stages=x", "types=Gen", "species=man"):
        headers = {"content-type": "text/plain"}
        answer = client.post(f"/v1/annotate?{option}", content=b"A", headers=headers)
        assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "media", "words"),
    [
        (
            b"text=ACE",
            "application/x-www-form-urlencoded",
            "must be JSON, with Content",
        ),
        (b'{"text": "ACE', "application/json", "must be JSON, with Content"),
        (b"[1]", "application/json", "must be JSON, with Content"),
        (b'{"text": "\xff"}', "application/json", "must be JSON in UTF-8"),
        (b"[" * 100_000, "application/json", "must be JSON"),
        (b"{}", "application/json", "text: Field required"),
        (b'{"text": 1}', "application/json", "text: Input should be a valid string"),
        (
            b'{"text": "ACE", "types": "Gene"}',
            "application/json",
            "types: this key is unknown; known are text",
        ),
        (b'{"text": "\\ud83d"}', "application/json", "half of a surrogate pair"),
    ],
)
def test_bern2_s_clients_hear_what_is_wrong(client, body, media, words):
    answer = client.post("/plain", content=body, headers={"content-type": media})
    assert answer.status_code in {400, 422}
    assert words in answer.json()["error_message"]
