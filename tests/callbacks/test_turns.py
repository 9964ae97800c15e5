"""Whose turn it is: organizations beside each other, and the endpoints of one."""

import socket
import time
from collections import Counter

import pytest

from callbacks.leases import FIRST
from tests.callbacks.conftest import answer_status, claim, deliver, make_organization, tell


def test_an_organization_whose_receivers_all_hang_leaves_room_for_the_others(organization, receiver, settings):
    """An address for each task, and no answer from any: no cap of an endpoint stops that."""
    settings.CALLBACK_TIMEOUT_SECONDS, settings.CALLBACK_IN_FLIGHT = 6, 16
    hanging, other = socket.create_server(("127.0.0.1", 0), backlog=200), make_organization("other")
    for number in range(30):
        tell(organization, f"http://127.0.0.1:{hanging.getsockname()[1]}/{number}")
    for _ in range(20):
        tell(other, receiver.url)
    # It ends before the first of the hanging ones is given up.
    deliver(run_seconds=5)
    assert len(receiver.requests) == 20
    hanging.close()


def test_claims_keep_to_the_share_of_an_organization(organization):
    for number in range(10):
        tell(organization, f"https://a.example/{number}")
    tell(make_organization("other"), "https://b.example/")
    messages, *_ = claim(wanted=64, share=6)
    assert len(messages) == 7
    mine = messages[0].target.organization_id
    assert claim(wanted=64, share=6, crowd={mine: 6}) == ([], None, FIRST)
    assert len(claim(wanted=64, share=6, crowd={mine: 4})[0]) == 2


def test_the_next_claim_begins_where_the_share_was_used_up_and_goes_full_circle(organization):
    """Else the endpoints behind that would wait until those before it have nothing left."""
    other, turns, after = make_organization("other"), [], FIRST
    tell(other, "https://b.example/")
    for number in range(10):
        for _ in range(8):
            tell(organization, f"https://a.example/{number}")
    for _ in range(6):
        messages, reached, after = claim(wanted=64, share=6, after=after)
        urls = Counter(message.target.url for message in messages)
        # Before the turn of the others, and nevertheless found at once.
        assert (urls.pop("https://b.example/"), reached) == (1, None)
        turns.append(set(urls))
        tell(other, "https://b.example/")
    # Four to one and two to the next each time.
    assert [len(turn) for turn in turns] == [2] * 6
    assert len(set().union(*turns[:5])) == 10
    assert turns[5] == turns[0]


@pytest.mark.parametrize("neighbours", [0, 1])
def test_all_endpoints_of_a_busy_organization_get_their_turns(organization, receiver, settings, neighbours):
    """Four fill its share by themselves, and none of them runs out of work; a slow neighbour has room left."""
    settings.CALLBACK_IN_FLIGHT = 16

    def answer(handler, request) -> None:
        time.sleep(1 if request.path.endswith("slow") else 0.05)
        answer_status(200)(handler, request)

    receiver.answer = answer
    for _ in range(neighbours):
        tell(make_organization("other"), f"{receiver.url}-slow")
    for number in range(12):
        for _ in range(40):
            tell(organization, f"{receiver.url}-{number}")
    deliver(run_seconds=1.5)
    heard = Counter(request.path for request in receiver.requests if not request.path.endswith("slow"))
    assert sum(heard.values()) < 12 * 40
    assert len(heard) == 12
    assert min(heard.values()) > 0.3 * max(heard.values())
