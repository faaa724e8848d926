"""Index notation, read from its text, gives the same array as the generated code."""

import numpy as np
import pytest

from mcalc import derive
from tests.index_reader import value_of
from tests.questions import SIZES, VARIABLES, declarations, point_of

# Expressions with the lists of variables to differentiate them by, one letter for each.
QUESTIONS = {
    # scalars
    "x'*S*y": "x SS xx xy",
    "norm2(A*x-z)^2": "x A xx xA AA AxA",
    "sum(exp(A*x))": "x A xx AA xxx",
    "det(X)": "X XX XXX",
    "logdet(P)": "P PP",
    "tr(inv(X)*S)": "X XS XX",
    "a^3*sum(A)": "a aa A aA aaA",
    "mean(A.^3)": "A AA AAA",
    "logsumexp(y+B'*z)": "y B yB",
    "lambda_max(S)": "S SS",
    "r*X*r'": "r X rr Xr rXr",
    "sum(kron(A, B))": "A AB",
    "norm1(D*x)": "x D",
    "prod(x)": "x",
    # columns and rows
    "A*x": "A x Ax",
    "tanh(A*x).*z": "x A xx AA xA",
    "x.*y./(2*cosh(x))": "x xx xy",
    "softmax(x)": "x xx",
    "diag(X*Y)": "X XY XX",
    "sum(A, 2)*a": "A aA",
    "[A*x; x]": "x A Ax",
    "(X+3*eye(n))\\x": "X x Xx",
    "eigvals(S)": "S",
    "r*X": "r X rX",
    "mean(A.^2, 1)": "A AA",
    "(z'*A).*r": "z A r zA Ar",
    "x'*(r'*r)": "x r xr rr",
    "vec(A*X)": "A X AX",
    # matrices
    "A*X*B'": "A X B AX AB AXB",
    "inv(X)": "X XX XXX",
    "X^3": "X XX",
    "A.*B": "A AB",
    "sin(a*A)": "a A aA AA",
    "x*r": "x r xr",
    "diag(x)*X": "x X xX",
    "kron(A, S)": "A S AS",
    "kron(x, A)": "x A",
    "[A, z; r, a]": "A z r a",
    "adj(X)": "X",
    "tril(X)*Y": "X XY",
    "sym(X)*L": "X L XL",
    "Q*X*Q'": "Q X",
    "chol(P)": "P",
    "expm(X)": "X",
    "sum(X)*K": "X K XK",
    "x*ones(m)'*a": "x a xa",
    "zeros(m, n)*X": "X",
    # long enough for names of shared parts
    "w'*tanh(X*tanh(Y*tanh(S*tanh(D*x))))": "x D X",
    "y'*r where p = x+X*tanh(x), q = p+Y*tanh(p), s = q+S*tanh(q), r = s+L*tanh(s)": "x X",
}
CASES = [(text, wrt) for text, lists in QUESTIONS.items() for wrt in lists.split()]


def assert_same(text, wrt):
    derivative = derive(text, list(wrt), variables=declarations(text)).only
    arguments = point_of(derivative)
    values = {**arguments, **SIZES}
    given = {keyword: values[name] for keyword, name in derivative.numpy.arguments.items()}
    wanted = np.asarray(derivative.compile("numpy")(**given))
    found = value_of(derivative.tensor, VARIABLES, arguments, SIZES, wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8 * np.abs(wanted).max(initial=1))


@pytest.mark.parametrize(("text", "wrt"), CASES, ids=lambda part: part)
def test_index_notation_gives_the_array_of_the_code(text, wrt):
    assert_same(text, wrt)
