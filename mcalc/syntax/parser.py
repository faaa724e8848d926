"""From the text a user typed to its surface tree."""

from __future__ import annotations

import functools
import threading
import unicodedata
from dataclasses import dataclass

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from mcalc import resources
from mcalc.errors import LimitError, ParseError
from mcalc.syntax.characters import RAISED_DIGITS, Span, name_fault
from mcalc.syntax.messages import CLOSING, Fault, explain, opens, span
from mcalc.syntax.surface import Node

__all__ = ["MAX_DEPTH", "MAX_DIGITS", "MAX_LENGTH", "MAX_VARIABLES", "Limits", "parse"]

MAX_LENGTH = 4000
MAX_DEPTH = 200
MAX_DIGITS = 50
MAX_VARIABLES = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest question: characters, brackets within brackets, digits a number, variables."""

    length: int = MAX_LENGTH
    depth: int = MAX_DEPTH
    digits: int = MAX_DIGITS
    variables: int = MAX_VARIABLES


_DEFAULT_LIMITS = Limits()

# Every other spelling of an operator.
_OPERATORS = {
    "−": "-",
    "**": "^",
    "@": "*",
    "·": "*",
    "×": "*",
    "∘": ".*",
    "⊙": ".*",
    "⊘": "./",
    "⊗": "kron",
    "\\odot": ".*",
    "\\oslash": "./",
    "\\otimes": "kron",
}


def parse(text: str, limits: Limits = _DEFAULT_LIMITS) -> Node:
    """The surface tree of `text`.

    Takes time in proportion to the length and does not recurse, whatever the limits.

    Raises: ParseError where the text is not in the language; LimitError beyond `limits`.

    >>> parse("xᵀ*A*x")
    (* (* (transpose x) A) x)
    """
    if len(text) > limits.length:
        raise LimitError(
            f"The expression is {len(text)} characters long; the limit is {limits.length}.",
            hint="Name the parts that occur more than once: `T'*T where T = A*x`.",
        )
    session = _parser().parse_interactive(text)
    lexer, lexer_state = session.lexer_thread.lexer, session.lexer_thread.state
    assert lexer_state is not None, "the session has a text"
    previous: Token | None = None
    opened: list[Token] = []
    try:
        for token in lexer.lex(lexer_state, session.parser_state):
            session.feed_token(token)
            if opens(token, previous, opened):
                opened.append(token)
                _check_depth(opened, limits.depth)
            elif token.type in CLOSING:
                opened.pop()
            elif token.type in ("NAME", "DERIVED"):
                _check_name(text, token)
            elif token.type in ("NUMBER", "SUPERSCRIPT"):
                _check_digits(token, limits.digits)
            previous = token
        tree = session.feed_token(Token("$END", ""))
    except UnexpectedToken as error:
        found = error.token if error.token.type != "$END" else None
        fault = Fault(text, previous, found, tuple(opened), frozenset(error.expected))
        raise explain(fault) from None
    except UnexpectedCharacters:
        start = lexer_state.line_ctr.char_pos
        found = Token("CHARACTER", text[start], start)
        raise explain(Fault(text, previous, found, tuple(opened))) from None
    assert isinstance(tree, Node)
    return tree


def _check_depth(opened: list[Token], limit: int) -> None:
    if len(opened) > limit:
        start, end = span(opened[-1])
        raise LimitError(
            f"There are more than {limit} brackets within brackets.",
            position=start,
            length=end - start,
            hint="Name the inner parts: `exp(T) where T = A*x`.",
        )


def _check_digits(number: Token, limit: int) -> None:
    digits = sum(map(str.isdigit, number))
    if digits > limit:
        start, end = span(number)
        raise LimitError(
            f"The number has {digits} digits; the limit is {limit}.",
            position=start,
            length=end - start,
            hint="Round it: about 16 digits can be told apart, and `1e30` is short.",
        )


def _check_name(text: str, name: Token) -> None:
    fault = name_fault(name.rstrip("'"))
    if fault is not None:
        start = span(name)[0] + fault[0]
        raise explain(Fault(text, None, Token("CHARACTER", name[slice(*fault)], start), ()))


_build_lock = threading.Lock()


def _parser() -> Lark:
    with _build_lock:
        return _build_parser()


@functools.cache
def _build_parser() -> Lark:
    grammar = resources.find("grammar/mcalc.lark").read_text(encoding="utf-8")
    parser = Lark(
        grammar, parser="lalr", lexer="basic", transformer=_Builder(), maybe_placeholders=False
    )
    # The lexer compiles its regular expression at first use: here, where no other thread is.
    parser.parse("x")
    return parser


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes the node of each grammar rule as the parser completes it, from the leaves upwards."""

    def number(self, literal: Token) -> Node:
        return _node("number", str(literal), literal, (), literal)

    def name(self, name: Token) -> Node:
        return _node("name", _normal(name), name, (), name)

    def call(self, name: Token, *rest: Node | Token) -> Node:
        return _node("call", _normal(name), name, _nodes(rest), name, rest[-1])

    def binary(self, left: Node, operator: Token, right: Node) -> Node:
        return _node("binary", _operator(operator), operator, (left, right), left, right)

    def superscript(self, base: Node, raised: Token) -> Node:
        literal = raised.translate(RAISED_DIGITS)
        exponent = _node("number", literal, raised, (), raised)
        return _node("binary", "^", raised, (base, exponent), base, raised)

    def unary(self, operator: Token, operand: Node) -> Node:
        return _node("unary", _operator(operator), operator, (operand,), operator, operand)

    def transpose(self, operand: Node, mark: Token) -> Node:
        return _node("transpose", "", mark, (operand,), operand, mark)

    def norm(self, left: Token, operand: Node, right: Token) -> Node:
        return _node("norm", "", None, (operand,), left, right)

    def block(self, left: Token, *rest: Node | Token) -> Node:
        return _node("block", "", None, _nodes(rest), left, rest[-1])

    def row(self, *entries: Node) -> Node:
        return _node("row", "", None, entries, entries[0], entries[-1])

    def where(self, body: Node, keyword: Token, *definitions: Node) -> Node:
        return _node("where", "", keyword, (body, *definitions), body, definitions[-1])

    def definition(self, name: Token, value: Node) -> Node:
        return _node("definition", _normal(name), name, (value,), name, value)

    def change(self, name: Token, left: Token, of: Node, right: Token, value: Node) -> Node:
        """The definition of d(u), for the change of u.

        Raises: ParseError where it is not the change of a name.
        """
        start, end = span(name)[0], span(right)[1]
        if of.kind != "name":
            raise ParseError(
                "On the left of a definition stands a name, or `d(u)` for the change of one.",
                position=of.start,
                length=of.end - of.start,
                hint="Write `u'*d(u) where u = A*x, d(u) = A*d(x)`.",
            )
        text = f"{_normal(name)}({of.text})"
        return Node("definition", (value,), text, start, value.end, start, end)

    def group(self, left: Token, inner: Node, right: Token) -> Node:
        """What the brackets hold, reaching as far as they do."""
        op = inner.op_start, inner.op_end
        return Node(inner.kind, inner.args, inner.text, span(left)[0], span(right)[1], *op)


def _node(
    kind: str,
    text: str,
    operator: Token | None,
    args: tuple[Node, ...],
    first: Node | Token,
    last: Node | Token | None = None,
) -> Node:
    """The node that reaches from `first` to the end of `last`, which may be the same."""
    start, end = _extent(first)
    if last is not None:
        end = _extent(last)[1]
    op_start, op_end = (start, end) if operator is None else span(operator)
    return Node(kind, args, text, start, end, op_start, op_end)


def _extent(part: Node | Token) -> Span:
    return (part.start, part.end) if isinstance(part, Node) else span(part)


def _nodes(parts: tuple[Node | Token, ...]) -> tuple[Node, ...]:
    return tuple(part for part in parts if isinstance(part, Node))


def _normal(name: Token) -> str:
    return unicodedata.normalize("NFC", str(name))


def _operator(token: Token) -> str:
    return _OPERATORS.get(token, str(token))
