"""The part of Julia that generated modules use, read by Julia's grammar and run on NumPy's arrays.

It knows what Julia has otherwise than NumPy: indices from one, memory by columns, broadcasting from
the first axis on, functions of numbers that refuse arrays without a dot.
"""

import operator
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special
import tree_sitter
import tree_sitter_julia

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_julia.language()))


def parse(source):
    """The root of the syntax tree; it fails where the source is not Julia."""
    root = PARSER.parse(source.encode()).root_node
    assert not root.has_error, f"no Julia: {_first_error(root)}"
    return root


def _first_error(root):
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            return f"line {node.start_point[0] + 1}: {node.text.decode()}"
        stack += reversed(node.children)
    raise AssertionError


def run(source):
    """The names that the module in a source defines."""
    names = dict(BASE)
    (module,) = [n for n in parse(source).named_children if n.type == "module_definition"]
    for statement in module.named_children[1:]:
        _execute(statement, names)
    return names


# ---------------------------------------------------------------- values
class DimensionMismatch(Exception):
    pass


class _Return(Exception):
    pass


class Scaling:
    """A multiple of the identity, of any size."""

    def __init__(self, factor):
        self.factor = factor


class Factored:
    """A factorisation of a matrix."""

    def __init__(self, matrix):
        self.matrix = matrix
        self.L = np.linalg.cholesky(matrix) if (matrix == matrix.T).all() else None


class Singular:
    def __init__(self, X):
        self.U, self.S, self.Vt = np.linalg.svd(np.asarray(X), full_matrices=False)
        self.V = self.Vt.T


class Span(tuple[int, ...]):
    """A range."""


class _NewAxis:
    pass


NEWAXIS = _NewAxis()


def _is_number(x):
    return isinstance(x, (int, float, np.number, np.bool_))


def _leading(arrays):
    """Arrays that NumPy broadcasts as Julia does."""
    rank = max(np.ndim(a) for a in arrays)
    return [np.reshape(a, np.shape(a) + (1,) * (rank - np.ndim(a))) for a in arrays]


def _by_entry(function, *arguments):
    if all(_is_number(a) for a in arguments):
        return function(*arguments)
    return np.vectorize(function, otypes=[float])(*_leading(arguments))


def _of_numbers(function):
    def checked(*arguments):
        assert all(_is_number(a) for a in arguments), "an array where a number is wanted"
        with np.errstate(all="ignore"):  # Julia's numbers overflow to infinity without a word
            return function(*arguments)

    return checked


def _number_or_matrix(of_number, of_matrix):
    def either(x):
        if _is_number(x):
            return _of_numbers(of_number)(x)
        assert np.ndim(x) == 2
        assert x.shape[0] == x.shape[1]
        return of_matrix(x)

    return either


# ---------------------------------------------------------------- operators
def _times(a, b):
    if isinstance(a, Scaling) or isinstance(b, Scaling):
        scaling, other = (a, b) if isinstance(a, Scaling) else (b, a)
        return Scaling(scaling.factor * other)
    if _is_number(a) or _is_number(b):
        return a * b
    assert np.ndim(b) == 2 or np.ndim(a) == 2, "two vectors have no product"
    if np.ndim(a) == 1:
        a = a[:, None]
    return a @ b


def _plus(a, b):
    if isinstance(b, Scaling):
        return a + b.factor * np.eye(len(a))
    assert np.shape(a) == np.shape(b), "a sum of different shapes needs a dot"
    return a + b


def _minus(a, b):
    assert np.shape(a) == np.shape(b), "a difference of different shapes needs a dot"
    return a - b


def _over(a, b):
    assert _is_number(b)
    return a / b


def _solve(a, b):
    return np.linalg.solve(a.matrix if isinstance(a, Factored) else a, b)


def _power(a, b):
    if _is_number(a):
        return float(a) ** b
    if float(b).is_integer():
        return np.linalg.matrix_power(a, int(b))
    return np.real(scipy.linalg.fractional_matrix_power(a, b))


BINARY = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "\\": _solve,
    "^": _power,
    "==": operator.eq,
}
DOTTED = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: np.float64(a) / b,
    "^": lambda a, b: np.float64(a) ** b,
    "==": operator.eq,
    "!=": operator.ne,
}


