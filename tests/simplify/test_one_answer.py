"""The same question has the same answer: in every process, and whatever its names are."""

import json
import os
import subprocess
import sys

import pytest

from mcalc import derive

QUESTIONS = [
    ("c*(a^2+2*a*b+b^2+sin(a)^2+cos(a)^2)", "c", []),
    ("c*(x'*x+2*x'*y+y'*y)", "c", []),
    ("norm2(A*x-y)^2", "x", ["A'*A = eye"]),
    ("exp(x'*A*x)*x'*x", "x", ["a = x'*x", "z = A*x"]),
    ("log(sum(exp(A*x)))", "x", []),
    ("y'*log(exp(x)/sum(exp(x)))", "x", []),
    ("y'*X*pinv(X)*y", "X", []),
    ("c*tr(inv(A)-inv(A)*B*inv(eye+C*inv(A)*B)*C*inv(A))", "c", []),
    ("(a^3*x'*y+a^2*y'*x+a*x'*x)*c", "c", []),
    ("-(y'*log(sigmoid(X*w))+(vector(1)-y)'*log(vector(1)-sigmoid(X*w)))", "w", []),
    ("norm2([x; A*x; y])^2", "x", []),
    ("sum(kron(X,Y))*sum(diag(X).^3)", "X", []),
]

_SCRIPT = """
import json, sys
from mcalc import derive
for text, by, where in json.load(sys.stdin):
    print(derive(text, by, where=where).text)
    print(derive(text, by, where=where, order=2).text)
"""


def test_in_every_process():
    answers = []
    for seed in ("0", "1", "4711"):
        found = subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            input=json.dumps(QUESTIONS),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.append(found.stdout)
    assert answers[0]
    assert len(set(answers)) == 1


# One letter for another of the same kind, in another order; no function has such a name.
_OTHER = str.maketrans("ABCXYabcwxyz", "MGLZNfdbhvuk")
_WORDS = ("exp", "log", "sum", "sin", "cos", "tr", "inv", "eye", "pinv", "kron", "diag", "norm2",
          "sigmoid", "vector", "softmax", "softplus", "zeros", "ones", "vec", "commutation",
          "sqrt", "where", "logsumexp", "matrix", "tanh", "sign", "abs")  # fmt: skip


def renamed(text):
    """The text with other names for its variables."""
    marked = text
    for i, word in enumerate(sorted(_WORDS, key=len, reverse=True)):
        marked = marked.replace(word, chr(0xE000 + i))
    marked = marked.translate(_OTHER)
    for i, word in enumerate(sorted(_WORDS, key=len, reverse=True)):
        marked = marked.replace(chr(0xE000 + i), word)
    return marked


@pytest.mark.parametrize(("text", "by", "where"), QUESTIONS)
def test_whatever_the_names_are(text, by, where):
    """Names decide the order of what is else alike, and nothing about the form."""
    here = derive(text, by, where=where).only
    there = derive(renamed(text), renamed(by), where=[renamed(w) for w in where]).only
    assert here.result.form == there.result.form
    assert sorted(renamed(here.text)) == sorted(there.text)
