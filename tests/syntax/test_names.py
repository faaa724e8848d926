import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcalc.errors import McalcError
from mcalc.syntax.names import closest, default_kind, is_name
from mcalc.syntax.parser import parse

# Letters that are easily confounded with signs, and signs with letters.
LIKELY = st.text("aZ_1éλΣ矩ᵀⁿ²Ⅷªﬁ𝐱\u0301\u0338\u200b'·. ", max_size=4)


@given(st.one_of(LIKELY, st.text(max_size=4)))
def test_a_name_is_what_the_parser_takes_for_one(text):
    try:
        tree = parse(text)
        names = tree.kind == "name" and (tree.start, tree.end) == (0, len(text))
    except McalcError:
        names = False
    assert is_name(text) == names


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            "scalar",
            "a g b_1 é lambda lambda1 mu_k xi pi alpha_beta λ λ1 α_x ϕ ж 矩 ß µ 𝛼 lambda_max",
        ),
        ("vector", "h z x1 x_1 nut xis mux lambdas ñ ℓ 𝐱 y"),
        ("matrix", "A Z Sigma Σ Γ1 Ж É ℝ 𝐀 X_1"),
    ],
)
def test_default_kind(kind, names):
    assert {name: default_kind(name) for name in names.split()} == dict.fromkeys(
        names.split(), kind
    )


@pytest.mark.parametrize(
    ("word", "meant"),
    [("symetric", "symmetric"), ("SPD", "spd"), ("sym", "symmetric"), ("q", None), ("", None)],
)
def test_closest(word, meant):
    assert closest(word, ("symmetric", "spd", "skew")) == meant


def test_closest_gives_up_on_long_words():
    assert closest("symmetric" * 10_000, ("symmetric",)) is None