# ---------------------------------------------------------------- functions
def _size(X, axis=None):
    shape = X.matrix.shape if isinstance(X, Factored) else np.shape(X)
    return shape if axis is None else shape[axis - 1]


def _reshape(X, *sizes):
    sizes = sizes[0] if isinstance(sizes[0], tuple) and not isinstance(sizes[0], Span) else sizes
    return np.reshape(X, [-1 if s == ":" else s for s in sizes], order="F")


def _permutedims(X, order=(2, 1)):
    return np.transpose(X, [k - 1 for k in order])


def _matrix(X, *sizes):
    return X.factor * np.eye(*sizes) if isinstance(X, Scaling) else np.array(X)


def _hvcat(lengths, *blocks):
    blocks = list(blocks)
    return np.vstack([np.hstack([blocks.pop(0) for _ in range(k)]) for k in lengths])


def _vcat(*parts):
    assert all(np.ndim(p) == 1 for p in parts)
    return np.concatenate(parts)


def _dense(X):
    return X.matrix if isinstance(X, Factored) else X


def _sum(X, dims=None):
    return np.sum(X) if dims is None else np.sum(X, axis=dims - 1, keepdims=True)


def _dot(a, b):
    assert np.shape(a) == np.shape(b)
    return np.sum(a * b)


def _throw(error):
    raise error


BASE = {
    "true": True, "nothing": None, "pi": np.pi, "I": Scaling(1.0), "Float64": float, "Int": int,
    "throw": _throw, "DimensionMismatch": DimensionMismatch, "Ref": lambda x: [x],
    "size": _size, "ndims": np.ndim, "length": np.size, "reshape": _reshape,
    "permutedims": _permutedims, "reverse": lambda t: t[::-1],
    "vec": lambda X: np.ravel(X, order="F"), "vcat": _vcat, "hvcat": _hvcat, "Matrix": _matrix,
    "zeros": lambda *sizes: np.zeros(sizes), "ones": lambda *sizes: np.ones(sizes),
    "axes": lambda X, k: range(1, np.shape(X)[k - 1] + 1),
    "eachindex": lambda x: range(1, len(x) + 1), "div": lambda a, b: a // b,
    "CartesianIndex": lambda: NEWAXIS,
    "dot": _dot, "norm": np.linalg.norm, "sum": _sum, "prod": np.prod, "tr": np.trace,
    "maximum": np.max, "minimum": np.min, "isfinite": _of_numbers(np.isfinite),
    "inv": lambda X: np.linalg.inv(_dense(X)), "det": lambda X: np.linalg.det(_dense(X)),
    "logabsdet": lambda X: np.linalg.slogdet(_dense(X))[::-1],
    "logdet": lambda X: np.linalg.slogdet(_dense(X))[1],
    "lu": Factored, "cholesky": Factored, "pinv": np.linalg.pinv,
    "Symmetric": lambda X, part: np.tril(X) + np.tril(X, -1).T,
    "LowerTriangular": np.tril, "UpperTriangular": np.triu, "Diagonal": np.diag,
    "cross": np.cross, "kron": np.kron, "diagm": np.diag, "diag": np.diagonal, "tril": np.tril,
    "triu": np.triu, "svd": Singular, "svdvals": lambda X: np.linalg.svd(X, compute_uv=False),
    "eigmax": lambda S: np.linalg.eigvalsh(S)[-1], "eigmin": lambda S: np.linalg.eigvalsh(S)[0],
    "eigvals": np.linalg.eigvalsh, "eigvecs": lambda S: np.linalg.eigh(S)[1],
    "real": np.real,
    "exp": _number_or_matrix(np.exp, scipy.linalg.expm),
    "log": _number_or_matrix(np.log, scipy.linalg.logm),
    "sqrt": _number_or_matrix(np.sqrt, scipy.linalg.sqrtm),
    **{name: _of_numbers(function) for name, function in {
        "log1p": np.log1p, "expm1": np.expm1, "sign": np.sign, "abs": np.abs, "sin": np.sin,
        "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
        "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
        "acosh": np.arccosh, "atanh": np.arctanh, "max": max, "min": min,
        "erf": scipy.special.erf, "loggamma": scipy.special.gammaln,
        "digamma": scipy.special.digamma, "polygamma": scipy.special.polygamma,
    }.items()},
}  # fmt: skip


