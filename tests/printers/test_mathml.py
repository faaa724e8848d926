import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from mcalc.api import derive
from mcalc.core.leaves import tangent, variable
from mcalc.core.shape import SCALAR
from mcalc.errors import LimitError
from mcalc.printers.latex import latex
from mcalc.printers.markup import inside, mathml_name, pieces
from mcalc.printers.mathml import mathml
from mcalc.printers.picture import svg
from tests.printers.test_text import W, doubled, printed, read, x
from tests.strategies import expressions

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"

# Elements of MathML Core, each with the attributes that we give it.
ALLOWED = {
    "math": {"display", "displaystyle"},
    "semantics": set(),
    "annotation": {"encoding"},
    "mi": {"mathvariant"},
    "mn": set(),
    "mo": {"form", "lspace", "rspace", "largeop", "stretchy", "movablelimits"},
    "mtext": set(),
    "mspace": {"width"},
    "mrow": set(),
    "mfrac": set(),
    "msqrt": set(),
    "msub": set(),
    "msup": set(),
    "msubsup": set(),
    "munder": set(),
    "mtable": set(),
    "mtr": set(),
    "mtd": set(),
}
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "msubsup": 3}


def checked(markup):
    """The element, after all in it was found to be ours."""
    root = ElementTree.fromstring(markup)
    for element in root.iter():
        tag = element.tag.removeprefix(NAMESPACE)
        assert set(element.attrib) <= ALLOWED[tag], markup
        assert len(element) == CHILDREN.get(tag, len(element)), markup
        if tag == "mo":
            assert {"form", "lspace", "rspace"} <= set(element.attrib)
    return root


def seen(markup):
    """The signs that one sees."""
    shown = "".join(ElementTree.fromstring(f"<p>{markup}</p>").itertext())
    return shown.replace("\u2061", "").replace("\u2062", "")


def drawn(typed, *, as_typed=False):
    e = read(typed)
    return inside(mathml(e.written if as_typed else e.value, as_typed=as_typed))


@pytest.mark.parametrize(("typed", "_", "tex"), printed())
def test_mathml_is_well_formed_and_carries_its_latex(typed, _, tex):
    root = checked(mathml(read(typed).value))
    assert root.get("display") == "block"
    annotation = root.find(f".//{NAMESPACE}annotation")
    assert annotation is not None
    assert annotation.text == tex


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("x'*A*x", "x⊤Ax"),
        ("inv(X)'", "(X−1)⊤"),
        ("x.*y", "x⊙y"),
        ("kron(A,B)", "A⊗B"),
        ("2*3*a", "2⋅3a"),
        ("norm2(A*x-y)^2", "‖Ax−y‖22"),
        ("x+vector(1)", "x+𝟏"),
        ("eye(3)", "I3"),
        ("sigmoid(x)", "σ(x)"),
        ("abs(x)", "|x|"),
        ("-a", "−a"),
    ],
)
def test_what_one_sees(typed, expected):
    assert seen(drawn(typed, as_typed=True)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "<mi>x</mi>"),
        ("lambda_k", "<msub><mi>λ</mi><mi>k</mi></msub>"),
        ("Sigma2", "<msub><mi>Σ</mi><mn>2</mn></msub>"),
        ("weight", "<mi>weight</mi>"),
        ("x__1", "<mi>x__1</mi>"),
        ("omicron", "<mi>omicron</mi>"),
    ],
)
def test_names(name, expected):
    assert mathml_name(name) == expected


def test_an_index_and_an_exponent_stand_above_each_other():
    assert drawn("x_1'*x_1").startswith("<msubsup><mi>x</mi><mn>1</mn>")
    assert drawn("norm2(A*x)^2", as_typed=True).startswith("<msubsup><mrow>")


def test_minus_and_transpose_in_an_exponent_take_no_room():
    signs = re.findall("<mo ([^>]*)>[−⊤]</mo>", drawn("inv(X)'"))
    assert signs == ['form="prefix" lspace="0" rspace="0"'] * 2


def test_signs_in_circles_are_not_enlarged():
    found = drawn("x.*y./exp(x)", as_typed=True)
    for sign in "⊙⊘":
        assert re.search(f'largeop="false" stretchy="false">{sign}</mo>', found)


