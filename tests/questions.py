"""Random questions as a user types them, every size different, and points to ask them at."""

import re
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from mcalc.numeric.sample import point
from mcalc.numeric.spaces import structured
from mcalc.syntax.parser import parse
from tests import reference

SIZES = {"m": 2, "n": 3}

_SHAPES = {
    **dict.fromkeys("AB", ("matrix", "m", "n")),
    **dict.fromkeys("XYSLDKQ", ("matrix", "n", "n")),
    **dict.fromkeys("PU", ("matrix", "m", "m")),
    **dict.fromkeys("xyw", ("vector", "n")),
    "z": ("vector", "m"),
    "r": ("row_vector", "n"),
    "t": ("row_vector", "m"),
    **dict.fromkeys("abc", ("scalar",)),
}
_STRUCTURES = {
    "S": "symmetric",
    "P": "spd",
    "L": "lower",
    "U": "upper",
    "D": "diagonal",
    "K": "skew",
    "Q": "orthogonal",
    "w": "positive",
    "c": "positive",
}
VARIABLES = {
    name: {
        "kind": kind,
        "shape": sizes,
        "structure": [_STRUCTURES[name]] if name in _STRUCTURES else [],
    }
    for name, (kind, *sizes) in _SHAPES.items()
}
"""A declaration for each name that may occur."""

_NAME = re.compile(r"[A-Za-z]\w*")


def names_in(text):
    """The variables of a formula, in alphabetical order."""
    return sorted(set(_NAME.findall(text)) & VARIABLES.keys())


def declarations(text):
    """What has to be declared for a formula."""
    return {name: VARIABLES[name] for name in names_in(text)}


class Question(NamedTuple):
    text: str
    wrt: tuple[str, ...]

    @property
    def request(self):
        """The arguments of mcalc.derive."""
        return {
            "expression": self.text,
            "wrt": list(self.wrt),
            "variables": declarations(self.text),
        }


# ---------------------------------------------------------------- strategies
# A shape is a pair of size names, "1" where there is no axis.
SCALAR = ("1", "1")
_SHAPE_OF = {
    name: (
        sizes[0] if kind in ("vector", "matrix") else "1",
        sizes[-1] if kind in ("row_vector", "matrix") else "1",
    )
    for name, (kind, *sizes) in _SHAPES.items()
}
COLUMNS, ROWS = [("m", "1"), ("n", "1")], [("1", "m"), ("1", "n")]
MATRICES = [("m", "n"), ("n", "m"), ("n", "n"), ("m", "m")]
SHAPES = [SCALAR, *COLUMNS, *ROWS, *MATRICES]
SMOOTH = ("exp", "sin", "cos", "tanh", "sigmoid", "softplus", "arctan", "square", "expm1", "erf")
KINKED = ("abs", "relu")


@st.composite
def questions(draw, shapes=SHAPES, order=1, depth=3):
    """A formula, and which of its variables to differentiate it by."""
    shape = draw(st.sampled_from(shapes))
    text = draw(formulas(shape, depth).filter(names_in))
    names = names_in(text)
    if order > 1:  # a second derivative within the orthogonal matrices is not defined here
        names = [name for name in names if name != "Q"] or ["a"]
        text = text if set(names) & set(names_in(text)) else f"a*({text})"
    wrt = draw(st.lists(st.sampled_from(names), min_size=order, max_size=order))
    return Question(text, tuple(wrt))


@st.composite
def formulas(draw, shape, depth=3):
    """A formula of that shape."""

    def some(shape, depth):
        if depth <= 0:
            return draw(st.sampled_from(_leaves(shape)))
        rules = [rule for accepts, rule in _RULES if accepts(*shape)]
        rule = draw(st.sampled_from(rules))
        return rule(draw, shape, lambda inner: some(inner, depth - draw(st.integers(1, 2))))

    return some(shape, draw(st.integers(1, depth)))


