"""Client order ids: P0.1's inside a run, and the run's own in front for a venue."""

from __future__ import annotations

import pytest

from tools.core.errors import UsageError
from tools.execution.client_ids import VENUE_ID_MAX, ClientIds, check_run_id


@pytest.mark.parametrize("run_id", ["a", "Z9_-", "x" * 20])
def test_run_ids_that_can_be_used(run_id: str) -> None:
    assert check_run_id(run_id) == run_id
    assert ClientIds(run_id).for_venue("CLI00000001") == f"{run_id}-CLI00000001"


@pytest.mark.parametrize("run_id", ["", "x" * 21, "a b", "a\n", "ä", "a.b"])
def test_run_ids_that_cannot(run_id: str) -> None:
    with pytest.raises(UsageError, match="run id"):
        check_run_id(run_id)
    if run_id:
        with pytest.raises(UsageError):
            ClientIds(run_id)


def test_each_id_is_given_once_and_counted() -> None:
    ids = ClientIds()
    assert [ids.next(), ids.next(), ids.given] == ["CLI00000001", "CLI00000002", 2]
    ids.given = 99_999_999
    assert ids.next() == "CLI100000000"  # grows beyond eight digits


def test_a_venue_s_id_goes_there_and_back() -> None:
    ids = ClientIds("run-7")
    venue_id = ids.for_venue(ids.next())
    assert venue_id == "run-7-CLI00000001"
    assert ids.from_venue(venue_id) == "CLI00000001"
    for other in ("run-8-CLI00000001", "CLI00000001", "run-7-", "run-7", ""):
        assert ids.from_venue(other) is None
    assert ClientIds().from_venue("-CLI00000001") is None


def test_a_venue_is_given_no_id_that_it_would_refuse() -> None:
    with pytest.raises(UsageError, match="give the run an id"):
        ClientIds().for_venue("CLI00000001")
    ids = ClientIds("r" * 20)
    longest = "C" * (VENUE_ID_MAX - 21)
    assert len(ids.for_venue(longest)) == VENUE_ID_MAX == 36
    for client_id in (longest + "C", "a b", "ü"):
        with pytest.raises(UsageError, match="no id for a venue"):
            ids.for_venue(client_id)