@pytest.mark.parametrize(("typed", "tall"), [("exp(x+y)", "false"), ("exp(x/a)", "true")])
def test_brackets_grow_with_what_they_hold(typed, tall):
    assert f'stretchy="{tall}">(</mo>' in drawn(typed)


def test_screen_readers_hear_products_and_functions():
    assert "\u2062" in drawn("A*x")
    assert "\u2061" in drawn("det(X)")


def test_tangents_stand_apart():
    found = inside(mathml(W @ tangent(x)))
    assert '<mspace width="0.1667em"></mspace><mrow><mi mathvariant="normal">d</mi>' in found


def test_shared_parts_are_named_as_in_the_text():
    found = mathml(doubled(12))
    checked(found)
    assert "<mtext>where</mtext>" in found
    assert mathml_name("T1") in found


def test_a_limit_is_kept():
    with pytest.raises(LimitError):
        mathml(variable("abcdefg", SCALAR), limit=10)


def test_pieces_begin_where_a_line_may_break():
    found = pieces(mathml(read("x+y-z").value))
    assert [seen(re.sub("</?math[^>]*>", "", p)) for p in found] == ["x", "+y", "−z"]
    for piece in found:
        assert checked(piece).get("displaystyle") == "true"


def test_a_long_bracket_is_broken_too():
    short, long = (
        pieces(mathml(read(f"A*({terms})").written, as_typed=True))
        for terms in ("x+y", "x+y+sin(x)+cos(y)+tanh(x)+exp(x)")
    )
    assert len(short) == 1
    assert len(long) == 6


def test_a_long_bracket_is_broken_inside_of_brackets_and_powers():
    terms = "x+y+sin(x)+cos(y)+tanh(x)+exp(x)"
    for around in ("A*(B*({}))", "(A*({}))'*y", "sum(exp({}))"):
        found = pieces(mathml(read(around.format(terms)).written, as_typed=True))
        assert len(found) == 6, around


def test_what_is_very_long_is_broken_before_products():
    factors = ".*".join(f"exp({name})" for name in ("x", "y", "z", "u", "v", "w", "p", "q", "r"))
    found = pieces(mathml(read(factors).written, as_typed=True))
    assert len(found) == 9
    assert all("⊙" in piece for piece in found[1:])
    few = pieces(mathml(read("exp(x).*exp(y)").written, as_typed=True))
    assert len(few) == 1


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)


def test_a_picture_has_outlines_and_nothing_else():
    tags = Tags()
    tags.feed(svg(mathml(read("norm2(A*x-y)/a").value)))
    assert tags.found <= {"svg", "symbol", "path", "use", "rect", "g", "line"}


@pytest.mark.parametrize(
    ("expression", "wrt", "order"),
    [("A*X*B*X", "X", 1), ("norm2(x)", "x", 2), ("kron(A,X)", "X", 1)],
)
def test_an_answer_has_it_in_every_formula(expression, wrt, order):
    answer = derive(expression, wrt, order=order, formats=["mathml"]).as_dict()
    (entry,) = answer["derivatives"]
    formulas = [
        answer["expression"]["mathml"],
        entry["mathml"],
        entry["tensor_mathml"],
        entry["differential"]["mathml"],
    ]
    for formula in formulas:
        checked(formula)
    assert "latex" not in entry
    assert "mathml" not in derive(expression, wrt).as_dict()["derivatives"][0]


def test_index_notation_writes_its_sums_out():
    (entry,) = derive("A*X*B*X", "X", formats=["mathml"]).as_dict()["derivatives"]
    found = seen(inside(entry["tensor_mathml"]))
    assert found.startswith("∂fij∂Xkl=∑")
    assert "δ" in found


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_any_mathml_is_well_formed(e):
    found = mathml(e)
    root = checked(found)
    annotation = root.find(f".//{NAMESPACE}annotation")
    assert annotation is not None
    assert annotation.text == latex(e)
    for piece in pieces(found):
        checked(piece)
    joined = "".join(re.sub("</?math[^>]*>", "", p) for p in pieces(found))
    assert seen(joined) == seen(inside(found))