def _leaves(shape):
    rows, columns = shape
    found = [name for name, its in _SHAPE_OF.items() if its == shape]
    found += [f"{name}'" for name, its in _SHAPE_OF.items() if its[::-1] == shape != SCALAR]
    if shape == SCALAR:
        return [*found, "2", "0.5"]
    if columns == "1":
        return [*found, f"ones({rows})"]
    if rows == "1":
        return [*found, f"ones({columns})'"]
    return [*found, f"ones({rows}, {columns})", *([f"eye({rows})"] if rows == columns else [])]


def _any(draw):
    return draw(st.sampled_from("mn"))


def _product(draw, shape, some):
    inner = _any(draw)
    return f"({some((shape[0], inner))}*{some((inner, shape[1]))})"


def _call(names, argument):
    def rule(draw, shape, some):
        name = draw(st.sampled_from(names))
        return f"{name}({some(argument(draw, shape))})"

    return rule


def _same(draw, shape):
    return shape


def _square_shape(draw, shape=SCALAR):
    size = _any(draw)
    return size, size


def _array(draw, shape=SCALAR):
    return draw(st.sampled_from([*COLUMNS, *ROWS, *MATRICES]))


def _column(draw, shape=SCALAR):
    return _any(draw), "1"


def _spd(some, size):
    """A symmetric matrix with eigenvalues above 1."""
    other = "m" if size == "n" else "n"
    X = some((size, other))
    return f"({X}*({X})'+eye({size}))"


def _symmetric_call(names):
    def rule(draw, shape, some):
        size = shape[0] if shape != SCALAR else _any(draw)
        return f"{draw(st.sampled_from(names))}({_spd(some, size)})"

    return rule


def _blocks_product(draw, shape, some):
    """[A, B]*[C; D]."""
    left = f"[{some((shape[0], 'n'))}, {some((shape[0], 'm'))}]"
    return f"({left}*[{some(('n', shape[1]))}; {some(('m', shape[1]))}])"


def _kron_product(draw, shape, some):
    """A⊗B times a vec, for a column."""
    C = some(("m", "n"))
    return f"(kron({some(('1', 'n'))}, {some((shape[0], 'm'))})*vec({C}))"


def _reduced_kron(draw, shape, some):
    return f"sum(kron({some(_array(draw))}, {some(_array(draw))}))"


def _is_array(rows, columns):
    return (rows, columns) != SCALAR


def _is_square(rows, columns):
    return rows == columns != "1"


def _is_scalar(rows, columns):
    return (rows, columns) == SCALAR


def _is_column(rows, columns):
    return columns == "1" != rows


def _is_row(rows, columns):
    return rows == "1" != columns


def _is_matrix(rows, columns):
    return "1" not in (rows, columns)


def _everything(rows, columns):
    return True


_SCALAR_CALLS = ("sum", "norm1", "norm2", "mean", "max")
_RULES = [
    (_everything, lambda draw, shape, some: f"({some(shape)}+{some(shape)})"),
    (_everything, lambda draw, shape, some: f"({some(shape)}-{some(shape)})"),
    (_everything, lambda draw, shape, some: f"({some(SCALAR)}*{some(shape)})"),
    (_everything, lambda draw, shape, some: f"({some(shape)}.*{some(shape)})"),
    (_everything, lambda draw, shape, some: f"({some(shape)}/(1+exp({some(SCALAR)})))"),
    (_everything, lambda draw, shape, some: f"({some(shape)}./(2*cosh({some(shape)})))"),
    (_everything, lambda draw, shape, some: f"({some(shape[::-1])})'"),
    (_everything, lambda draw, shape, some: f"({some(shape)}).^{draw(st.integers(2, 3))}"),
    (_everything, lambda draw, shape, some: f"max({some(shape)}, {some(shape)})"),
    (_everything, _call(SMOOTH, _same)),
    (_everything, _call(SMOOTH, _same)),
    (_everything, _call(KINKED, _same)),
    (_everything, _product),
    (_everything, _product),
    (_everything, _product),
    (_everything, _blocks_product),
    (
        _is_matrix,
        lambda draw, shape, some: f"outer({some((shape[0], '1'))}, {some((shape[1], '1'))})",
    ),
    (_is_square, lambda draw, shape, some: f"inv({some(shape)}+3*eye({shape[0]}))"),
    (_is_square, lambda draw, shape, some: f"({some(shape)})^{draw(st.integers(2, 3))}"),
    (_is_square, _call(("adj", "sym", "tril", "triu", "expm"), _same)),
    (_is_square, _call(("diag",), lambda draw, shape: (shape[0], "1"))),
    (_is_square, _symmetric_call(("sqrtm", "logm", "chol", "inv"))),
    (_is_column, _call(("diag",), lambda draw, shape: (shape[0], shape[0]))),
    (_is_column, _call(("softmax",), _same)),
    (_is_column, _symmetric_call(("eigvals",))),
    (_is_column, lambda draw, shape, some: f"sum({some((shape[0], _any(draw)))}, 2)"),
    (_is_column, _kron_product),
    (
        _is_column,
        lambda draw, shape, some: f"(({some((shape[0],) * 2)}+3*eye({shape[0]}))\\{some(shape)})",
    ),
    (_is_row, lambda draw, shape, some: f"mean({some((_any(draw), shape[1]))}, 1)"),
    (_is_scalar, _call(_SCALAR_CALLS, _array)),
    (_is_scalar, _call(_SCALAR_CALLS, _array)),
    (_is_scalar, _call(("tr", "det"), _square_shape)),
    (_is_scalar, _call(("logsumexp", "prod"), _column)),
    (_is_scalar, _reduced_kron),
    (_is_scalar, _symmetric_call(("logdet", "lambda_max", "lambda_min"))),
]


