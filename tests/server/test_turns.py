"""Whose turn it is, told by hand and by a simulation of clients that ask for much or little."""

import heapq
import random
from collections import Counter

import pytest

from mcalc.server.turns import Turns


def served(turns, running=None):
    """Who is served, one after the other."""
    return [turns.next(running or {}) for _ in range(len(turns))]


def test_who_comes_first_is_served_first():
    turns = Turns(9, 1.0)
    for name in "cab":
        turns.join(name, name)
    assert served(turns) == ["c", "a", "b"]
    assert len(turns) == 0


def test_the_requests_of_one_client_take_turns_with_those_of_others():
    turns = Turns(9, 1.0)
    for who in ("a1", "a2", "a3", "b1", "c1"):
        turns.join(who[0], who)
    assert served(turns) == ["a1", "b1", "c1", "a2", "a3"]


def test_who_has_had_much_waits():
    turns = Turns(9, 1.0)
    turns.charge("a", 5.0)
    for name in "ab":
        turns.join(name, name)
    assert served(turns) == ["b", "a"]


def test_what_is_being_worked_on_counts():
    turns = Turns(9, 1.0)
    for name in "ab":
        turns.join(name, name)
    assert served(turns, {"a": 5.0}) == ["b", "a"]


def test_a_little_does_not_count():
    turns = Turns(9, 1.0)
    turns.charge("a", 0.9)
    for name in "ab":
        turns.join(name, name)
    assert served(turns) == ["a", "b"]


def test_what_was_had_while_nobody_waited_is_forgiven():
    turns = Turns(9, 1.0)
    for _ in range(5):
        turns.pass_by("a")
        turns.charge("a", 5.0)
    assert turns.had("a") - turns.had("b") == 5.0


def test_who_gives_up_leaves_no_gap():
    turns = Turns(9, 1.0)
    for who in ("a1", "a2", "b1"):
        turns.join(who[0], who)
    turns.leave("a", "a1")
    turns.leave("b", "b1")
    turns.leave("b", "b1")
    turns.leave("c", "c1")
    assert served(turns) == ["a2"]


def test_for_want_of_room_the_last_of_the_most_goes():
    turns = Turns(4, 1.0)
    for who in ("a1", "a2", "a3", "b1"):
        assert turns.join(who[0], who) is None
    assert turns.join("c", "c1") == "a3"
    assert turns.join("a", "a4") == "a4"
    assert turns.join("c", "c2") == "c2"
    assert turns.join("d", "d1") == "a2"
    assert turns.join("e", "e1") == "e1"
    assert sorted(served(turns)) == ["a1", "b1", "c1", "d1"]


def test_where_nobody_may_wait_nobody_does():
    turns = Turns(0, 1.0)
    assert turns.join("a", "a") == "a"
    assert len(turns) == 0


def test_few_clients_are_kept_in_mind(monkeypatch):
    monkeypatch.setattr("mcalc.server.turns._MOST_KNOWN", 100)
    turns = Turns(9, 1.0)
    for i in range(1000):
        turns.charge(str(i), 1.0)
    assert len(turns._had) == 100
    assert turns.had("999") == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_shares_of_time_are_equal(seed):
    """Clients that ask again at once, for 0.01 to 3 s, each have as much time in the end."""
    chance = random.Random(seed)
    costs = {f"client {i}": chance.choice([0.01, 0.1, 0.3, 1.0, 3.0]) for i in range(12)}
    turns = Turns(99, 0.25)
    for name in costs:
        turns.join(name, name)
    clock, had, work = 0.0, Counter(), []
    for name in (turns.next({}) for _ in range(2)):
        heapq.heappush(work, (costs[name], name))
    while clock < 1000:
        clock, name = heapq.heappop(work)
        had[name] += costs[name]
        turns.charge(name, costs[name])
        turns.join(name, name)
        following = turns.next({other: 0.0 for _, other in work})
        heapq.heappush(work, (clock + costs[following], following))
    assert max(had.values()) - min(had.values()) < 2 * max(costs.values())
