"""What a formula means, told a second time: NumPy over the surface tree, sharing nothing with mcalc
but its parser.

Within, every value is a matrix with two marks, whether it has rows and whether it has columns; so a
scalar, a column, a row and a matrix of one entry stay apart. The arithmetic works on arrays of
objects too (see `tests.taylor`); of the functions, the element-wise ones, `tr`, `det` and `inv`.
"""

from functools import reduce
from typing import NamedTuple

import numpy as np
import scipy.linalg
import scipy.special

from mcalc.syntax.parser import parse


class Value(NamedTuple):
    array: np.ndarray
    has_rows: bool
    has_columns: bool

    @property
    def natural(self):
        """The array with absent axes left out."""
        absent = tuple(i for i, has in enumerate(self[1:]) if not has)
        return self.array.squeeze(absent)

    @property
    def is_scalar(self):
        return not (self.has_rows or self.has_columns)


def value(array, kind):
    """A variable of that kind: scalar, vector, row_vector or matrix."""
    array = np.asarray(array)
    has_rows, has_columns = kind in ("vector", "matrix"), kind in ("row_vector", "matrix")
    absent = tuple(i for i, has in enumerate((has_rows, has_columns)) if not has)
    return Value(np.expand_dims(array, absent), has_rows, has_columns)


def scalar(number):
    return Value(np.reshape(np.asarray(number), (1, 1)), False, False)


def evaluate(text, variables, sizes):
    """The value of a formula as the array that users see.

    variables are `Value`s by name, sizes integers by size symbol.
    """
    with np.errstate(all="ignore"):
        return _value(parse(text), variables, sizes).natural


def _value(node, names, sizes):
    def of(child):
        return _value(child, names, sizes)

    match node.kind:
        case "number":
            return scalar(float(node.text))
        case "name":
            return names[node.text] if node.text in names else scalar({"pi": np.pi}[node.text])
        case "unary":
            operand = of(node.args[0])
            return operand if node.text == "+" else operand._replace(array=-operand.array)
        case "transpose":
            return _transposed(of(node.args[0]))
        case "norm":
            return scalar(np.sqrt(np.sum(of(node.args[0]).array ** 2)))
        case "where":
            known = dict(names)
            for definition in node.args[1:]:
                known[definition.text] = _value(definition.args[0], known, sizes)
            return _value(node.args[0], known, sizes)
        case "block":
            return _blocks([[of(e) for e in row.args] for row in node.args])
        case "call" if node.text in _SIZED:
            return _SIZED[node.text](*[_size(a, sizes) for a in node.args])
        case "call" if node.text in _ALONG and len(node.args) == 2:
            return _ALONG[node.text](of(node.args[0]), int(node.args[1].text))
        case "call":
            return _call(node.text, [of(a) for a in node.args])
    return _binary(node.text, *[of(a) for a in node.args])


# ---------------------------------------------------------------- operators
def _transposed(a):
    return Value(a.array.T, a.has_columns, a.has_rows)


def _binary(operator, a, b):
    match operator:
        case "+" | "-":
            assert a[1:] == b[1:]
            assert a.array.shape == b.array.shape
            return a._replace(array=a.array + b.array if operator == "+" else a.array - b.array)
        case ".*" | "./" | ".^":
            shape = b if a.is_scalar else a
            assert a.is_scalar or b.is_scalar or a.array.shape == b.array.shape
            function = {".*": np.multiply, "./": np.divide, ".^": np.power}[operator]
            return shape._replace(array=function(a.array, b.array))
        case "*":
            return _product(a, b)
        case "/":
            if b.is_scalar:
                return a._replace(array=a.array / b.array)
            return _product(a, b._replace(array=inverse(b.array)))
        case "\\":
            if a.is_scalar:
                return b._replace(array=b.array / a.array)
            return _product(a._replace(array=inverse(a.array)), b)
        case "^" if a.is_scalar:
            return scalar(a.array**b.array)
        case "^":
            return a._replace(array=_matrix_power(a.array, b.array.item()))
        case "kron":
            return _kron(a, b)
    raise AssertionError(operator)


def _product(a, b):
    if a.is_scalar or b.is_scalar:
        return (b if a.is_scalar else a)._replace(array=a.array * b.array)
    assert a.has_columns == b.has_rows
    assert a.array.shape[1] == b.array.shape[0]
    return Value(a.array @ b.array, a.has_rows, b.has_columns)


def _matrix_power(X, exponent):
    if exponent == int(exponent):
        base = X if exponent >= 0 else inverse(X)
        return reduce(np.matmul, [base] * abs(int(exponent)), np.eye(len(X)))
    return np.real(scipy.linalg.fractional_matrix_power(X, exponent))


def _kron(a, b):
    return Value(
        np.kron(a.array, b.array), a.has_rows or b.has_rows, a.has_columns or b.has_columns
    )


def _blocks(rows):
    entries = [e for row in rows for e in row]
    array = np.vstack([np.hstack([e.array for e in row]) for row in rows])
    one_row = len(rows) == 1 and not any(e.has_rows for e in entries)
    one_column = all(len(row) == 1 for row in rows) and not any(e.has_columns for e in entries)
    return Value(array, not one_row, not one_column)


