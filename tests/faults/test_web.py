"""The web server killed while auditors judge."""

import time

import pytest

from tests.faults.load import auditors_judging, wait_for_verdicts
from tests.faults.recount import check_journal, check_no_half_state

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


def test_workers_killed_in_mid_request(instance, browsers):
    with auditors_judging(instance, browsers) as journal:
        wait_for_verdicts(journal, 20)
        instance.kill("web", only_children=True)
        wait_for_verdicts(journal, 20)
    check_journal(instance, journal, auditors=len(browsers))
    check_no_half_state(instance)
    # The kills hit requests that were under way.
    assert journal.counted()[0] > 0
    print(f"{len(journal.acknowledged)} acknowledged, {journal.counted()}")


@pytest.mark.faults_long
def test_the_whole_web_server_killed_in_mid_request(instance, browsers):
    with auditors_judging(instance, browsers) as journal:
        for _ in range(3):
            wait_for_verdicts(journal, 30)
            before = instance.pid("web")
            instance.kill("web")
            killed = time.monotonic()
            instance.wait_for_another("web", before)
            wait_for_verdicts(journal, 1)
            print(f"verdicts again {time.monotonic() - killed:.1f} s after the kill")
    check_journal(instance, journal, auditors=len(browsers))
    check_no_half_state(instance)