# ---------------------------------------------------------------- evaluation
def _execute(node, names):
    """A statement; the value of an expression."""
    kind, children = node.type, node.named_children
    if kind == "function_definition":
        name, function = _function(children[0].named_children[0], children[1:], names)
        names[name] = function
    elif kind == "const_statement":
        _execute(children[0], names)
    elif kind in ("assignment", "compound_assignment_expression"):
        _assign(node, names)
    elif kind == "for_statement":
        bindings = [c for c in children if c.type == "for_binding"]
        _loop(bindings, [c for c in children if c.type != "for_binding"], names)
    elif kind == "return_statement":
        raise _Return(_value(children[0], names))
    elif kind not in ("using_statement", "export_statement", "line_comment", "string_literal"):
        _value(node, names)


def _function(call, body, names):
    """(name, function) of a definition."""
    name, arguments = [c for c in call.children if c.is_named]
    positional, keywords, rest, after = [], [], None, False
    for c in arguments.children:
        after = after or c.type == ";"
        if c.type == "identifier":
            (keywords if after else positional).append(c.text.decode())
        elif c.type == "splat_expression":
            rest = c.named_children[0].text.decode()

    def function(*given, **named):
        assert set(named) == set(keywords)
        assert len(given) == len(positional) or rest
        local = {**dict(zip(positional, given, strict=False)), **named}
        if rest:
            local[rest] = given[len(positional) :]
        scope = _Scope(names, local)
        try:
            value = None
            for statement in body:
                if statement.type in _STATEMENTS:
                    _execute(statement, scope)
                else:
                    value = _value(statement, scope)
        except _Return as returned:
            return returned.args[0]
        return value

    return name.text.decode(), function


_STATEMENTS = ("assignment", "compound_assignment_expression", "for_statement", "return_statement")


class _Scope(dict[str, Any]):
    """Names of a function, and around it those of the module."""

    def __init__(self, outer, local):
        super().__init__(local)
        self.outer = outer

    def __missing__(self, name):
        return self.outer[name]


def _loop(bindings, body, names):
    if not bindings:
        for statement in body:
            _execute(statement, names)
        return
    variable, _, over = bindings[0].children
    for k in _value(over, names):
        names[variable.text.decode()] = k
        _loop(bindings[1:], body, names)


def _assign(node, names):
    target, sign, source = node.children
    if target.type == "call_expression":
        name, function = _function(target, [source], names)
        names[name] = function
        return
    value = _value(source, names)
    if sign.text != b"=":
        old = _value(target, names)
        sign = sign.text.decode().removesuffix("=")
        value = DOTTED[sign[1:]](old, value) if sign[0] == "." else BINARY[sign](old, value)
        assert np.shape(value) == np.shape(old)
    if target.type == "identifier":
        names[target.text.decode()] = value
    else:
        array, index = target.named_children
        array = _value(array, names)
        place = _index(index, array, names)
        if len(place) == 1 and np.ndim(array) > 1:
            place = np.unravel_index(place[0], array.shape, order="F")
        array[place] = value


def _index(node, array, names):
    """What is between brackets, as NumPy has it."""
    found = []
    for axis, c in enumerate(node.named_children):
        length = (
            np.size(array) if len(node.named_children) == 1 else np.shape(array)[axis : axis + 1]
        )
        scope = _Scope(names, {"end": int(np.prod(length))})
        k = ":" if c.text == b":" else _value(c, scope)
        if isinstance(k, str):
            found.append(slice(None))
        elif isinstance(k, list):
            found.append(None)
        elif isinstance(k, Span):
            found.append(slice(k[0] - 1, k[0] - 1 + len(k)) if k else slice(0, 0))
        elif isinstance(k, np.ndarray):
            found.append(k if k.dtype == bool else k.astype(int) - 1)
        else:
            assert k >= 1
            found.append(k - 1)
    return tuple(found)


def _value(node, names):
    return _VALUES[node.type](node, names)


