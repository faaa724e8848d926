"""The rules of what is made of eigenvalues: traces, determinants, norms, matrix functions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.convexity import bends
from mcalc.convexity.bends import AFFINE, UNKNOWN, Curvature, bent_down, bent_up, scaled
from mcalc.convexity.claims import ALWAYS, NEVER, POSITIVE, Claim, both
from mcalc.convexity.composition import NOTHING, Changing, Composition, Judgement
from mcalc.convexity.entrywise import AN_AFFINE, weighted
from mcalc.convexity.products import TWO, form_of, is_constant, of_chain, of_form
from mcalc.core.algebra import MATPOW, MUL, mul, number_value, transpose
from mcalc.core.graph import Graph, power_graph
from mcalc.core.intervals import POSITIVE as POSITIVE_NUMBERS
from mcalc.core.leaves import ONE
from mcalc.core.op import OPS
from mcalc.core.products import chain, scalars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.core.expr import Expr

_LONGEST_CHAIN = 16
_X_LOG_X = Graph(convex=(POSITIVE_NUMBERS,))


# ---------------------------------------------------------------- the trace
def trace(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """tr(M): as the sum of the diagonal, of the form M, of a product, of a function of M."""
    (M,) = node.args
    known = composition.of(M)
    if known.entries.is_affine:
        return Judgement(AFFINE).because(AN_AFFINE)
    found = weighted(known, POSITIVE, keeps=False, injective=NEVER)
    entries = found.entries.or_else(known.loewner)
    found = found._replace(entries=entries)
    rule = "the trace of {0}"
    if M.op is MUL and not scalars(M):
        product = _trace_of_chain(composition, chain(M))
        if product.entries != UNKNOWN:
            return product._replace(entries=entries.or_else(product.entries))
    graph = _spectral_graph(M)
    if graph is not None:
        claim = composition.symmetric(M.args[0])
        of_spectrum = bends.composed(graph, composition.spectrum(M.args[0]))
        under = Curvature(*[b.under(claim, claim, claim) for b in of_spectrum])
        entries = entries.or_else(under)
        found = found._replace(entries=entries)
        rule = "the trace of a function of {0} bends as the function does"
        return found.because(rule, M.args[0])
    return found.because(rule, M)


def _spectral_graph(M: Expr) -> Graph | None:
    """The function of one number that a matrix function applies to each eigenvalue."""
    if M.op is MATPOW:
        n = number_value(M.args[1])
        return None if n is None else power_graph(n)
    if M.op is OPS["sqrtm"]:
        return power_graph(Fraction(1, 2))
    name = {"expm": "exp", "logm": "log"}.get(M.op.name)
    return OPS[name].graph if name else None


def _trace_of_chain(composition: Composition, links: Sequence[Expr]) -> Judgement:
    """tr(P*M) and tr(P*U'*Q*U), wherever in the cycle the constants stand."""
    changing = [i for i, f in enumerate(links) if not is_constant(composition, f)]
    if len(links) > _LONGEST_CHAIN:
        return NOTHING
    if len(changing) == 1:
        (i,) = changing
        P = mul(*links[i + 1 :], *links[:i])
        known = composition.of(links[i])
        form = form_of(composition, P)
        return Judgement(
            scaled(known.loewner, form, bounded=not composition.moving(P)),
            root=known.root if form.nonnegative == ALWAYS else ONE,
        ).because("the inner product of {0} and {1}", links[i], P)
    if len(changing) == 2 == len(links):
        entropy = _entropy(composition, *links)
        if entropy.entries != UNKNOWN:
            return entropy
    if len(changing) == 2:
        return _trace_of_pair(composition, links, *changing)
    for turn in range(len(links)):
        turned = [*links[turn:], *links[:turn]]
        found = of_chain(composition, turned)
        if not found.loewner.is_unknown:
            return Judgement(found.loewner, root=found.root, rule=found.rule, parts=found.parts)
    return NOTHING


def _entropy(composition: Composition, a: Expr, b: Expr) -> Judgement:
    """tr(M*logm(M)), the trace of the function x*log(x) of M."""
    M, log = (b, a) if a.op is OPS["logm"] else (a, b)
    if log.op is not OPS["logm"] or log.args[0] is not M:
        return NOTHING
    found = bends.composed(_X_LOG_X, composition.spectrum(M))
    return Judgement(found).because("the trace of a function of {0} bends as the function does", M)


def _trace_of_pair(composition: Composition, links: Sequence[Expr], p: int, q: int) -> Judgement:
    """tr(U'*P*U*Q) = ‖P^½*U*Q^½‖² for semidefinite P, Q.

    Source: Boyd & Vandenberghe, Convex Optimization, sec. 3.1.4, of vec(U)'*kron(Q, P)*vec(U).
    """
    between, outside = links[p + 1 : q], (*links[q + 1 :], *links[:p])
    U, known = links[q], composition.of(links[q])
    if not known.entries.is_affine:
        return NOTHING
    symmetric: Claim = ALWAYS
    if transpose(links[p]) is not U:
        symmetric = composition.symmetric(U) if links[p] is U else NEVER
    if symmetric is NEVER:
        return NOTHING
    forms = []
    for part, other in ((between, outside), (outside, between)):
        if not part:
            forms.append(POSITIVE)
        elif other:
            forms.append(composition.signs.form(mul(*part)))
        else:
            forms.append(form_of(composition, mul(*part)))
    form = forms[0].times(forms[1])
    constant = not any(composition.moving(f) for f in links)
    curvature = of_form(form, known.injective, strong=constant)
    curvature = Curvature(*[b.under(symmetric, symmetric, symmetric) for b in curvature])
    middle = tuple([mul(*part) for part in (between, outside) if part])
    return Judgement(curvature, root=TWO).because("a quadratic form in {0}", U, *middle)


# ---------------------------------------------------------------- functions of matrices
def matrix_power(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """X^k is operator convex for k in [-1, 0] and [1, 2], operator concave for k in [0, 1].

    Source: Bhatia, Matrix Analysis, thm. V.1.9, exercise V.2.11 and prop. V.1.6 (the inverse).
    """
    base, exponent = node.args
    k = number_value(exponent)
    if changing != (0,) or k is None:
        return NOTHING
    return _operator_power(composition, base, k)


def _operator_power(composition: Composition, base: Expr, k: Fraction) -> Judgement:
    known, form = composition.of(base), composition.signs.form(base)
    up, down = known.loewner
    if -1 <= k < 0:
        strict = known.injective if up.plain == ALWAYS and k == -1 else down.strict
        curvature = bent_up(both(form.positive, down.plain),
                            both(form.positive, strict) if k == -1 else NEVER)  # fmt: skip
    elif 0 < k < 1:
        curvature = bent_down(both(form.nonnegative, down.plain))
    elif k == 2 and known.entries.is_affine:
        symmetric = composition.symmetric(base)
        fixed = not composition.moving(base)
        curvature = of_form(POSITIVE, known.injective, strong=fixed)
        curvature = Curvature(up=curvature.up.under(symmetric, symmetric, symmetric))
        return Judgement(loewner=curvature, root=TWO).because("the square of {0}", base)
    elif 1 < k < 2 and known.entries.is_affine:
        curvature = bent_up(form.nonnegative)
    else:
        return NOTHING
    return Judgement(loewner=curvature).because("a power of {0}", base)


def square_root(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """sqrtm(X), operator concave and monotone."""
    return _operator_power(composition, node.args[0], Fraction(1, 2))


def matrix_logarithm(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """logm(X), operator concave and monotone; Source: Bhatia, Matrix Analysis, exercise V.2.5."""
    known, form = composition.of(node.args[0]), composition.signs.form(node.args[0])
    claim = both(form.positive, known.loewner.down.plain)
    return Judgement(loewner=bent_down(claim)).because("the logarithm of {0}", node.args[0])


def log_determinant(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """logdet(M) and log(det(M)) are concave and rising for positive definite M.

    Source: Boyd & Vandenberghe, Convex Optimization, sec. 3.1.5.
    """
    (M,) = node.args
    known, positive = composition.of(M), composition.signs.form(M).positive
    down = known.loewner.down
    strict = known.injective if known.entries.is_affine else down.strict
    curvature = bent_down(both(positive, down.plain), both(positive, strict))
    if node.op is OPS["det"]:
        return Judgement(log=curvature).because(
            "the determinant is log-concave where {0} is positive definite", M
        )
    return Judgement(curvature).because(
        "the log-determinant is concave and rising where {0} is positive definite", M
    )


def largest_eigenvalue(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """λ_max(M) = max u'*M*u over unit vectors, convex and rising."""
    (M,) = node.args
    known = composition.of(M)
    return Judgement(bent_up(known.loewner.up.plain), root=known.root).because(
        "the largest eigenvalue is convex and rising", M
    )


def smallest_eigenvalue(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """λ_min(M) = min u'*M*u over unit vectors, concave and rising."""
    (M,) = node.args
    return Judgement(bent_down(composition.of(M).loewner.down.plain)).because(
        "the smallest eigenvalue is concave and rising", M
    )


def norm(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """A norm of an affine expression."""
    (M,) = node.args
    affine = composition.of(M).entries.is_affine
    return Judgement(bent_up(ALWAYS if affine else NEVER)).because("a norm", M)
