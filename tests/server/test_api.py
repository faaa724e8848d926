import json
import time

import pytest

from mcalc import api
from mcalc.core.op import OPS
from mcalc.request import FORMATS, Request
from mcalc.server.middleware import HEADERS
from mcalc.version import __version__
from mcalc.wire import encode

DERIVATIVES, PREVIEW, BATCH = "/api/v1/derivatives", "/api/v1/parse", "/api/v1/batch"
LINES = {"Content-Type": "application/x-ndjson"}

REQUESTS = [
    {"expression": "x'*A*x", "wrt": "x"},
    {"expression": "det(X)*x'*A*x"},
    {"expression": "norm2(A*x-y)^2", "wrt": "x", "order": 2, "formats": list(FORMATS)},
    {"expression": "log(det(S))", "wrt": "S", "variables": {"S": {"structure": ["spd"]}}},
    {"expression": "x'*A*x", "wrt": "x", "check": True, "compare": "2*A*x"},
    {"expression": "λ*exp(矩阵)", "variables": {"矩阵": {"kind": "matrix", "shape": ["n", 3]}}},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request["expression"])
def test_the_answer_is_that_of_every_other_way(client, request_):
    response = client.post(DERIVATIVES, json=request_)
    assert response.status_code == 200
    assert response.content == encode(api.answer(Request.from_json(request_)).as_dict())
    assert HEADERS.items() <= {k: response.headers[k] for k in HEADERS}.items()


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request["expression"])
def test_the_preview_is_the_head_of_the_answer(client, request_):
    preview = client.post(PREVIEW, json=request_).json()
    answer = client.post(DERIVATIVES, json=request_).json()
    assert preview == {name: answer[name] for name in ("expression", "variables")}
    assert preview["expression"]["kind"] in ("scalar", "vector", "row_vector", "matrix")


def test_the_preview_does_not_differentiate(client):
    response = client.post(PREVIEW, json={"expression": "x+2*x", "wrt": "y", "order": 16})
    assert response.json()["expression"]["text"] == "x+2*x"


# Tags


@pytest.mark.parametrize("path", [DERIVATIVES, PREVIEW])
def test_a_known_answer_is_not_sent_again(client, path):
    request = {"expression": "a*x'*x", "wrt": "x"}
    first = client.post(path, json=request)
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        again = client.post(path, json=request, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    for unknown in ('"other"', etag.strip('"'), ""):
        again = client.post(path, json=request, headers={"If-None-Match": unknown})
        assert (again.status_code, again.content) == (200, first.content)


def test_the_tag_is_that_of_the_question(acting):
    def tag(path, **request):
        return acting.post(path, json=request).headers["etag"]

    same = [
        tag(DERIVATIVES, expression="x"),
        tag(DERIVATIVES, expression="x", order=1, steps=None),
        tag(DERIVATIVES, formats=["text", "latex"], expression="x"),
    ]
    others = [
        tag(DERIVATIVES, expression="y"),
        tag(DERIVATIVES, expression="x", order=2),
        tag(DERIVATIVES, expression="x", variables={"x": {"kind": "scalar"}}),
        tag(PREVIEW, expression="x"),
    ]
    assert len(set(same)) == 1
    assert len({*same, *others}) == 5


def test_the_tag_is_there_before_the_work(acting):
    # It is known only from an answer; here, from a question whose answer would not come.
    from mcalc.server.answers import Question

    request = {"expression": "spin"}
    etag = Question("derivatives", Request.from_json(request)).etag
    start = time.perf_counter()
    response = acting.post(DERIVATIVES, json=request, headers={"If-None-Match": etag})
    assert response.status_code == 304
    assert time.perf_counter() - start < 0.5


def test_an_answer_is_computed_once(acting):
    pids = {acting.post(DERIVATIVES, json={"expression": "once"}).content for _ in range(20)}
    assert len(pids) == 1


# Batch


def test_an_answer_for_each_line_in_order(client):
    lines = [encode({"id": i, **request}) for i, request in enumerate(REQUESTS)]
    response = client.post(BATCH, content=b"\n".join(lines), headers=LINES)
    assert response.headers["content-type"] == "application/x-ndjson"
    answers = response.content.splitlines()
    singles = [client.post(DERIVATIVES, json=request).content for request in REQUESTS]
    assert [json.loads(line)["id"] for line in answers] == list(range(len(REQUESTS)))
    assert answers == [
        encode({"id": i}).removesuffix(b"}") + b"," + single.removeprefix(b"{")
        for i, single in enumerate(singles)
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"", "request"),
        (b"  ", "request"),
        (b"[]", "request"),
        (b"{", "request"),
        (b'{"expression": "x", "order": NaN}', "request"),
        (b"\xff", "request"),
        (b'{"id": ' + b"[" * 980 + b"]" * 980 + b', "expression": 1}', "request"),
        (b'{"expression": "fail"}', "domain"),
        (b'{"expression": "fault"}', "internal"),
        (b'{"expression": "abort"}', "limit"),
        (b'{"expression": "spin"}', "limit"),
    ],
)
def test_a_bad_line_harms_no_other(acting, line, kind):
    good = b'{"expression": "x"}'
    response = acting.post(BATCH, content=b"\n".join([good, line, good]), headers=LINES)
    first, bad, last = map(json.loads, response.content.splitlines())
    assert first["expression"] == last["expression"] == "x"
    assert bad["error"]["kind"] == kind


