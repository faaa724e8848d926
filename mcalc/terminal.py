"""Answers, errors and the list of functions as a terminal shows them."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeAlias

from mcalc.errors import RequestError, UnknownName
from mcalc.printers.picture import svg
from mcalc.syntax.characters import quote, visible
from mcalc.syntax.names import closest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mcalc.core.shape import Signature
    from mcalc.errors import McalcError

__all__ = [
    "RED",
    "answer_text",
    "derivation",
    "error_text",
    "failures",
    "format_text",
    "function_list",
    "functions_text",
    "styled",
]

Json: TypeAlias = dict[str, Any]
"""A part of an answer."""

_LINE_END = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")

_COMMENT: Final = {
    **dict.fromkeys(("latex", "matlab"), "% {}"),
    **dict.fromkeys(("mathml", "svg"), "<!-- {} -->"),
    "eigen": "// {}",
}
_CODE_COMMENT: Final = "# {}"

# The fields of a derivative that judge it, and what each says of a right one.
_VERDICTS: Final = {"check": "passed", "compare": "equal"}

RED: Final = 31


def styled(text: str, style: int, stream: TextIO) -> str:
    """`text` in an ANSI style such as RED, where `stream` is a terminal that may show it."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    return text if plain else f"\033[{style}m{text}\033[0m"


# Answers


def answer_text(answer: Json) -> str:
    """The whole answer for people to read."""
    expression = answer["expression"]
    blocks = [[f"{expression['text']}  {_shape(expression['shape'])}"]]
    for name, declaration in answer["variables"].items():
        sizes = map(str, declaration.get("shape", ()))
        words = (f"{name}:", declaration.get("kind", ""), *sizes, *declaration.get("structure", ()))
        blocks[0].append("  " + " ".join(filter(None, words)))
    blocks += ([_heading(part), *_derivative(part)] for part in answer["derivatives"])
    return "\n\n".join("\n".join(block) for block in blocks)


def format_text(answer: Json, format: str, *, headed: bool) -> str:
    """The derivatives in one format and nothing else, but for headings in its comments.

    Raises: RequestError for what cannot be said in a language.
    """
    pieces = []
    for part in answer["derivatives"]:
        if headed or len(answer["derivatives"]) > 1:
            pieces.append(_COMMENT.get(format, _CODE_COMMENT).format(_heading(part)))
        if format == "svg":
            piece = svg(part["mathml"])
        else:
            piece = part[format] if format in part else _source(part["code"][format])
        pieces.append(piece.rstrip("\n"))
    return "\n".join(pieces)


def _source(code: Json) -> str:
    if "error" in code:
        raise RequestError(code["error"]["message"], hint=code["error"].get("hint"))
    source: str = code["source"]
    return source


def failures(answer: Json) -> list[str]:
    """What `check` or `compare` did not find right, a paragraph for each derivative."""
    return [
        "\n".join((_heading(part), *(f"  {line}" for line in _verdicts(part))))
        for part in answer["derivatives"]
        if any(
            field in part and not (part[field] and part[field][verdict])
            for field, verdict in _VERDICTS.items()
        )
    ]


def _heading(part: Json) -> str:
    """The derivative in Leibniz's notation, with its kind and shape: `d²/dx dy  hessian (m×n)`."""
    wrt: Sequence[str] = part["wrt"]
    below = " ".join(f"d{name}{_raised(len(list(run)))}" for name, run in groupby(wrt))
    return f"d{_raised(len(wrt))}/{below}  {part['kind']} {_shape(part['shape'])}"


def _raised(order: int) -> str:
    return "" if order == 1 else str(order).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _shape(sizes: Sequence[str | int]) -> str:
    """`(scalar)`, `(n)`, `(m×n)`."""
    return f"({'×'.join(map(str, sizes)) or 'scalar'})"


def _derivative(part: Json) -> Iterator[str]:
    yield f"  {part['text']}"
    if part["notation"] == "vec":
        yield "  is the Jacobian of vec(value) by vec(variable); entry by entry:"
        yield f"  {part['tensor']}"
    if "second_differential" in part:
        yield f"  second differential: {part['second_differential']['text']}"
    if "half_vectorized" in part:
        yield f"  by the lower triangle, vech: {part['half_vectorized']['text']}"
    if part.get("conditions"):
        yield f"  valid where {'; '.join(part['conditions'])}"
    bent = part.get("convexity", {})
    if bent.get("kind", "unknown") != "unknown" or bent.get("when"):
        yield f"  {bent['text']}"
        if part.get("steps"):
            yield from (f"    {reason}" for reason in bent["reasons"])
    if "stationary" in part:
        yield f"  {_stationary(part)}"
    if part["notation"] == "vec" or part.get("steps"):
        yield f"  differential: {part['differential']['text']}"
    if part.get("steps"):
        yield "  steps:"
        yield from (f"  {line}" for line in derivation(part["steps"]))
    yield from (f"  {line}" for line in _verdicts(part))


_LONGEST_STEP = 64
"""Cells of a formula that has its rule on the same line."""


def derivation(steps: Sequence[Json]) -> Iterator[str]:
    """The derivation: left sides, formulas and rules in columns, a left side only when it changes.

    A rule stands below a formula that is too long for its column; sources are numbered, at the end.
    """
    sources = list(dict.fromkeys(step["source"] for step in steps if "source" in step))
    left = max(_width(step["of"]) for step in steps)
    lengths = [_width(step["formula"]) for step in steps]
    right = max([n for n in lengths if n <= _LONGEST_STEP], default=0)
    before = ""
    for step, length in zip(steps, lengths, strict=True):
        of = "" if step["of"] == before else step["of"]
        before = step["of"]
        head = f"  {' ' * (left - _width(of))}{of} = {step['formula']}"
        rule = step["rule"]
        if "source" in step:
            rule += f" [{sources.index(step['source']) + 1}]"
        if step.get("left_out"):
            rule += f", after {step['left_out']} more"
        if length <= right:
            yield f"{head}{' ' * (right - length)}   {rule}"
        else:
            yield head
            yield f"  {' ' * (left + right)}      {rule}"
    yield from (f"  [{i}] {source}" for i, source in enumerate(sources, start=1))


def _stationary(part: Json) -> str:
    """Where the gradient is zero: an equation, and its solution."""
    found = part["stationary"]
    left, right = (found["equation"][side]["text"] for side in ("left", "right"))
    (name,) = part["wrt"]
    line = f"zero where {left} = {right}"
    if left != name:
        line += f" ({found['name']})"
    if found["solution"] is not None:
        if left != name:
            line += f": {name} = {found['solution']['text']}"
        if found["conditions"]:
            line += f", if {' and '.join(found['conditions'])}"
    return line


def _verdicts(part: Json) -> Iterator[str]:
    """What `check` and `compare` found, in words."""
    for field, verdict in _VERDICTS.items():
        if field not in part:
            continue
        found = part[field]
        if found is None:
            yield f"{field}: NOT POSSIBLE, there is no point at which all values exist"
            continue
        if found[verdict] is None:
            yield f"{field}: NOT POSSIBLE, {found['reason']}"
            continue
        line = f"{field}: {verdict if found[verdict] else f'NOT {verdict}'.upper()}"
        if found.get("proven"):
            line += f", all {found['entries']} entries proven equal"
        elif "entries" in found and found[verdict]:
            line += f", all {found['entries']} entries equal to many digits"
        if found.get("max_relative_error") is not None:
            line += f", largest relative error {found['max_relative_error']:.1e}"
        if "points" in found:
            line += f" at {found['points']} points"
        if found.get("sizes"):
            line += " with " + ", ".join(f"{name} = {n}" for name, n in found["sizes"].items())
        yield line
        if found.get("note"):
            yield f"  {found['note']}"
        if found.get("entry") is not None:
            line = f"  most at the entry {found['entry']}, counted from 0"
            if "ours" in found:
                line += f": ours {found['ours']:.6g}, yours {found['yours']:.6g}"
            yield line
        for name, value in (found.get("at") or {}).items():
            yield f"  at {name} = {json.dumps(value)}"


# Errors


_INDENT = "  "


def error_text(error: McalcError, expression: str | None, width: int) -> str:
    """The message, the place in `expression` with carets below, and the hint.

    No line is wider than `width` cells but for message and hint.
    """
    lines = [visible(error.message)]
    if expression is not None and error.position is not None:
        place = _underlined(expression, error.position, error.length or 1, width - len(_INDENT))
        lines += (_INDENT + line for line in place)
    if error.hint:
        lines.append(f"hint: {visible(error.hint)}")
    return "\n".join(lines)


def _underlined(text: str, position: int, length: int, width: int) -> tuple[str, str]:
    """The line of `text` that holds the place, cut to `width`, and the carets to stand below."""
    start, end = 0, len(text)
    for line_end in _LINE_END.finditer(text):
        if line_end.start() < position:
            start = line_end.end()
        else:
            end = line_end.start()
            break
    line = _shown(text[start:end])
    widths = [_width(shown) for shown in line]
    first = min(position - start, len(line))
    last = min(first + length, len(line))
    while 0 < first < len(line) and widths[first] == 0:  # an accent: point at what bears it
        first -= 1
    left, right = 0, len(line)
    if sum(widths) + (first == len(line)) > width:
        left = right = first
        room = width - 2  # for the signs of what is cut off
        while left > 0 and sum(widths[left - 1 : right]) <= room // 2:
            left -= 1
        while right < len(line) and sum(widths[left : right + 1]) <= room:
            right += 1
    cut, more = "…" * (left > 0), "…" * (right < len(line))
    before = len(cut) + sum(widths[left:first])
    carets = max(sum(widths[first : min(last, right)]), 1)
    return cut + "".join(line[left:right]) + more, " " * before + "^" * carets


def _shown(line: str) -> list[str]:
    """Each character as it is safe to show: spaces of all kinds as one, the invisible as U+XXXX."""
    shown = []
    for i, c in enumerate(line):
        if c == "\t" or unicodedata.category(c) == "Zs":
            shown.append(" ")
        else:
            # An accent shows only where it has a letter to stand on.
            shown.append(visible("x" + c)[1:] if i else visible(c))
    return shown


def _width(shown: str) -> int:
    """The cells that a terminal gives to a few characters."""
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me") or "\u1160" <= c <= "\u11ff"  # inside Hangul
        else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in shown
    )


# Functions


def function_list() -> str:
    """Every function of the language with its line of documentation, by what it makes."""
    from mcalc import ops  # noqa: F401 - fills the table
    from mcalc.core.op import OPS

    groups: dict[str, dict[str, list[str]]] = {
        "Entry by entry": {},
        "Scalars": {},
        "Vectors": {},
        "Matrices": {},
    }
    for name, op in OPS.items():
        if name.isidentifier() and op.signature is not None:
            groups[_group(op.signature)].setdefault(op.doc, []).append(name)
    column = max(len(", ".join(names)) for group in groups.values() for names in group.values())
    blocks = (
        [title, *(f"  {', '.join(names):{column}}  {doc}" for doc, names in group.items())]
        for title, group in groups.items()
    )
    return "\n\n".join("\n".join(block) for block in blocks if len(block) > 1)


def functions_text(names: Sequence[str]) -> str:
    """All that is known of functions of these names.

    Raises: UnknownName.
    """
    from mcalc.functions import functions

    known = {name: told for told in functions() for name in (told["name"], *told["aliases"])}
    return "\n\n".join("\n".join(_function(_told(name, known))) for name in names)


def _told(name: str, known: Mapping[str, Json]) -> Json:
    if name in known:
        return known[name]
    near = closest(name, known)
    raise UnknownName(
        f"there is no function {quote(name)}",
        hint=f"did you mean {near}?" if near else "mcalc functions lists those that there are",
    )


def _function(told: Json) -> Iterator[str]:
    from mcalc import api
    from mcalc.request import Request

    yield f"{', '.join((told['name'], *told['aliases']))}  {told['signature']}"
    yield f"  {told['doc']}"
    if told["conditions"]:
        yield f"  differentiable where: {'; '.join(told['conditions'])}"
    for source in told["sources"]:
        yield f"  source: {source}"
    example = told["example"]
    (entry,) = api.answer(Request.from_json(example)).as_dict()["derivatives"]
    yield f"  d/d{example['wrt']} {example['expression']} = {entry['text']}"


def _group(signature: Signature) -> str:
    """What a function makes, by its shape rule."""
    rows, cols = signature.result
    if rows != cols and set(signature.arguments) == {(rows, cols, False)}:
        return "Entry by entry"
    return ("Matrices", "Vectors", "Scalars")[signature.result.count("_")]