def _string(node, names):
    return node.text.decode()


def _identifier(node, names):
    return names[node.text.decode()]


def _binary(node, names):
    left, sign, right = node.children
    sign = sign.text.decode()
    if sign in ("&&", "||"):
        first = _value(left, names)
        return _value(right, names) if bool(first) is (sign == "&&") else first
    a, b = _value(left, names), _value(right, names)
    if sign[0] == ".":
        a, b = [np.asarray(x) if isinstance(x, Span) else x for x in (a, b)]
        both = (a, b) if _is_number(a) and _is_number(b) else _leading([a, b])
        return DOTTED[sign[1:]](*both)
    return BINARY[sign](a, b)


def _unary(node, names):
    sign, operand = node.children
    assert sign.text == b"-"
    return -_value(operand, names)


def _range(node, names):
    parts = []
    while node.type == "range_expression":
        node, last = node.named_children
        parts.insert(0, _value(last, names))
    first = _value(node, names)
    step = parts[0] if len(parts) == 2 else 1
    return Span(range(first, parts[-1] + (1 if step > 0 else -1), step))


def _call(node, names):
    arguments, keywords = [], {}
    for c in node.named_children[1].children:
        if c.type == "named_argument":
            name, _, value = c.children
            keywords[name.text.decode()] = _value(value, names)
        elif c.type == "splat_expression":
            arguments += _value(c.named_children[0], names)
        elif c.text == b":":
            arguments.append(":")
        elif c.is_named:
            arguments.append(_value(c, names))
    if node.named_children[0].text == b"-":
        return -arguments[0]
    function = _value(node.named_children[0], names)
    if node.type == "broadcast_call_expression":
        return _by_entry(function, *arguments)
    return function(*arguments, **keywords)


def _adjoint(node, names):
    X = _value(node.named_children[0], names)
    if isinstance(X, Factored):
        return Factored(X.matrix.T)
    return X[None, :] if np.ndim(X) == 1 else X.T


def _subscript(node, names):
    array, index = node.named_children
    array = _value(array, names)
    place = _index(index, array, names)
    if not place or isinstance(array, (list, tuple)):
        return array[place[0] if place else 0]
    axes = sum(k is not None for k in place)
    assert axes == np.ndim(array), "as many indices as axes"
    return array[place]


def _arrow(node, names):
    variable, body = node.named_children
    return lambda x: _value(body, _Scope(names, {variable.text.decode(): x}))


def _vector(node, names):
    entries = [_value(c, names) for c in node.named_children]
    return entries if any(e is NEWAXIS for e in entries) else np.array(entries, dtype=float)


def _comprehension(node, names):
    entry, clause = node.named_children
    variable, _, over = clause.named_children[0].children
    name = variable.text.decode()
    return np.array([_value(entry, _Scope(names, {name: k})) for k in _value(over, names)])


_VALUES = {
    "identifier": _identifier,
    "boolean_literal": lambda node, names: node.text == b"true",
    "integer_literal": lambda node, names: int(node.text),
    "float_literal": lambda node, names: float(node.text),
    "string_literal": _string,
    "quote_expression": _string,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "range_expression": _range,
    "call_expression": _call,
    "broadcast_call_expression": _call,
    "adjoint_expression": _adjoint,
    "index_expression": _subscript,
    "arrow_function_expression": _arrow,
    "vector_expression": _vector,
    "comprehension_expression": _comprehension,
    "parenthesized_expression": lambda node, names: _value(node.named_children[0], names),
    "tuple_expression": lambda node, names: tuple(_value(c, names) for c in node.named_children),
    "open_tuple": lambda node, names: tuple(_value(c, names) for c in node.named_children),
    "field_expression": lambda node, names: getattr(
        _value(node.named_children[0], names), node.named_children[1].text.decode()
    ),
    "juxtaposition_expression": lambda node, names: _times(
        *[_value(c, names) for c in node.named_children]
    ),
    "ternary_expression": lambda node, names: _value(
        node.named_children[1 if _value(node.named_children[0], names) else 2], names
    ),
    "matrix_expression": lambda node, names: np.block(
        [[_value(c, names) for c in row.named_children] for row in node.named_children]
    ),
}