@pytest.mark.parametrize(("body", "count"), [("", 0), ("\n", 1), ("{}", 1), ("{}\r\n\n{}\n", 3)])
def test_number_of_lines(acting, body, count):
    response = acting.post(BATCH, content=body, headers=LINES)
    assert response.status_code == 200
    assert response.content.count(b"\n") == count


def test_ends_of_lines_and_byte_order_marks(acting):
    body = b'\xef\xbb\xbf{"id": "a", "expression": "x"}\r\n{"id": null, "expression": "y"}\r\n'
    first, second = acting.post(BATCH, content=body, headers=LINES).content.splitlines()
    assert json.loads(first)["id"] == "a"
    assert json.loads(second)["id"] is None


def test_an_error_bears_the_id_too(acting):
    body = b'{"id": {"a": 1}, "expression": "fail"}'
    (line,) = acting.post(BATCH, content=body, headers=LINES).content.splitlines()
    answer = json.loads(line)
    assert answer["id"] == {"a": 1}
    assert answer["error"]["kind"] == "domain"


# The rest


def test_functions(client):
    response = client.get("/api/v1/functions")
    found = {entry["name"]: entry for entry in response.json()["functions"]}
    spoken = {name for name in OPS if name.isidentifier()}
    assert spoken == {
        name for entry in found.values() for name in [entry["name"], *entry["aliases"]]
    }
    assert found["tr"]["signature"] == "(n,n)->()"
    assert found["tr"]["aliases"] == ["trace"]
    assert found["kron"]["signature"] == "(m,n),(p,q)->(m*p,n*q)"
    assert found["log"]["conditions"] == ["entries of X > 0"]
    assert found["lambda_max"]["group"] == "spectral"
    assert any("Magnus" in source for source in found["lambda_max"]["sources"])
    again = client.get("/api/v1/functions", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_signatures_are_in_the_notation_of_declarations(client):
    from mcalc.core.shape import signature

    for entry in client.get("/api/v1/functions").json()["functions"]:
        assert signature(entry["signature"]) == OPS[entry["name"]].signature


def test_health(client):
    response = client.get("/healthz")
    assert response.json() == {"status": "ok", "version": __version__}


def test_figures(acting):
    acting.post(DERIVATIVES, json={"expression": "counted"})
    acting.get("/nix/secret")
    text = acting.get("/metrics").text
    assert 'mcalc_requests_total{route="/api/v1/derivatives",status="200"}' in text
    assert 'mcalc_requests_total{route="",status="404"}' in text
    assert 'mcalc_processes_ready{job="preview"} 2.0' in text
    assert "mcalc_answers_bytes" in text
    assert "counted" not in text
    assert "secret" not in text
