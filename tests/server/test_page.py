"""The page without scripts: what stands in its HTML."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode

import pytest
from starlette.datastructures import QueryParams

from mcalc.server.answers import Answers
from mcalc.server.errors import Refusal
from mcalc.server.gallery import gallery
from mcalc.server.query import Asked

FORM = "det(X)*x'*A*x"


class Page(HTMLParser):
    """The elements of a page by their `id`, their attributes, and all the text."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def having(self, **attributes):
        return [a for _, a in self.elements if attributes.items() <= a.items()]


def show(client, status=200, **query):
    response = client.get("/", params=query)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Page(response.text)


def test_the_empty_page_has_a_form_and_drawn_examples(client):
    page = show(client)
    (field,) = page.having(id="expression")
    assert "required" in field
    assert page.having(id="question", method="get", action="/")
    assert sum(tag == "math" for tag, _ in page.elements) >= 15
    assert "Machine learning" in page.text


def test_an_answer_stands_in_the_page(client):
    page = show(client, expression=FORM, wrt="X", var="A: symmetric")
    assert "Gradient by X" in page.text
    assert "p × p" in page.text
    assert "checked at" in page.text
    assert "def derivative(" in page.text
    assert page.having(type="radio", name="wrt", value="X")[0].keys() >= {"checked"}
    assert page.having(name="var", value="A: symmetric")
    assert page.having(**{"data-text": "x'*A*x*adj(X)'"})


def test_every_variable_has_a_row(client):
    page = show(client, expression=FORM, wrt="X", var="A: symmetric")
    for name, kind in (("A", "matrix"), ("X", "matrix"), ("x", "vector")):
        (was,) = page.having(name=f"was.{name}")
        assert was["value"].startswith(kind)
    assert "declared" in page.text


def test_every_variable_is_answered_without_wrt(client):
    page = show(client, expression=FORM)
    assert [f"by {name}" in page.text for name in "AXx"] == [True] * 3


def test_order_comparison_and_conditions(client):
    page = show(client, expression="norm2(A*x-y)", wrt="x", order="2", compare="A'*A")
    assert "Hessian by x" in page.text
    assert "not equal to yours" in page.text
    assert "Holds where A*x-y ≠ 0" in page.text
    page = show(client, expression="x'*A*x", wrt="x", compare="A*x+A'*x")
    assert "✓ equal to yours" in page.text


def test_the_shape_of_a_tensor_and_its_index_notation(client):
    page = show(client, expression="A*X*B*X", wrt="X")
    assert "m × p × n × p" in page.text
    assert "∑" in page.text


def test_by_the_lower_triangle(client):
    page = show(client, expression="tr(A*S)", wrt="S", var="S: symmetric")
    assert "By the lower triangle" in page.text


def test_an_error_is_where_it_is(client):
    response = client.get("/", params={"expression": "x'*(A*x + sun(y))"})
    assert response.status_code == 422
    assert "<mark>sun</mark>" in response.text
    page = Page(response.text)
    (field,) = page.having(id="expression")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "problem"
    assert page.having(id="problem", role="alert")
    assert "did you mean" in page.text.lower()


def test_places_count_code_points(client):
    response = client.get("/", params={"expression": "𝐱 + sun(y)"})
    assert re.search("<mark>[^<]+</mark>", response.text)


def test_an_error_at_the_end_is_marked(client):
    response = client.get("/", params={"expression": "x +"})
    assert re.search("<mark>[^<]+</mark>", response.text)


def test_an_error_of_the_question_keeps_what_is_known_of_the_expression(client):
    page = show(client, 422, expression="x'*A*x", wrt="z")
    assert page.having(name="was.A")
    assert "read as" in page.text


@pytest.mark.parametrize(
    "query",
    [
        {"order": "x"},
        {"order": "0"},
        {"order": "9" * 100},
        {"var": "A symmetric"},
        {"var": "A: symmetric skew"},
        {"define": "f"},
        {"layout": "sideways"},
        {"wrt": "1"},
    ],
)
def test_whatever_is_wrong_is_said_on_the_page(client, query):
    page = show(client, 422, expression="x'*A*x", **query)
    assert page.having(id="problem", role="alert")


@pytest.mark.parametrize(
    "typed",
    [
        "{{7*7}}",
        "{% raw %}",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</textarea>",
    ],
)
def test_what_is_typed_is_text(client, typed):
    for query in (
        {"expression": typed},
        {"expression": "x'*x", "compare": typed},
        {"expression": "x'*x", "wrt": typed},
        {"expression": "x'*x", "var": typed},
        {"expression": "x'*x", "define": typed},
    ):
        response = client.get("/", params=query)
        scripts = re.findall("<script[^>]*>", response.text)
        assert len(scripts) == 2
        assert all('src="/static/' in script for script in scripts)
        assert "<img src=x" not in response.text
        assert typed in unescape(response.text)
        assert "49" not in re.sub("[0-9a-f]{16}", "", response.text)


def test_nothing_in_the_page_needs_a_laxer_policy(client):
    for address in ("/", "/?expression=x'*A*x", "/reference"):
        page = Page(client.get(address).text)
        for tag, attributes in page.elements:
            assert tag not in ("style", "iframe", "object", "base")
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
            for name in ("src", "href", "action"):
                assert attributes.get(name, "/").startswith(("/", "#"))


