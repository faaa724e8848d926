"""The page: a question in the address, its answer in HTML; scripts only make it livelier."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mcalc.declaration import KINDS, STRUCTURES
from mcalc.errors import McalcError
from mcalc.request import LAYOUTS
from mcalc.server.answers import Answers, Question
from mcalc.server.drawing import equation, sides, solved
from mcalc.server.errors import UNAVAILABLE, Refusal, status_of
from mcalc.server.gallery import gallery
from mcalc.server.gate import Gate, client
from mcalc.server.middleware import note
from mcalc.server.query import Asked, Row, row
from mcalc.server.reference import Reference
from mcalc.server.responses import NOT_KEPT
from mcalc.server.routes import while_there
from mcalc.server.static import Static
from mcalc.server.templates import environment

__all__ = ["Page"]

_LANGUAGES: Final = {
    "numpy": "NumPy",
    "jax": "JAX",
    "torch": "PyTorch",
    "julia": "Julia",
    "matlab": "MATLAB",
    "eigen": "C++",
    "r": "R",
    "optimizer": "SciPy optimizer",
    "blocks": "NumPy, compressed",
}
"""What the tabs of code are called, in their order."""
_FORMS: Final = ("optimizer", "blocks")
"""The formats that suit some derivatives only; others have no tab for them."""
_ORDINALS: Final = ("", "Second ", "Third ")
_INVALID: Final = 422
_PAIR: Final = 2
_MOST_CHIPS: Final = 4
"""Variables of which pairs are offered for a second derivative."""


class Page:
    """What the server shows to people."""

    def __init__(self, answers: Answers, gate: Gate) -> None:
        self.answers = answers
        self.gate = gate
        self.static = Static()
        self.reference = Reference(answers)
        self.examples = gallery()
        self.templates = environment(self.static)

    def router(self) -> APIRouter:
        """The addresses; none is part of the API."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.show, methods=["GET"])
        router.add_api_route("/reference", self.show_reference, methods=["GET"])
        router.add_api_route("/static/{name}", self.static.serve, methods=["GET"])
        return router

    async def show(self, http: HttpRequest) -> Response:
        """The page, with the answer to the question in its address."""
        asked = Asked.read(http.query_params)
        sent = http.query_params
        if any(key.startswith("was.") for key in sent) or not all(sent.values()):
            return RedirectResponse(asked.address, 303, NOT_KEPT)
        if not asked.expression:
            return self._page(asked, {}, {})
        note(http, asked.expression)
        error: Mapping[str, Any]
        try:
            self.gate.enter(http)
            question = Question("derivatives", asked.request())
            status, answer = await self._reply(question, http)
            if status == 200:
                return self._page(asked, answer, {})
            error = answer["error"]
        except McalcError as told:
            status, error = status_of(told), told.as_dict()
            retry = told.retry_after if isinstance(told, Refusal) else None
            return self._page(asked, {}, error, status, retry)
        # What is wrong with the derivative need not be wrong with the expression.
        try:
            _, preview = await self._reply(Question("preview", question.request), http)
        except Refusal:
            preview = {}
        head = {} if "error" in preview else preview
        retry = 1 if status == UNAVAILABLE else None
        return self._page(asked, head, error, status, retry)

    async def show_reference(self, http: HttpRequest) -> Response:
        """The page about the language and its functions."""
        groups = await self.reference.groups()
        template = self.templates.get_template("reference.html")
        return HTMLResponse(template.render(groups=groups), headers={"Cache-Control": "no-cache"})

    async def _reply(self, question: Question, http: HttpRequest) -> tuple[int, dict[str, Any]]:
        reply = self.answers.kept(question)
        if reply is None:
            work = self.answers.compute(question, client(http))
            reply = await while_there(http.receive, work)
        return reply.status, json.loads(reply.body)

    def _page(
        self,
        asked: Asked,
        answer: Mapping[str, Any],
        error: Mapping[str, Any],
        status: int = 200,
        retry_after: int | None = None,
    ) -> Response:
        variables = answer.get("variables", {})
        rows = [row(name, variables[name], asked.var) for name in variables]
        expression = answer.get("expression")
        html = self.templates.get_template("page.html").render(
            asked=asked,
            expression=expression,
            marked=_marked(asked.expression, error),
            error=error,
            invalid=status == _INVALID,
            rows=rows,
            blank=Row("", "matrix", ("", ""), "general", False, False),
            chips=_chips(asked, rows),
            unfolded=asked.written_out.address,
            derivatives=[_shown(d, answer) for d in answer.get("derivatives", ())],
            examples=self.examples,
            kinds=[kind for kind in KINDS if kind != "function"],
            structures=_structures(rows),
            layouts=LAYOUTS,
            languages=_LANGUAGES,
        )
        headers = {"Cache-Control": "no-cache"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return HTMLResponse(html, status, headers)


def _marked(expression: str, error: Mapping[str, Any]) -> tuple[str, str, str]:
    """The expression before, at and after the place of the error."""
    start = error.get("position")
    if start is None:
        return expression, "", ""
    end = start + max(error.get("length") or 1, 1)
    # Something has to be marked at the end of the text too.
    return expression[:start], expression[start:end] or " ", expression[end:]


def _chips(asked: Asked, rows: Sequence[Row]) -> list[tuple[str, str]]:
    """What one may differentiate by: what stands in the address, and what the page shows."""
    names = [r.name for r in rows]
    found = [(name, name) for name in names]
    if asked.order == "2" and len(names) <= _MOST_CHIPS:
        found += [
            (f"{a},{b}", f"{a}, then {b}") for i, a in enumerate(names) for b in names[i + 1 :]
        ]
    if asked.wrt and asked.wrt not in [value for value, _ in found]:
        found.append((asked.wrt, asked.wrt.replace(",", ", then ")))
    return [*found, ("", "every variable")]


def _structures(rows: Sequence[Row]) -> list[str]:
    """The structures to choose from, and those that are chosen together."""
    single = ["general", *[word for word in STRUCTURES if word != "positive"]]
    together = {" ".join(sorted((w, "sparse"))) for w in ("symmetric", "spd", "lower", "upper")}
    return single + sorted({*together, *[r.structure for r in rows]} - set(single))


def _shown(entry: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """A derivative as the template wants it."""
    names = list(entry["wrt"])
    along = entry.get("along", [])
    by = " and ".join(dict.fromkeys(names))
    if len(names) > _PAIR and len(set(names)) > 1:
        by = ", then ".join(_often(n, len(list(run))) for n, run in groupby(names))
    heading = f"{_kind(entry['kind'], len(names))} by {by}"
    if along:
        heading += f", along {' and '.join(along)}"
    drawn, defined = equation(entry, answer)
    folded = " where " in entry["text"]
    code = {
        name: entry["code"][name]
        for name in _LANGUAGES
        if name not in _FORMS or "error" not in entry["code"][name]
    }
    shown = {
        **entry,
        "code": code,
        "heading": heading,
        "drawn": drawn,
        "defined": defined,
        "folded": folded,
    }
    if "stationary" in entry:
        shown["stationary"] = _stationary(entry["stationary"], names[0])
    return shown


def _stationary(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A stationary point as the template wants it: its equation and its solution drawn."""
    left, right = found["equation"]["left"], found["equation"]["right"]
    solution = found["solution"]
    return {
        **found,
        "text": f"{left['text']} = {right['text']}",
        "drawn": sides(left["mathml"], right["mathml"]),
        # What stands solved already needs no second line.
        "solved": solved(name, solution["mathml"])
        if solution is not None and solution != right
        else None,
    }


def _kind(kind: str, order: int) -> str:
    """What a derivative is called at the head of a sentence."""
    if kind not in ("tensor", "directional"):
        return kind.capitalize()
    nth = _ORDINALS[order - 1] if order <= len(_ORDINALS) else f"{order}th "
    if kind == "directional":
        nth += "directional "
    return f"{nth}derivative".capitalize()


def _often(name: str, times: int) -> str:
    return name if times == 1 else f"{name}, {times} times"
