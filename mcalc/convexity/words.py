"""A curvature in words, and a proof of it in steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from mcalc.convexity.claims import ALWAYS
from mcalc.convexity.phrases import Phrase, joined, of_conditions, phrase
from mcalc.core.algebra import ADD, TRANSPOSE
from mcalc.core.condition import Condition
from mcalc.core.sums import coefficients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.convexity.bends import Curvature
    from mcalc.convexity.composition import Composition
    from mcalc.core.expr import Expr

Cases: TypeAlias = tuple[tuple[str, tuple[Condition, ...]], ...]
"""(what something is, under which conditions)."""

UNKNOWN = "unknown"
MOST_PARTS = 6
"""A step names no more of the parts that it builds on."""

OF_FORMS = {
    "affine": "linear",
    "convex": "not negative",
    "strictly convex": "positive",
    "strongly convex": "positive and away from zero",
    "concave": "not positive",
    "strictly concave": "negative",
    "strongly concave": "negative and away from zero",
}
"""In these words, what a form in d(X) ≠ 0 is where it bends so as a function of d(X)."""


def said(found: Curvature) -> tuple[str, Cases]:
    """The strongest word that needs no condition, and those that would hold under some."""
    up, down = found
    if up.plain == ALWAYS and down.plain == ALWAYS:
        return "affine", ()
    kind = UNKNOWN
    cases: list[tuple[str, tuple[Condition, ...]]] = []
    for bend, word in ((up, "convex"), (down, "concave")):
        claims = ((bend.strong, "strongly "), (bend.strict, "strictly "), (bend.plain, ""))
        if bend.plain == ALWAYS:
            kind = next(strength for claim, strength in claims if claim == ALWAYS) + word
        for claim, strength in claims:
            stronger = strength + word
            if stronger == kind:
                break
            # What is stronger needs no more, or adds to what is known already.
            if claim is not None and (claim == bend.plain or bend.plain == ALWAYS):
                cases.append((stronger, claim))
                break
    return kind, tuple(cases)


def sentence(kind: str, cases: Cases, words: Mapping[str, str] | None = None) -> Phrase:
    """What something is, and what it is besides under conditions."""
    words = words or {}
    parts = [Phrase(f"{words.get(k, k)} if ").then(of_conditions(cs)) for k, cs in cases]
    if kind != UNKNOWN or not parts:
        parts.insert(0, Phrase(words.get(kind, kind)))
    return joined(", ", parts)


# ---------------------------------------------------------------- the steps of a proof
def steps(composition: Composition, root: Expr, words: Mapping[str, str]) -> list[Phrase]:
    """One step for each part that bends, after those that it builds on."""
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack = [(root, False)]
    while stack:
        e, done = stack.pop()
        known = composition.of(e)
        if done:
            order.append(e)
        elif e not in seen and not known.is_constant and known.rule:
            seen.add(e)
            stack.append((e, True))
            stack.extend((part, False) for part in reversed(known.parts))
    return [_step(composition, e, words) for e in order if e is root or _tells(composition, e)]


def _tells(composition: Composition, e: Expr) -> bool:
    """Whether there is something to say of a part that is not plain from its own parts."""
    known = composition.of(e)
    if known.entries.is_affine or _described(composition, e) == (UNKNOWN, ()):
        return False
    return e.op is not TRANSPOSE and not (
        e.op is ADD and len(e.args) == 1 and coefficients(e)[0] > 0
    )


def _step(composition: Composition, e: Expr, words: Mapping[str, str]) -> Phrase:
    known = composition.of(e)
    kind, cases = _described(composition, e)
    step = Phrase("{0} is ", (e,)).then(sentence(kind, cases, words))
    step = step.then(Phrase(": ")).then(phrase(known.rule, known.parts))
    changing = [p for p in known.parts if not composition.of(p).is_constant]
    named = [_named(composition, p, words) for p in changing[:MOST_PARTS]]
    if len(named) < len(changing):
        named.append(Phrase("…"))
    return step.then(Phrase("; ")).then(joined(", ", named)) if named else step


def _described(composition: Composition, e: Expr) -> tuple[str, Cases]:
    """By its entries; where these tell nothing, in the Loewner order, or by its logarithm."""
    known = composition.of(e)
    if not known.entries.is_unknown:
        return said(known.entries)
    if not known.loewner.is_unknown:
        kind, cases = said(known.loewner)
        return kind if kind == UNKNOWN else f"{kind} in the Loewner order", cases
    kind, cases = said(known.log)
    return kind.replace("con", "log-con"), cases


def _named(composition: Composition, part: Expr, words: Mapping[str, str]) -> Phrase:
    """A part and what it is, without the conditions, which a step of its own has told."""
    kind, cases = _described(composition, part)
    if kind == UNKNOWN and cases:
        kind = " or ".join(words.get(k, k) for k, _ in cases) + " under conditions"
    return Phrase(f"{{0}} is {words.get(kind, kind)}", (part,))


def gathered_step(gathered: Expr, found: Curvature, words: Mapping[str, str]) -> Phrase:
    """The last step of a sum whose like terms had to be taken together."""
    step = Phrase("{0} is ", (gathered,)).then(sentence(*said(found), words))
    return step.then(Phrase(", its like terms taken together"))
