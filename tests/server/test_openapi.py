"""The description of the API says what is there, and all of it."""

import json
from dataclasses import fields
from html.parser import HTMLParser
from typing import Any, NotRequired, Required, get_args, get_origin, get_type_hints

import pytest
from pydantic import TypeAdapter

from mcalc.declaration import Declaration
from mcalc.request import Request
from mcalc.server import schemas
from mcalc.server.schemas import answer, failure, formulas, question, service, verdicts

ANSWERS = {"/api/v1/derivatives": schemas.Answer, "/api/v1/parse": schemas.Preview}

FULL = {
    "expression": "x'*S*x+t(a)",
    "variables": {"S": {"kind": "matrix", "shape": ["n", "n"], "structure": ["symmetric"]}},
    "define": {"t": "t^2"},
    "formats": ["text", "latex", "numpy"],
    "steps": True,
    "check": True,
    "compare": "2*a",
}


@pytest.fixture(scope="module")
def api(client):
    return client.get("/openapi.json").json()


def strictly(model: Any, answer: object) -> None:
    """Raises where the answer is not what the model says, or more."""
    TypeAdapter(model).validate_json(json.dumps(answer), strict=True)


def test_every_field_has_a_description_and_an_example(api):
    for name, schema in api["components"]["schemas"].items():
        assert schema["description"].endswith("."), name
        assert schema["additionalProperties"] is False, name
        for field, part in schema["properties"].items():
            assert part["description"].endswith("."), (name, field)
            assert part["examples"], (name, field)


def test_examples_of_fields_are_right(api):
    modules = (answer, failure, formulas, question, service, verdicts)
    models = {name: model for module in modules for name, model in vars(module).items()}
    for name in api["components"]["schemas"]:
        model = models[name]
        for field, hint in get_type_hints(model, include_extras=True).items():
            kind = get_args(hint)[0] if get_origin(hint) in (NotRequired, Required) else hint
            for example in api["components"]["schemas"][name]["properties"][field]["examples"]:
                strictly(kind, example)


def test_every_field_of_a_request_is_described():
    for model, record in ((schemas.Question, Request), (schemas.Declaration, Declaration)):
        assert set(model.__annotations__) == {field.name for field in fields(record)}


def test_every_address_is_described(client, api):
    described = {
        (path, method.upper()) for path, methods in api["paths"].items() for method in methods
    }
    served = {
        (path, method)
        for path in api["paths"]
        for method in client.options(path).headers["allow"].split(", ")
        if method not in ("HEAD", "OPTIONS")  # which every address has
    }
    assert described == served
    assert set(ANSWERS) | {"/api/v1/batch", "/api/v1/functions", "/healthz", "/metrics"} == set(
        api["paths"]
    )
    for methods in api["paths"].values():
        for operation in methods.values():
            assert operation["description"].split("\n")[0].endswith(".")
            assert "500" in operation["responses"]


@pytest.mark.parametrize("path", ANSWERS)
def test_examples_of_questions_have_answers(client, api, path):
    content = api["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        strictly(schemas.Question, example["value"])
        response = client.post(path, json=example["value"])
        assert response.status_code == 200
        strictly(ANSWERS[path], response.json())


def test_the_example_of_a_batch_has_answers(client, api):
    content = api["paths"]["/api/v1/batch"]["post"]["requestBody"]["content"]
    ((media_type, body),) = content.items()
    response = client.post(
        "/api/v1/batch", content=body["example"], headers={"Content-Type": media_type}
    )
    for line in response.content.splitlines():
        answer = json.loads(line)
        assert answer.pop("id") in (1, 2)
        strictly(schemas.Answer, answer)


@pytest.mark.parametrize("path", ANSWERS)
def test_answers_are_as_described(client, path):
    requests = [
        {**FULL, "wrt": "a"},
        {**FULL, "wrt": "S", "compare": "S"},
        {"expression": "f(a)*x", "variables": {"f": {"kind": "function"}}},
        {"expression": "X*x", "wrt": "X", "layout": "numerator", "formats": ["text", "latex"]},
        {"expression": "x'*A*x", "wrt": "x", "order": 2, "along": "v"},
        {"expression": "det(X)^2", "wrt": "X", "check": True, "compare": "det(X)*adj(X)"},
        {"expression": "norm2(A*x-y)^2", "wrt": "x", "check": "exact", "compare": "x'"},
        {"expression": "x'*log(x)", "check": "exact", "compare": "vector(1)+log(x)"},
        {"expression": "tr(expm(A))", "wrt": "A", "check": "exact"},
        {"expression": "relu(x)'*y", "compare": "y"},
        {"expression": "tr(A*S)", "variables": {"S": {"structure": ["symmetric"]}}, "compare": "A"},
        {"expression": "1"},
    ]
    for request in requests:
        strictly(schemas.Question, request)
        response = client.post(path, json=request)
        assert response.status_code == 200, response.text
        strictly(ANSWERS[path], response.json())


def test_the_other_answers_are_as_described(client):
    strictly(schemas.Functions, client.get("/api/v1/functions").json())
    strictly(schemas.Health, client.get("/healthz").json())
    strictly(schemas.Failure, client.get("/nix").json())
    strictly(schemas.Failure, client.post("/api/v1/parse", json={"expression": "x +"}).json())


# The page


class Reader(HTMLParser):
    """Reads a page: its elements, its words, and where it links to."""

    VOID = frozenset(("meta", "link", "br", "hr", "img", "input"))

    def __init__(self, page):
        super().__init__()
        self.elements = set()
        self.words = ""
        self.links = []
        self.ids = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value)
            elif name == "id":
                self.ids.append(value)
            assert not name.startswith("on")
            assert name != "style"

    def handle_data(self, data):
        self.words += data


def test_the_page_needs_nothing_from_elsewhere(client):
    response = client.get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Reader(response.text)
    assert all(link.startswith(("/", "#")) for link in page.links)


def test_the_page_says_what_the_description_says(client, api):
    page = Reader(client.get("/docs").text)
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in page.words
            assert operation["description"].split("`")[0] in page.words
    for name, schema in api["components"]["schemas"].items():
        assert name in page.ids
        for field, part in schema["properties"].items():
            assert field in page.words
            assert part["description"].split("`")[0] in page.words
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert not link.startswith("#") or link[1:] in page.ids


def test_what_is_described_is_kept(client):
    for path in ("/docs", "/openapi.json"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