# ---------------------------------------------------------------- points
def point_of(derivative, seed=0):
    """Arrays for the variables of an answer where its formula holds; None where none was found."""
    inner = derivative.derivative
    found = point([inner.value, derivative.result, *inner.wrt], seed, SIZES)
    if found is None:
        return None
    rng = np.random.default_rng(seed)
    arguments = {}
    for name in names_in(derivative.request.expression):
        said = VARIABLES[name]
        drawn = structured(
            rng.standard_normal([SIZES[s] for s in said["shape"]]), said["structure"]
        )
        arguments[name] = found.values.get(name, drawn)
    return arguments


def value_at(text, arguments):
    """The value of a formula by the second telling of what it means."""
    variables = {name: reference.value(X, VARIABLES[name]["kind"]) for name, X in arguments.items()}
    return reference.evaluate(text, variables, SIZES)


# ---------------------------------------------------------------- the same, written otherwise
def renamed(text, names):
    """The formula with other names."""
    return _NAME.sub(lambda match: names.get(match[0], match[0]), text)


def shuffled(text, rng):
    """The formula with the terms of sums and the factors of element-wise products moved about."""
    return _shuffled(parse(text), rng)


def _shuffled(node, rng):
    if node.kind == "binary" and node.text in ("+", "-"):
        terms = list(_terms(node, "+"))
        rng.shuffle(terms)
        return "(" + "".join(sign + _shuffled(term, rng) for sign, term in terms) + ")"
    if node.kind == "binary" and node.text == ".*":
        factors = list(_factors(node))
        rng.shuffle(factors)
        return "(" + ".*".join(_shuffled(factor, rng) for factor in factors) + ")"
    args = [_shuffled(a, rng) for a in node.args]
    match node.kind:
        case "number" | "name":
            return node.text
        case "binary":
            return f"({args[0]}{node.text}{args[1]})"
        case "unary":
            return f"({node.text}{args[0]})"
        case "transpose":
            return f"({args[0]})'"
        case "call":
            return f"{node.text}({', '.join(args)})"
        case "block":
            return f"[{'; '.join(args)}]"
        case "row":
            return ", ".join(args)
    raise AssertionError(node.kind)


_OPPOSITE = {"+": "-", "-": "+"}


def _terms(node, sign):
    if node.kind == "binary" and node.text in ("+", "-"):
        yield from _terms(node.args[0], sign)
        yield from _terms(node.args[1], sign if node.text == "+" else _OPPOSITE[sign])
    else:
        yield sign, node


def _factors(node):
    if node.kind == "binary" and node.text == ".*":
        yield from _factors(node.args[0])
        yield from _factors(node.args[1])
    else:
        yield node
