"""What the service says of itself: OpenAPI, versions, log."""

from __future__ import annotations

import json
import logging

import httpx2
import pytest
from pydantic import TypeAdapter
from running_service import running

import kgbuild as kg
from kgbuild.service import ServiceSettings, models
from kgbuild.service.api import router


def test_the_openapi_page_is_whole(client):
    page = client.get("/openapi.json").json()
    for path in ("/plain", "/pubmed/{pmids}", "/v1/annotate", "/v1/concepts"):
        for operation in page["paths"][path].values():
            assert {"200", "422", "429"} <= set(operation["responses"])
            assert operation.get("summary")
            assert operation.get("description") or path == "/plain"
    schemas = page["components"]["schemas"]
    example = schemas["Bern2Text"]["example"]
    text, (annotation,) = example["text"], example["annotations"]
    span = annotation["span"]
    assert text[span["begin"] : span["end"]] == annotation["mention"]
    media = page["paths"]["/v1/annotate"]["post"]["requestBody"]["content"]
    for name, value in media["application/json"]["examples"].items():
        answer = client.post("/v1/annotate", json=value["value"])
        assert answer.status_code == 200, name


def test_every_parameter_has_an_example_and_every_answer_a_schema(client):
    page = client.get("/openapi.json").json()
    for path, operations in page["paths"].items():
        for operation in operations.values():
            for given in operation.get("parameters", ()):
                assert given["schema"].get("examples"), (path, given)
            for media, content in operation["responses"]["200"]["content"].items():
                assert content["schema"], (path, media)
    examples = {
        name: schema["example"]
        for name, schema in page["components"]["schemas"].items()
        if "example" in schema
    }
    assert len(examples) >= 12
    for name, example in examples.items():
        TypeAdapter(getattr(models, name)).validate_python(example)


SHAPES = [route for route in router.routes if "GET" in route.methods]
SHAPES = [r for r in SHAPES if "model" in r.responses.get(200, {})]


@pytest.mark.parametrize("route", SHAPES, ids=lambda route: route.path_format)
def test_answers_to_the_examples_have_the_shape_that_is_said(client, route):
    page = client.get("/openapi.json").json()
    parameters = page["paths"][route.path_format]["get"].get("parameters", ())
    given = {p["name"]: p["schema"]["examples"][0] for p in parameters}
    given |= {"document_id": "99000001", "types": ""}
    query = {p["name"]: given[p["name"]] for p in parameters if p["in"] == "query"}
    answer = client.get(route.path_format.format(**given), params=query)
    assert answer.status_code == 200
    shape = TypeAdapter(route.responses[200]["model"])
    found = shape.validate_python(answer.json())
    # What the shape does not know would be missing here.
    assert shape.dump_python(found, exclude_unset=True) == answer.json()


def test_whether_it_is_there_can_be_asked_without_a_body(client):
    for path in ("/", "/health"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


def test_versions_and_sizes(client, run_folder):
    about = client.get("/version").json()
    assert about["stages"]["variants"] == "grammar-2"
    graph = kg.KnowledgeGraph.load(run_folder)
    assert about["graph"]["concepts"] == graph.concepts.height
    assert about["store"] == {"documents": 0}


def test_the_log_quotes_nobody(service, client, caplog):
    secret = "Xanthopsin"
    with caplog.at_level(logging.INFO, logger="kgbuild"):
        client.post("/plain", json={"text": f"{secret} in mice."})
        client.get("/v1/concepts", params={"q": secret})
        client.get(f"/v1/concepts/{secret}")
        client.get(f"/{secret}")
        client.post("/plain", content=f'{{"text": "{secret}'.encode())
    lines = [json.loads(r.message) for r in caplog.records if "ms" in r.message]
    assert [line["route"] for line in lines][:3] == [
        "/plain", "/v1/concepts", "/v1/concepts/{concept}",
    ]  # fmt: skip
    assert {"time", "method", "status", "ms", "bytes_in", "bytes_out"} <= set(lines[0])
    assert secret not in caplog.text


def test_a_fault_of_ours_shows_the_client_nothing(caplog):
    class Broken(kg.Pipeline):
        @property
        def versions(self):
            msg = "secret words of a text"
            raise RuntimeError(msg)

        @versions.setter
        def versions(self, value):
            pass

    with running(ServiceSettings(), pipeline=Broken([])) as (address, _):
        answer = httpx2.get(f"{address}/version")
    assert answer.status_code == 500
    reference = answer.json()["error_message"].split()[-1].rstrip(".")
    assert "secret" not in answer.text + caplog.text
    assert "RuntimeError" not in answer.text
    lines = [r.message for r in caplog.records if reference in r.message]
    assert "RuntimeError" in lines[0]
    assert "test_self_description.py" in lines[0]
