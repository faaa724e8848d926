"""One shape for every error, at every address."""

import json

import pytest
from fastapi.testclient import TestClient

from mcalc.server.app import create_app
from mcalc.server.middleware import HEADERS, MAX_URL
from mcalc.server.reading import MAX_BODY
from mcalc.server.settings import Settings

KINDS = {"syntax", "name", "shape", "domain", "limit", "request", "internal"}

POST = ["/api/v1/derivatives", "/api/v1/parse", "/api/v1/batch"]
QUESTIONS = POST[:2]
GET = ["/api/v1/functions", "/healthz", "/metrics", "/openapi.json", "/docs"]
JSON = {"Content-Type": "application/json"}

BODIES = [
    b"",
    b"x'*x",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"1",
    b"{}",
    b"\xff",
    b'{"expression": "\xff"}',
    b'{"expression": null}',
    b'{"expression": 1}',
    b'{"expression": ["x"]}',
    b'{"expression": "x", "order": NaN}',
    b'{"expression": "x", "order": -Infinity}',
    b'{"expression": "x", "order": 1e999}',
    b'{"expression": "x", "order": 1.0}',
    b'{"expression": "x", "order": true}',
    b'{"expression": "x", "order": ' + b"9" * 5000 + b"}",
    b'{"expression": "x", "expression": "y"}',
    b'{"expression": "x", "variables": {"A": {}, "A": {}}}',
    b'{"expression": "x", "variables": {"\\ud800": {}}}',
    b'{"expression": "x"} {}',
    b'{"expression": "x", "colour": "red"}',
    b'{"expression": "x", "formats": ["word"]}',
    b'{"expression": "x", "wrt": {}}',
    b'{"expression": "x", "steps": "yes"}',
    b"[" * 60_000,
    b'{"expression": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    b'{"a":' * 10_000,
]
"""What is no request."""


def error_of(response, status, kind):
    """The error, which has the shape and the headers of all."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    assert HEADERS.items() <= {k: response.headers.get(k) for k in HEADERS}.items()
    assert ("retry-after" in response.headers) == (status in (429, 503))
    answer = response.json()
    assert list(answer) == ["error"]
    error = answer["error"]
    assert {"kind", "message"} <= error.keys() <= {"kind", "message", "position", "length", "hint"}
    assert error["kind"] == kind
    assert error["kind"] in KINDS
    assert error["message"].endswith(".") or kind not in ("request", "limit", "internal")
    assert ("position" in error) == ("length" in error)
    return error


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body)[:40])
@pytest.mark.parametrize("path", QUESTIONS)
def test_what_is_no_request(client, path, body):
    error_of(client.post(path, content=body, headers=JSON), 422, "request")


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    ("expression", "kind", "position"),
    [
        ("x'*A*x +", "syntax", 7),
        ("frobnicate(x)", "name", 0),
        ("λ + tr(x)", "shape", 4),
        ("1/0", "domain", 0),
        ("x" * 4001, "limit", None),
        ("\ud800", "syntax", 0),
        ("𝕏 + \x07", "syntax", 4),
    ],
)
def test_what_has_no_answer(client, path, expression, kind, position):
    body = json.dumps({"expression": expression})
    error = error_of(client.post(path, content=body, headers=JSON), 422, kind)
    assert error.get("position") == position


@pytest.mark.parametrize("path", POST)
@pytest.mark.parametrize(
    "sent", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_another_type_of_body(client, path, sent):
    headers = {} if sent is None else {"Content-Type": sent}
    error_of(client.post(path, content=b'{"expression": "x"}', headers=headers), 422, "request")


@pytest.mark.parametrize("sent", ["application/json; charset=utf-8", "Application/JSON"])
def test_types_of_bodies_have_parameters_and_no_case(client, sent):
    headers = {"Content-Type": sent}
    assert client.post(POST[0], content=b'{"expression": "x"}', headers=headers).status_code == 200


def in_chunks(body):
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


@pytest.mark.parametrize("path", POST)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "in chunks"])
def test_limit_of_a_body(client, path, whole):
    question = b'{"expression": "x"}'
    for excess, status in ((-1, 200), (0, 200), (1, 413), (3 * MAX_BODY, 413), (2**22, 413)):
        body = question + b" " * (MAX_BODY + excess - len(question))
        sent = body if whole else in_chunks(body)
        response = client.post(path, content=sent, headers=JSON)
        if status == 200:
            assert response.status_code == 200
        else:
            error_of(response, 413, "limit")


@pytest.mark.parametrize("path", POST + GET)
def test_other_methods(client, path):
    allowed = ["POST", "OPTIONS"] if path in POST else ["GET", "HEAD", "OPTIONS"]
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "X"} - {allowed[0]}:
        response = client.request(method, path)
        error_of(response, 405, "request")
        assert response.headers["allow"] == ", ".join(allowed)


@pytest.mark.parametrize("path", POST + GET)
def test_options_tell_the_methods(client, path):
    response = client.options(path)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == ("POST, OPTIONS" if path in POST else "GET, HEAD, OPTIONS")
    assert HEADERS.items() <= {k: response.headers.get(k) for k in HEADERS}.items()
    assert not any(name.startswith("access-control") for name in response.headers)


@pytest.mark.parametrize("path", [*GET, "/", "/?expression=x'*x", "/reference"])
def test_the_head_of_what_is_there(client, path):
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "etag", "cache-control"):
        assert head.headers.get(name) == whole.headers.get(name)


@pytest.mark.parametrize(("path", "status"), [("/nix", 404), ("/api/v1/parse", 405)])
def test_the_head_of_what_is_not_there(client, path, status):
    head = client.head(path)
    assert (head.status_code, head.content) == (status, b"")


@pytest.mark.parametrize(
    "path",
    ["/nix", "/api", "/api/v1", "/api/v1/derivatives/", "/api/v2/derivatives", "/%00", "/{{7*7}}"],
)
def test_unknown_addresses(client, path):
    error = error_of(client.post(path, json={}), 404, "request")
    assert path not in str(error)


@pytest.mark.parametrize("path", POST + GET)
def test_limit_of_an_address(client, path):
    for excess, status in ((-1, {200, 405}), (0, {200, 405}), (1, {414})):
        address = path + "?" + "x" * (MAX_URL + excess - len(path))
        response = client.get(address)
        assert response.status_code in status
        if response.status_code == 414:
            error_of(response, 414, "limit")


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    ("expression", "status", "kind"),
    [
        ("spin", 503, "limit"),
        ("abort", 503, "limit"),
        ("hoard", 503, "limit"),
        ("fault", 500, "internal"),
        ("fail", 422, "domain"),
    ],
)
def test_what_computing_comes_to(acting, path, expression, status, kind):
    error_of(acting.post(path, json={"expression": expression}), status, kind)


@pytest.mark.parametrize("path", QUESTIONS)
def test_too_many_requests_from_one_address(path):
    app = create_app(Settings(rate="2/minute"))
    for address in ("192.0.2.1", "2001:db8::1"):
        # The processes need not run for what is refused before.
        client = TestClient(app, client=(address, 1))
        for _ in range(2):
            error_of(client.post(path, content=b"{", headers=JSON), 422, "request")
        response = client.post(path, content=b"{", headers=JSON)
        error_of(response, 429, "limit")
        assert 1 <= int(response.headers["retry-after"]) <= 120


@pytest.mark.parametrize("path", QUESTIONS)
def test_a_fault_in_front(path, monkeypatch, capfd):
    def fault(*_):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("mcalc.server.routes.Question", fault)
    client = TestClient(create_app(Settings()))
    error_of(client.post(path, json={"expression": "x"}), 500, "internal")
    output = capfd.readouterr()
    assert "secret" not in output.out + output.err
