import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcalc.declaration import KINDS, MAX_SIZE, STRUCTURES, Declaration
from mcalc.errors import LimitError, McalcError, RequestError, ShapeError, UnknownName
from mcalc.request import FORMATS, MAX_ORDER, MAX_VARIABLES, Request


def ask(**fields: object) -> Request:
    return Request.from_json({"expression": "x'*A*y", **fields})


# What a request says


def test_only_the_expression_is_required():
    assert Request.from_json({"expression": "x"}) == Request("x")
    assert Request("x").formats == ("text", "latex")


def test_a_null_field_is_absent():
    optional = ("wrt", "order", "variables", "formats", "steps", "check", "compare")
    assert ask(**dict.fromkeys(optional)) == ask()


@pytest.mark.parametrize(
    ("fields", "wrt", "order"),
    [
        ({}, None, 1),
        ({"order": 3}, None, 3),
        ({"wrt": "x"}, ("x",), 1),
        ({"wrt": "x", "order": 2}, ("x", "x"), 2),
        ({"wrt": ["x"]}, ("x",), 1),
        ({"wrt": ["x", "y"]}, ("x", "y"), 2),
        ({"wrt": ("x", "y"), "order": 2}, ("x", "y"), 2),
        ({"wrt": "e\u0301"}, ("\u00e9",), 1),
    ],
)
def test_one_variable_for_each_order(fields, wrt, order):
    request = ask(**fields)
    assert (request.wrt, request.order) == (wrt, order)


def test_declarations():
    request = ask(
        variables={
            "A": {"kind": "matrix", "shape": ["n", 3], "structure": ["positive", "positive"]},
            "e\u0301": {"shape": []},
            "x": Declaration("vector"),
        }
    )
    assert request.variables == {
        "A": Declaration("matrix", ("n", 3), ("positive",)),
        "\u00e9": Declaration(None, (), ()),
        "x": Declaration("vector"),
    }


@pytest.mark.parametrize("text", ["matrix n 3 positive", "positive  n 3", "spd 3 3", ""])
def test_a_declaration_may_be_a_text(text):
    declared = ask(variables={"A": text}).variables
    assert dict([Declaration.parse(f"A: {text}")]) == declared


def test_formats_are_kept_in_order_and_once():
    assert ask(formats=["numpy", "text", "numpy"]).formats == ("numpy", "text")


# What is refused

