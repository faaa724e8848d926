import pytest
from starlette.requests import Request

from mcalc.server.errors import Refusal
from mcalc.server.gate import Gate


def request(host):
    return Request({"type": "http", "headers": [], "client": (host, 1) if host else None})


def enters(gate, host, times=1):
    refused = None
    try:
        gate.enter(request(host), times)
    except Refusal as error:
        refused = error
    if refused is None:
        return True
    assert refused.status == 429
    assert refused.retry_after is not None
    assert refused.retry_after >= 1
    return False


def test_each_address_has_its_own_share():
    gate = Gate("2/hour")
    for host in ("192.0.2.1", "192.0.2.2", "2001:db8:0:1::1"):
        assert [enters(gate, host) for _ in range(3)] == [True, True, False]


def test_an_ipv6_network_is_one_address():
    gate = Gate("1/hour")
    assert enters(gate, "2001:db8:0:1::1")
    assert not enters(gate, "2001:db8:0:1:ffff::2")
    assert enters(gate, "2001:db8:0:2::1")


def test_an_ipv4_address_is_the_same_in_ipv6():
    gate = Gate("1/hour")
    assert enters(gate, "192.0.2.1")
    assert not enters(gate, "::ffff:192.0.2.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "", None])
def test_this_machine_asks_as_it_likes(host):
    gate = Gate("1/hour")
    assert all(enters(gate, host) for _ in range(5))


def test_a_batch_counts_as_its_lines():
    gate = Gate("5/hour")
    assert enters(gate, "192.0.2.1", 4)
    assert not enters(gate, "192.0.2.1", 2)
    assert enters(gate, "192.0.2.1", 1)
    assert not enters(gate, "192.0.2.1", 1)
    assert enters(gate, "192.0.2.1", 0)


def test_no_rate():
    gate = Gate("off")
    assert all(enters(gate, "192.0.2.1") for _ in range(5))
