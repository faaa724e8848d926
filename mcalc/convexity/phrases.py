"""What is said of expressions, kept apart from how these are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcalc.core.condition import Condition
    from mcalc.core.expr import Expr


class Phrase(NamedTuple):
    """Words in which {0}, {1} stand for the subjects."""

    template: str
    subjects: tuple[Expr, ...] = ()

    def written(self, write: Callable[[Expr], str]) -> str:
        """The phrase with its subjects written out.

        >>> Phrase("nothing to fill in").written(str)
        'nothing to fill in'
        """
        return self.template.format(*[write(e) for e in self.subjects])

    def then(self, other: Phrase) -> Phrase:
        """One after the other."""
        start = len(self.subjects)
        shifted = re.sub(r"\{(\d+)\}", lambda m: f"{{{int(m[1]) + start}}}", other.template)
        return Phrase(self.template + shifted, self.subjects + other.subjects)


def phrase(template: str, subjects: tuple[Expr, ...]) -> Phrase:
    """The phrase with those of the subjects that it names."""
    used = sorted({int(i) for i in re.findall(r"\{(\d+)\}", template)})
    places = {i: place for place, i in enumerate(used)}
    renumbered = re.sub(r"\{(\d+)\}", lambda m: f"{{{places[int(m[1])]}}}", template)
    return Phrase(renumbered, tuple([subjects[i] for i in used]))


def joined(separator: str, phrases: Iterable[Phrase]) -> Phrase:
    """Phrases in a row."""
    whole = Phrase("")
    for i, phrase in enumerate(phrases):
        whole = whole.then(Phrase(separator if i else "")).then(phrase)
    return whole


def of_conditions(conditions: Iterable[Condition]) -> Phrase:
    """All of the conditions."""
    return joined(" and ", [Phrase(c.property.value, (c.subject,)) for c in conditions])
