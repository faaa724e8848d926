import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from mcalc.declaration import STRUCTURES
from mcalc.request import FORMATS, Request
from mcalc.server.answers import Answers, Question
from mcalc.server.process import Reply

names = st.sampled_from(["x", "y", "A", "λ", "x_1"])
requests = st.fixed_dictionaries(
    {"expression": st.text()},
    optional={
        "wrt": names | st.lists(names, min_size=1, max_size=3),
        "variables": st.dictionaries(
            names,
            st.fixed_dictionaries(
                {},
                optional={
                    "kind": st.just("matrix"),
                    "shape": st.just(["n", 3]),
                    "structure": st.sampled_from(STRUCTURES).map(lambda word: [word]),
                },
            ).filter(lambda declared: "kind" in declared or "structure" not in declared),
        ),
        "formats": st.lists(st.sampled_from(FORMATS), min_size=1),
        "steps": st.booleans(),
        "check": st.booleans(),
        "compare": st.text(),
        "define": st.dictionaries(st.sampled_from(["f", "swish(u)"]), st.text()),
        "along": st.just("V"),
    },
)


@given(requests)
def test_a_line_says_what_the_request_says(fields):
    request = Request.from_json(fields)
    line = Question("derivatives", request).line
    assert b"\n" not in line
    assert Request.from_json(json.loads(line)) == request


@given(requests, requests)
def test_questions_have_one_tag_when_they_are_one(first, second):
    one, other = (Question("derivatives", Request.from_json(fields)) for fields in (first, second))
    assert (one.etag == other.etag) == (one.request == other.request)


class Source:
    """A pool that answers with as many bytes as the expression says."""

    def __init__(self, status=200):
        self.status = status
        self.asked = 0

    async def run(self, line, client):
        self.asked += 1
        return Reply(self.status, b"x" * int(json.loads(line)["expression"]))


def question(size):
    return Question("derivatives", Request(str(size)))


def ask(answers, size):
    kept = answers.kept(question(size))
    return kept or asyncio.run(answers.compute(question(size)))


def test_the_answers_last_used_are_kept():
    source = Source()
    answers = Answers({"derivatives": source}, room=3 * 2000)
    for size in (1001, 1002, 1003, 1001, 1004):
        ask(answers, size)
    assert source.asked == 4
    assert answers.kept(question(1002)) is None
    for size in (1001, 1003, 1004):
        kept = answers.kept(question(size))
        assert kept is not None
        assert len(kept.body) == size
    assert 3000 < answers.taken <= 6000


def test_what_is_too_large_is_not_kept():
    answers = Answers({"derivatives": Source()}, room=10_000)
    ask(answers, 1000)
    ask(answers, 10_000)
    assert answers.kept(question(1000))
    assert answers.kept(question(10_000)) is None


def test_nothing_is_kept_without_room():
    answers = Answers({"derivatives": Source()}, room=0)
    ask(answers, 0)
    assert answers.taken == 0


def test_errors_are_not_kept():
    answers = Answers({"derivatives": Source(422)}, room=10_000)
    ask(answers, 10)
    assert answers.kept(question(10)) is None


def test_an_answer_that_is_computed_twice_at_once_is_kept_once():
    answers = Answers({"derivatives": Source()}, room=10_000)

    async def twice():
        await asyncio.gather(*(answers.compute(question(1000)) for _ in range(2)))

    asyncio.run(twice())
    assert answers.taken < 2000