def test_rows_of_the_form_become_declarations(client):
    fields = [
        ("expression", "x'*A*x"),
        ("wrt", ""),
        ("order", "1"),
        ("was.A", "matrix|n n|general|"),
        ("kind.A", "matrix"),
        ("size.A", "n"),
        ("size.A", "n"),
        ("structure.A", "symmetric"),
        ("was.x", "vector|n||"),
        ("kind.x", "vector"),
        ("size.x", "n"),
        ("size.x", ""),
    ]
    response = client.get(f"/?{urlencode(fields)}", follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == "/?expression=x%27*A*x&var=A:+symmetric"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"kind.x": "scalar"}, ["x: scalar"]),
        ({"size.x": "3"}, ["x: 3"]),
        ({"positive.x": "1"}, ["x: positive"]),
        ({"kind.x": "matrix"}, ["x: matrix"]),
    ],
)
def test_what_is_changed_in_a_row(changed, expected):
    fields = {"was.x": "vector|n|general|", "kind.x": "vector", "size.x": "n", "expression": "x'*x"}
    assert list(Asked.read(QueryParams(fields | changed)).var) == expected


def test_declarations_are_taken_back():
    fields = {
        "expression": "tr(A)",
        "var": "A: symmetric",
        "was.A": "matrix|n n|symmetric|",
        "kind.A": "matrix",
        "size.A": "n",
        "structure.A": "general",
    }
    query = QueryParams([*fields.items(), ("size.A", "n")])
    assert Asked.read(query).var == ()


def test_an_address_says_what_is_not_default_and_is_read_back():
    asked = Asked("x'*A*x + λ", "x", "2", ("A: symmetric n n",), "A*x", "", "", ("f(t) = t^2",))
    assert asked.address.startswith(
        "/?expression=x%27*A*x+%2B+%CE%BB&wrt=x&order=2&var=A:+symmetric+n+n"
    )
    query = QueryParams(parse_qsl(asked.address.partition("?")[2]))
    assert Asked.read(query) == asked


def test_every_example_is_answered(client):
    for examples in gallery().values():
        for example in examples:
            response = client.get(example.address)
            assert response.status_code == 200, example.text
            assert "checked at" in response.text, example.text


def test_the_reference_works_every_function_out(client):
    text = client.get("/reference").text
    page = Page(text)
    names = [f["name"] for f in client.get("/api/v1/functions").json()["functions"]]
    for name in names:
        assert page.having(id=name)
    assert text.count('class="formula"') == len(names)


def test_files_are_kept_by_their_version(client):
    for path in re.findall(r'/static/[^"]+', client.get("/").text):
        response = client.get(path)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        again = client.get(path, headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304
    assert client.get("/static/style.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/..%2fstyle.css").status_code == 404


def test_the_font_is_served_from_here(client):
    style = client.get("/static/style.css").text
    (address,) = re.findall(r'url\("([^"]+)"\)', style)
    response = client.get(address)
    assert response.headers["content-type"] == "font/ttf"
    assert response.content[:4] == b"\0\1\0\0"


def test_an_answer_shows_all_that_is_known(client):
    page = client.get("/?expression=norm2(A*x-y)^2&wrt=x&compare=2*(A*x-y)'*A").text
    assert "strongly convex if A has full column rank" in page
    assert "normal equations" in page
    assert "equal up to layout" in page
    assert "inner function" in page
    for language in ("JAX", "PyTorch", "Julia", "MATLAB", "C++", "R"):
        assert f">{language}</button>" in page


def test_what_a_language_cannot_say_is_said_in_its_tab(client):
    page = client.get("/?expression=besselj(2,x)&wrt=x").text
    assert "JAX has no besselj" in page


def test_forms_have_a_tab_where_they_suit_the_derivative(client):
    def tabs(address):
        return set(re.findall('data-language="([a-z]+)"', client.get(address).text))

    forms = {"optimizer", "blocks"}
    assert tabs("/?expression=x'*x&wrt=x") & forms == {"optimizer"}
    assert tabs("/?expression=A*x&wrt=x") & forms == set()
    assert tabs("/?expression=norm2(T-U*V')^2&wrt=U&order=2") & forms == {"blocks"}


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("x'*x&wrt=x", "Gradient by x"),
        ("A*x&wrt=x", "Jacobian by x"),
        ("x'*A*x&wrt=x&order=2", "Hessian by x"),
        ("inv(X)&wrt=X", "Jacobian by X"),
        ("inv(X)&wrt=X&order=2", "Second derivative by X"),
        ("sum(exp(A*x))&wrt=x&order=3", "Third derivative by x"),
        ("sum(exp(A*x))&wrt=x,x,A&order=3", "Third derivative by x, 2 times, then A"),
        ("sum(exp(x))&wrt=x&order=4", "4th derivative by x"),
        ("logdet(X)&wrt=X&along=V", "Directional derivative by X, along V"),
    ],
)
def test_headings(client, address, heading):
    assert f">{heading}</h2>" in client.get(f"/?expression={address}").text


def test_a_page_describes_itself(client):
    page = client.get("/?expression=x'*A*x&wrt=x&var=A:+symmetric").text
    assert '<meta name="description" content="Gradient by x: 2*A*x">' in page
    assert "<code>A</code>: symmetric matrix, n × n, <code>x</code>: vector, n" in page


def test_only_what_is_wrong_with_the_question_is_held_against_it(client):
    assert "aria-invalid" in client.get("/?expression=sun(x)").text

    async def compute(*_):
        raise Refusal(503, "Too many requests are waiting for an answer.", retry_after=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Answers, "compute", compute)
        page = client.get("/?expression=x'*x%2Btr(Z)")
    assert page.status_code == 503
    assert "Too many requests" in page.text
    assert "aria-invalid" not in page.text


def test_an_exact_check_and_assumptions_are_in_the_address(client):
    address = "/?expression=norm2(A*x)^2&wrt=x&where=A'*A+%3D+eye&check=exact"
    page = client.get(address).text
    assert "entries proven equal" in page
    assert "<b>Holds where</b> A&#39;*A = eye" in page
    assert "check=exact" in page
