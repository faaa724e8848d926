"""The question in an address: what the page shows is in its query string, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote_plus

from starlette.datastructures import QueryParams

from mcalc.declaration import KINDS, STRUCTURES, declarations
from mcalc.errors import RequestError
from mcalc.request import EXACT, FORMATS, LAYOUTS, Request, definitions
from mcalc.syntax.characters import quote

__all__ = ["Asked", "Row", "row"]

# A*x, and not A%2Ax; browsers write ' as %27 whatever is here.
_PLAIN: Final = "*()[]!,;:/@"

_NO: Final = "no"
"""What is said to a switch that is on by default."""

_GENERAL: Final = "general"
"""The structure of a matrix of which nothing is said."""


@dataclass(frozen=True, slots=True)
class Row:
    """A variable in the form: what is known of it, and what of that was declared."""

    name: str
    kind: str
    sizes: tuple[str, ...]
    structure: str
    positive: bool
    declared: bool

    @property
    def words(self) -> str:
        """All of it in words: `symmetric matrix, n × n`."""
        said = [self.structure] if self.structure != _GENERAL else []
        said += ["positive"] if self.positive else []
        named = " ".join((*said, self.kind.replace("_", " ")))
        return ", ".join(filter(None, (named, " × ".join(self.sizes))))

    @property
    def was(self) -> str:
        """All of it in one line, so that a change is seen."""
        return "|".join((self.kind, " ".join(self.sizes), self.structure, "+" * self.positive))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was typed; a part that is empty is left to its default."""

    expression: str = ""
    wrt: str = ""
    order: str = ""
    var: tuple[str, ...] = ()
    compare: str = ""
    along: str = ""
    layout: str = ""
    define: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    fold: str = ""
    check: str = ""

    @classmethod
    def read(cls, query: QueryParams) -> Asked:
        """What the query string says; the rows of the form are declarations."""
        asked = cls(
            **{name: query.get(name, "").strip() for name in _SINGLE},
            var=_said(query, "var"),
            define=_said(query, "define"),
            where=_said(query, "where"),
        )
        layout = "" if asked.layout == LAYOUTS[0] else asked.layout
        # A box that is not ticked sends nothing, and leaves the last word to what stands before it.
        fold = _NO if query.get("fold", "").strip() == _NO else ""
        check = EXACT if asked.check == EXACT else ""
        order = "" if asked.order == "1" else asked.order
        names = [key.partition(".")[2] for key in query if key.startswith("was.")]
        var = asked.var
        for name in names:
            var = _declared(var, name, query)
        return replace(asked, layout=layout, order=order, var=var, fold=fold, check=check)

    @property
    def address(self) -> str:
        """The page with this question, by what is not default."""
        pairs = [(name, getattr(self, name)) for name in ("expression", "wrt", "order")]
        pairs += [("var", text) for text in self.var]
        pairs += [(name, getattr(self, name)) for name in ("compare", "along", "layout")]
        pairs += [("define", text) for text in self.define]
        pairs += [("where", text) for text in self.where]
        pairs += [("fold", self.fold), ("check", self.check)]
        said = [f"{name}={quote_plus(text, safe=_PLAIN)}" for name, text in pairs if text]
        return "/?" + "&".join(said) if said else "/"

    @property
    def written_out(self) -> Asked:
        """The same question, to be answered without names for shared parts."""
        return replace(self, fold=_NO)

    def request(self) -> Request:
        """The request that this is.

        Raises: McalcError where it is none.
        """
        wrt = [name.strip() for name in self.wrt.split(",") if name.strip()]
        asked: dict[str, Any] = {
            "expression": self.expression,
            "wrt": wrt[0] if len(wrt) == 1 else wrt or None,
            "order": _whole(self.order),
            "variables": declarations(self.var),
            "formats": FORMATS,
            "steps": True,
            "convexity": True,
            "stationary": True,
            "check": self.check or True,
            "compare": self.compare or None,
            "along": [name.strip() for name in self.along.split(",") if name.strip()],
            "layout": self.layout or None,
            "define": definitions(self.define),
            "where": list(self.where),
            "fold": self.fold != _NO,
        }
        return Request.from_json(asked)


_SINGLE: Final = ("expression", "wrt", "order", "compare", "along", "layout", "check")


def _said(query: QueryParams, name: str) -> tuple[str, ...]:
    return tuple([text.strip() for text in query.getlist(name) if text.strip()])


def _whole(order: str) -> int | None:
    if not order:
        return None
    if len(order) > 6 or not (order.isascii() and order.removeprefix("-").isdigit()):
        raise RequestError(f"`order` is a whole number, not {quote(order)}.")
    return int(order)


# ---------------------------------------------------------------- rows of the form
def row(name: str, known: Mapping[str, Any], var: Sequence[str]) -> Row:
    """The row of a variable of which an answer tells this much."""
    structure = list(known.get("structure", ()))
    words = [word for word in structure if word != "positive"]
    return Row(
        name=name,
        kind=known["kind"],
        sizes=tuple(map(str, known["shape"])),
        structure=" ".join(words) or _GENERAL,
        positive="positive" in structure,
        declared=any(_name(text) == name for text in var),
    )


def _name(text: str) -> str:
    return text.partition(":")[0].strip()


def _declared(var: tuple[str, ...], name: str, query: QueryParams) -> tuple[str, ...]:
    """The declarations with what was changed in the row of a variable."""
    kind = query.get(f"kind.{name}", "")
    sizes = [text.strip() for text in query.getlist(f"size.{name}")][: KINDS.get(kind, 0)]
    structure = query.get(f"structure.{name}", _GENERAL) if kind == "matrix" else _GENERAL
    positive = "+" if query.get(f"positive.{name}") else ""
    shown = (kind, " ".join(filter(None, sizes)), structure, positive)
    before = query.get(f"was.{name}", "").split("|")
    if len(before) != len(shown) or list(shown) == before:
        return var
    words = _words(var, name)
    if kind != before[0]:
        words = [kind, *[w for w in words if w in STRUCTURES]]
    if shown[1] != before[1]:
        words = [w for w in words if w in KINDS or w in STRUCTURES] + shown[1].split()
    said = [w for w in (*structure.split(), "positive" * bool(positive)) if w in STRUCTURES]
    words = [w for w in words if w in KINDS] + said + [
        w for w in words if w not in KINDS and w not in STRUCTURES
    ]  # fmt: skip
    others = tuple([text for text in var if _name(text) != name])
    return (*others, f"{name}: {' '.join(words)}") if words else others


def _words(var: Sequence[str], name: str) -> list[str]:
    """What is declared of a variable, word by word."""
    return [w for text in var if _name(text) == name for w in text.partition(":")[2].split()]
