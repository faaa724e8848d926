"""The surface tree: what was typed, spelled one way, and where each part of it stands."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Node"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    r"""One piece of the formula; `start` and `end` delimit it in the text as typed.

    | kind         | text                  | args                                 |
    |--------------|-----------------------|--------------------------------------|
    | `number`     | the literal           |                                      |
    | `name`       | the name, in NFC      |                                      |
    | `call`       | the function's name   | the arguments, perhaps none          |
    | `binary`     | the operator (below)  | left, right                          |
    | `unary`      | `-` or `+`            | the operand                          |
    | `transpose`  |                       | the operand                          |
    | `norm`       |                       | the operand: ‖x‖                     |
    | `block`      |                       | a `row` for each row                 |
    | `row`        |                       | the entries                          |
    | `where`      |                       | the body, then each `definition`     |
    | `definition` | the name, or `d(u)`   | its value                            |

    Binary operators: `+ - * / \ .* ./ ^ .^ kron`. `start` and `end` are code point offsets
    (`end` exclusive) and take in the operands and any brackets around the whole.
    `op_start` and `op_end` delimit what makes the node: the operator, the keyword `where`, the name
    of a call or definition; elsewhere they are `start` and `end` without the brackets around it.

    Trees can be as deep as the text is long: walk them with an explicit stack.
    """

    kind: str
    args: tuple[Node, ...]
    text: str
    start: int
    end: int
    op_start: int
    op_end: int

    def __repr__(self) -> str:
        """The tree as an s-expression: `x'*y` is `(* (transpose x) y)`."""
        pieces: list[str] = []
        pending: list[Node | str] = [self]
        while pending:
            item = pending.pop()
            if isinstance(item, str):
                pieces.append(item)
            elif item.kind in ("number", "name"):
                pieces.append(item.text)
            else:
                head = (item.text,) if item.kind in ("binary", "unary") else (item.kind, item.text)
                pieces.append("(" + " ".join(filter(None, head)))
                pending.append(")")
                for arg in reversed(item.args):
                    pending += (arg, " ")
        return "".join(pieces)