BAD_FIELDS = [
    ({"expression": None}, RequestError),
    ({"expression": ["x"]}, RequestError),
    ({"expresion": "x"}, RequestError),
    ({"id": 1}, RequestError),
    ({"wrt": 5}, RequestError),
    ({"wrt": {"name": "x"}}, RequestError),
    ({"wrt": ""}, RequestError),
    ({"wrt": []}, RequestError),
    ({"wrt": [], "order": 2}, RequestError),
    ({"wrt": ["x", "y", "x"], "order": 2}, RequestError),
    ({"wrt": ["x", "y"], "order": 1}, RequestError),
    ({"wrt": ["x", 2]}, RequestError),
    ({"wrt": ["x", None]}, RequestError),
    ({"wrt": "x'"}, UnknownName),
    ({"wrt": ["x", "x y"]}, UnknownName),
    ({"order": 0}, RequestError),
    ({"order": -1}, RequestError),
    ({"order": 1.0}, RequestError),
    ({"order": True}, RequestError),
    ({"order": "two"}, RequestError),
    ({"order": 10**25}, LimitError),
    ({"wrt": ["x"] * 20}, LimitError),
    ({"formats": "text"}, RequestError),
    ({"formats": []}, RequestError),
    ({"formats": [1]}, RequestError),
    ({"formats": ["json"]}, RequestError),
    ({"steps": 1}, RequestError),
    ({"check": "yes"}, RequestError),
    ({"compare": 3}, RequestError),
    ({"variables": ["A"]}, RequestError),
    ({"variables": {"A": None}}, RequestError),
    ({"variables": {"A": 3}}, RequestError),
    ({"variables": {"A": "symetric"}}, RequestError),
    ({"variables": {"A": "spd: n"}}, RequestError),
    ({"variables": {"A": {"rows": 3}}}, RequestError),
    ({"variables": {"2x": {}}}, RequestError),
    ({"variables": {"": {}}}, RequestError),
    ({"variables": {"x\u200b": {}}}, RequestError),
    ({"variables": {"\ud800": {}}}, RequestError),
    ({"variables": {"e\u0301": {}, "\u00e9": {}}}, RequestError),
    ({"variables": {"A": {"kind": 2}}}, RequestError),
    ({"variables": {"A": {"kind": "tensor"}}}, RequestError),
    ({"variables": {"A": {"shape": "nn"}}}, RequestError),
    ({"variables": {"A": {"shape": [[], 3]}}}, RequestError),
    ({"variables": {"A": {"shape": [-1, 3]}}}, RequestError),
    ({"variables": {"A": {"shape": [0, 3]}}}, RequestError),
    ({"variables": {"A": {"shape": [True, 3]}}}, RequestError),
    ({"variables": {"A": {"shape": [2.0, 3]}}}, RequestError),
    ({"variables": {"A": {"shape": ["3", 3]}}}, RequestError),
    ({"variables": {"A": {"shape": ["n+1", "2 n"]}}}, RequestError),
    ({"variables": {"A": {"kind": "matrix", "shape": [3]}}}, ShapeError),
    ({"variables": {"A": {"kind": "scalar", "shape": ["n"]}}}, ShapeError),
    ({"variables": {"A": {"structure": "spd"}}}, RequestError),
    ({"variables": {"A": {"structure": ["symetric"]}}}, RequestError),
    ({"variables": {"A": {"structure": [["spd"]]}}}, RequestError),
    ({"variables": {"A": {"structure": ["symmetric", "skew"]}}}, ShapeError),
    ({"variables": {"A": {"structure": ["upper", "lower"]}}}, ShapeError),
    ({"variables": {"a": {"structure": ["spd"]}}}, RequestError),
    ({"variables": {"x": {"structure": ["symmetric"]}}}, RequestError),
    ({"variables": {"A": {"kind": "vector", "structure": ["symmetric"]}}}, RequestError),
    ({"variables": {"lambda1": {"structure": ["diagonal"]}}}, RequestError),
]


@pytest.mark.parametrize(("fields", "kind"), BAD_FIELDS, ids=lambda value: repr(value)[:50])
def test_refused(fields, kind):
    with pytest.raises(kind) as caught:
        ask(**fields)
    assert type(caught.value) is kind


@pytest.mark.parametrize("obj", [None, True, 1, 1.5, "x", [], [{"expression": "x"}], {}])
def test_no_request_at_all(obj):
    with pytest.raises(RequestError):
        Request.from_json(obj)


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({"expresion": "x"}, "expression"),
        ({"formats": ["latx"]}, "latex"),
        ({"variables": {"A": {"kind": "Matrix"}}}, "matrix"),
        ({"variables": {"A": {"struct": []}}}, "structure"),
        ({"variables": {"A": {"structure": ["diag"]}}}, "diagonal"),
    ],
)
def test_the_hint_names_what_was_meant(fields, hint):
    with pytest.raises(RequestError) as caught:
        ask(**fields)
    assert caught.value.hint is not None
    assert f"Did you mean `{hint}`?" in caught.value.hint


def test_an_unknown_format_is_told_the_known_ones():
    with pytest.raises(RequestError) as caught:
        ask(formats=["pdf"])
    assert caught.value.hint is not None
    assert all(name in caught.value.hint for name in FORMATS)


# Limits, one below, at and one above


def test_limit_of_the_order():
    for order in (MAX_ORDER - 1, MAX_ORDER):
        assert ask(wrt="x", order=order).order == order
    with pytest.raises(LimitError):
        ask(wrt="x", order=MAX_ORDER + 1)


def test_limit_of_declared_variables():
    for number in (MAX_VARIABLES - 1, MAX_VARIABLES):
        assert len(ask(variables={f"x{i}": {} for i in range(number)}).variables) == number
    with pytest.raises(LimitError):
        ask(variables={f"x{i}": {} for i in range(MAX_VARIABLES + 1)})