# ---------------------------------------------------------------- functions
def det(X):
    """By the first row for objects, which know no more than + and *."""
    if X.dtype != object:
        return np.linalg.det(X)
    if len(X) == 0:
        return 1
    minors = [np.delete(X[1:], j, axis=1) for j in range(len(X))]
    return sum((-1) ** j * X[0, j] * det(minor) for j, minor in enumerate(minors))


def adjugate(X):
    """From the minors, one by one."""
    n = len(X)
    minors = [[np.delete(np.delete(X, i, 0), j, 1) for j in range(n)] for i in range(n)]
    found = [[(-1) ** (i + j) * det(minors[j][i]) for j in range(n)] for i in range(n)]
    return np.array(found, dtype=X.dtype)


def inverse(X):
    return np.linalg.inv(X) if X.dtype != object else adjugate(X) / det(X)


def _call(name, arguments):
    first = arguments[0]
    X = first.array
    if name in _ELEMENTWISE:
        return first._replace(array=_ELEMENTWISE[name](X))
    if name in ("max", "min") and len(arguments) == 2:
        function = np.maximum if name == "max" else np.minimum
        shape = arguments[1] if first.is_scalar else first
        return shape._replace(array=function(X, arguments[1].array))
    if name in _SCALARS:
        return scalar(_SCALARS[name](X))
    if name in _SQUARE:
        return first._replace(array=_SQUARE[name](X))
    return _OTHERS[name](*arguments)


_ELEMENTWISE = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "relu": lambda x: np.where(x > 0, x, 0.0),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arcsinh": np.arcsinh,
    "arccosh": np.arccosh,
    "arctanh": np.arctanh,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "square": lambda x: x * x,
    "sigmoid": scipy.special.expit,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "erf": scipy.special.erf,
    "lgamma": scipy.special.gammaln,
    "digamma": scipy.special.digamma,
}
_SCALARS = {
    "tr": np.trace,
    "det": det,
    "logdet": lambda X: np.log(np.abs(np.linalg.det(X))),
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "norm1": lambda X: np.sum(np.abs(X)),
    "norm2": lambda X: np.sqrt(np.sum(X**2)),
    "norminf": lambda X: np.max(np.abs(X)),
    "logsumexp": lambda X: np.log(np.sum(np.exp(X))),
    "nucnorm": lambda X: np.sum(np.linalg.svd(X, compute_uv=False)),
    "specnorm": lambda X: np.max(np.linalg.svd(X, compute_uv=False)),
    "lambda_max": lambda S: np.max(np.linalg.eigvalsh(S)),
    "lambda_min": lambda S: np.min(np.linalg.eigvalsh(S)),
}
_SQUARE = {
    "inv": inverse,
    "adj": adjugate,
    "sym": lambda X: (X + X.T) / 2,
    "tril": np.tril,
    "triu": np.triu,
    "expm": scipy.linalg.expm,
    "logm": lambda X: np.real(scipy.linalg.logm(X)),
    "sqrtm": lambda X: np.real(scipy.linalg.sqrtm(X)),
    "chol": np.linalg.cholesky,
    "softmax": scipy.special.softmax,
}


def _diag(v):
    if v.has_columns:
        return value(np.diagonal(v.array), "vector")
    return value(np.diag(v.array[:, 0]), "matrix")


def _cross(x, y):
    a, b = x.array[:, 0], y.array[:, 0]
    return value([a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)], "vector")


_OTHERS = {
    "diag": _diag,
    "vec": lambda X: value(X.array.T.ravel(), "vector"),
    "kron": _kron,
    "dot": lambda x, y: scalar(np.sum(x.array * y.array)),
    "outer": lambda x, y: value(np.outer(x.array, y.array), "matrix"),
    "transpose": _transposed,
    "pinv": lambda X: Value(np.linalg.pinv(X.array), True, True),
    "eigvals": lambda S: value(np.linalg.eigvalsh(S.array), "vector"),
    "svdvals": lambda X: value(np.linalg.svd(X.array, compute_uv=False), "vector"),
    "cross": _cross,
}


def _along(function):
    def reduced(X, axis):
        array = function(X.array, axis=axis - 1, keepdims=True)
        return Value(array, X.has_rows and axis != 1, X.has_columns and axis != 2)

    return reduced


_ALONG = {"sum": _along(np.sum), "mean": _along(np.mean)}


# ---------------------------------------------------------------- constants
def _filled(number):
    def constant(*shape):
        return value(np.full(shape, number), "matrix" if len(shape) == 2 else "vector")

    return constant


_SIZED = {
    "ones": _filled(1.0),
    "zeros": _filled(0.0),
    "eye": lambda n: value(np.eye(n), "matrix"),
}


def _size(node, sizes):
    if node.kind == "number":
        return int(node.text)
    if node.kind == "name":
        return sizes[node.text]
    left, right = (_size(a, sizes) for a in node.args)
    return left * right if node.text == "*" else left + right
