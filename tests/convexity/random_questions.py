"""Random scalar functions of one variable, typed, in which the rules have something to find."""

import re

from tests.convexity.questions import question

DECLARED = {
    # constants
    "a": "scalar",
    "p": "scalar positive",
    "y": "vector n",
    "v": "vector n positive",
    "w": "vector m",
    "B": "matrix n,n",
    "Q": "matrix n,n psd",
    "P": "matrix m,m spd",
    "M": "matrix m,n",
    # what is asked for
    "s": "scalar",
    "t": "scalar positive",
    "x": "vector n",
    "z": "vector n positive",
    "X": "matrix n,n",
    "Y": "matrix n,n symmetric",
    "S": "matrix n,n spd",
    "D": "matrix n,n diagonal",
    "L": "matrix n,n lower",
    "K": "matrix n,n skew",
    "A": "matrix m,n",
}
VARIABLES = "stxzXYSDLKA"
SCALAR = ("", "")
NAME = re.compile(r"\b[A-Za-z]\b")


def _shape(words):
    _, *rest = words.split()
    if not rest or rest[0] == "positive":
        return SCALAR
    rows, _, columns = rest[0].partition(",")
    return rows, columns


SHAPES = {name: _shape(words) for name, words in DECLARED.items()}

ELEMENTWISE = [
    "exp",
    "log",
    "sqrt",
    "abs",
    "softplus",
    "relu",
    "sigmoid",
    "cosh",
    "square",
    "tanh",
    "log1p",
    "expm1",
    "sin",
    "arctan",
    "erf",
]
BENT = ["exp", "log", "sqrt", "abs", "softplus", "relu", "cosh", "square", "log1p"]
POWERS = ["2", "2", "3", "4", "(1/2)", "(-1)", "(-1/2)", "(3/2)", "(-2)", "(1/3)"]
SQUARE_CONSTANTS = {
    "n": ["B", "Q", "Y", "S", "X", "eye(n)", "(M'*M)", "(2*Q+eye(n))"],
    "m": ["P", "eye(m)", "(M*M')", "(M*Q*M')"],
}

# {s} is a scalar, {u} and {v} vectors of one length, {M} a square matrix, {N} any array, {C} a
# constant square matrix, {e} an element-wise function, {b} one that bends, {p} an exponent.
SCALARS = [
    "({s})+({s})|({s})+({s})|({s})+({s})|({s})-({s})|({s})*({s})|({s})/({s})|{c}*({s})|{c}*({s})",
    "({u})'*{C}*({u})|({u})'*{C}*({u})|({u})'*({v})|({u})'*({u})|({u})'*({u})/({s})",
    "({s})^{p}|({s})^{p}|{e}({s})|{e}({s})|{e}({s})|sum({b}({u}))|sum({b}({u}))|sum({N})|mean({N})",
    "norm1({N})|norm2({N})|norm2({N})|norminf({u})|nucnorm({N})|specnorm({M})|logsumexp({u})",
    "max({u})|min({u})|max({s},{s})|min({s},{s})|prod({u})",
    "tr({M})|tr({M})|logdet({M})|det({M})|tr({C}*inv({M}))|tr(expm({M}))|tr(sqrtm({M}))|tr(logm({M}))",
    "lambda_max(sym({M}))|lambda_min(sym({M}))|tr(({M})'*{C}*({M})*{C})|({u})'*inv({M})*({u})",
    "({u})'*log({u})|{l}'*({u})|{l}'*({u})",
]
SCALARS = [form for line in SCALARS for form in line.split("|")]
ARRAYS = [
    "({o})+({o})",
    "({o})-({o})",
    "{c}*({o})",
    "({o}).*({o})",
    "{e}({o})",
    "{b}({o})",
    "({o}).^{p}",
]
COLUMNS = ["{K}*({u})", "({M})*({u})", "max({o},{o})", "diag({M})", "softmax({o})", "sum({M},2)"]
SQUARES = [
    "inv({M})",
    "({M})'*({M})",
    "{C}*({M})*{C}",
    "diag({u})",
    "({u})*({u})'",
    "sym({M})",
    "({M})^2",
    "({M})+3*{I}",
    "sqrtm({M})",
    "logm({M})",
    "expm({M})",
    "tril({M})",
    "({s})*({M})",
]


class Writer:
    """Writes expressions in one variable."""

    def __init__(self, rng, variable):
        self.rng, self.variable = rng, variable

    def expression(self, shape, depth):
        """An expression of the shape; a size is m, n, or none."""
        if depth <= 0 or self.rng.random() < 0.08:
            return self._leaf(shape)
        rows, columns = shape
        forms = list(SCALARS) if shape == SCALAR else ARRAYS * 2
        if rows and not columns:
            forms += COLUMNS
        if rows and rows == columns:
            forms += SQUARES
        return self._filled(self.rng.choice(forms), shape, depth - 1)

    def _leaf(self, shape):
        rows, columns = shape
        names = [name for name, found in SHAPES.items() if found == shape]
        if SHAPES[self.variable] == shape:
            names += [self.variable] * 12
        if columns and SHAPES[self.variable] == (columns, rows):
            names += [self.variable + "'"] * 8
        if shape == SCALAR:
            names += ["1", "2", "0.5"]
        elif not columns:
            names.append(f"ones({rows})")
        elif rows == columns:
            names.append(f"eye({rows})")
        return self.rng.choice(names)

    def _filled(self, form, shape, depth):
        length = shape[0] or self.rng.choice("mnn")
        # What is named twice is the same twice: a quadratic form.
        first = self.expression((length, ""), depth) if "{u}" in form else ""
        square = self.expression((length, length), depth) if "{M}" in form else ""
        some = {
            "s": lambda: self.expression(SCALAR, depth),
            "u": lambda: first,
            "v": lambda: self.expression((length, ""), depth),
            "M": lambda: square,
            "N": lambda: self.expression(self.rng.choice([(length, ""), ("m", "n")]), depth),
            "o": lambda: self.expression(shape, depth),
            "C": lambda: self.rng.choice(SQUARE_CONSTANTS[length]),
            "K": lambda: self.rng.choice(SQUARE_CONSTANTS[length]),
            "I": lambda: f"eye({length})",
            "l": lambda: self.rng.choice({"m": ["w"], "n": ["y", "v"]}[length]),
            "c": lambda: self.rng.choice(["a", "p", "2", "(-3)", "0.5"]),
            "e": lambda: self.rng.choice(ELEMENTWISE),
            "b": lambda: self.rng.choice(BENT),
            "p": lambda: self.rng.choice(POWERS),
        }
        parts = form.split("{")
        return parts[0] + "".join(some[part[0]]() + part[2:] for part in parts[1:])


def random_question(rng):
    """(the text, the name of the variable that is asked for, which occurs in it)."""
    variable = rng.choice(VARIABLES)
    while True:
        text = Writer(rng, variable).expression(SCALAR, rng.choice([2, 2, 3, 3, 4]))
        if variable in NAME.findall(text):
            return text, variable


def lowered(text):
    """The question with the declarations of its variables."""
    names = set(NAME.findall(text))
    return question(text, {name: words for name, words in DECLARED.items() if name in names})