def test_limit_of_a_size():
    for size in (MAX_SIZE - 1, MAX_SIZE):
        assert ask(variables={"x": {"shape": [size]}}).variables["x"].shape == (size,)
        assert Declaration.parse(f"x: {size}")[1].shape == (size,)
    with pytest.raises(LimitError):
        ask(variables={"x": {"shape": [MAX_SIZE + 1]}})
    for digits in (str(MAX_SIZE + 1), "9" * 30, "9" * 5000):
        with pytest.raises(LimitError):
            Declaration.parse(f"x: {digits}")


# Declarations as text


@pytest.mark.parametrize(
    ("text", "name", "declaration"),
    [
        ("A: symmetric n n", "A", Declaration(None, ("n", "n"), ("symmetric",))),
        ("x: vector 3", "x", Declaration("vector", (3,))),
        ("A: matrix m n positive", "A", Declaration("matrix", ("m", "n"), ("positive",))),
        ("k: scalar positive", "k", Declaration("scalar", None, ("positive",))),
        ("A: n  n\tspd matrix", "A", Declaration("matrix", ("n", "n"), ("spd",))),
        (" λ :row_vector", "λ", Declaration("row_vector")),
        ("x:", "x", Declaration()),
        ("X: 3 3 spd", "X", Declaration(None, (3, 3), ("spd",))),
        ("x: symmetric n n", "x", Declaration(None, ("n", "n"), ("symmetric",))),
        ("x: matrix order scale", "x", Declaration("matrix", ("order", "scale"))),
    ],
)
def test_parse(text, name, declaration):
    assert Declaration.parse(text) == (name, declaration)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", RequestError),
        ("A symmetric", RequestError),
        (": symmetric", RequestError),
        ("A B: symmetric", RequestError),
        ("A: vector matrix", RequestError),
        ("A: symetric n", RequestError),
        ("A: sym n n", RequestError),
        ("A: SPD", RequestError),
        ("A: -1 3", RequestError),
        ("A: 0 3", RequestError),
        ("A: n-1 n", RequestError),
        ("A: 2.0 n", RequestError),
        ("A: m,n", RequestError),
        ("x: spd", RequestError),
        ("A: spd n", RequestError),
        ("x: vector 3 4", ShapeError),
        ("x: matrix 3", ShapeError),
        ("D: diagonal positive", ShapeError),
    ],
)
def test_no_declaration(text, kind):
    with pytest.raises(kind):
        Declaration.parse(text)


@given(
    st.sampled_from(["a", "x", "X"]),
    st.sampled_from([None, *KINDS]),
    st.none() | st.lists(st.sampled_from(["m", "n", 1, 3]), min_size=1, max_size=3),
    st.lists(st.sampled_from(STRUCTURES), unique=True, max_size=3),
    st.randoms(use_true_random=False),
)
def test_text_and_json_declare_the_same(name, kind, shape, structure, random):
    def outcome(function, *args):
        try:
            return function(*args)
        except McalcError as error:
            return error.kind

    words = [*([kind] if kind else []), *structure]
    places = sorted(random.randrange(len(words) + 1) for _ in shape or ())
    for place, size in reversed(list(zip(places, shape or (), strict=True))):
        words.insert(place, str(size))
    parsed = outcome(Declaration.parse, f"{name}: {' '.join(words)}")
    declared = outcome(
        Declaration.from_json, name, {"kind": kind, "shape": shape, "structure": structure}
    )
    assert (parsed[1] if isinstance(parsed, tuple) else parsed) == declared


# Anything

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["A", "x", "kind", "shape", "structure"]) | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
REQUEST_FIELDS = ["wrt", "order", "variables", "formats", "steps", "check", "compare", "expression"]


@given(VALUES | st.dictionaries(st.sampled_from(REQUEST_FIELDS), VALUES, max_size=4))
def test_any_value_is_a_request_or_an_error_that_can_be_written(obj):
    try:
        request = Request.from_json(obj)
    except McalcError as error:
        told = error.as_dict()
    else:
        assert request.wrt is None or len(request.wrt) == request.order
        told = {"expression": request.expression}
    assert json.loads(json.dumps(told)) == told
