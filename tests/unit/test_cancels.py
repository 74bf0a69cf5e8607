"""Cancels under way: one at a time, again when nobody answered, and again when it may help."""

from __future__ import annotations

import pytest

from tests.kit.orders import change, report
from tools.core.reports import ExecutionReport, ReportKind
from tools.live.cancels import AGAIN_AFTER_NS, Cancels

S = 10**9
T = 1_700_000_000 * S


def hear(cancels: Cancels, told: ExecutionReport) -> bool:
    return cancels.follow(told, change(client_id=told.client_id))


def test_the_limit_is_five_seconds() -> None:
    assert AGAIN_AFTER_NS == 5 * S


@pytest.mark.parametrize(("later_ns", "again"), [(0, False), (1, False), (5 * S - 1, False), (5 * S, True)])
def test_a_cancel_without_an_answer_is_sent_again_after_five_seconds(later_ns: int, again: bool) -> None:
    cancels = Cancels()
    assert cancels.send("C1", T) is True
    assert cancels.send("C1", T + later_ns) is again


def test_a_repetition_starts_the_wait_again() -> None:
    cancels = Cancels()
    sent = [at for at in range(16) if cancels.send("C1", T + at * S)]
    assert sent == [0, 5, 10, 15]


def test_an_attempt_that_was_held_back_does_not_start_the_wait_again() -> None:
    cancels = Cancels()
    cancels.send("C1", T)
    assert not cancels.send("C1", T + 4 * S)
    assert cancels.send("C1", T + 5 * S)


def test_orders_do_not_wait_for_each_other() -> None:
    cancels = Cancels()
    assert cancels.send("C1", T) and cancels.send("C2", T)


def test_a_refusal_of_ours_is_noted_and_frees_the_way() -> None:
    cancels = Cancels()
    cancels.send("C1", T)
    assert not cancels.refused("C1", T)
    assert hear(cancels, report("e1", ReportKind.CANCEL_REJECTED)) is True
    assert cancels.refused("C1", T) and not cancels.refused("C2", T)
    assert cancels.send("C1", T + 1)  # whoever asks all the same need not wait


def test_a_refusal_of_a_cancel_that_was_never_sent_is_not_ours() -> None:
    cancels = Cancels()
    assert hear(cancels, report("e1", ReportKind.CANCEL_REJECTED)) is False
    assert not cancels.refused("C1", T)
    cancels.send("C1", T)
    assert hear(cancels, report("e2", ReportKind.CANCEL_REJECTED)) is True
    assert hear(cancels, report("e3", ReportKind.CANCEL_REJECTED)) is False  # one answer for each


@pytest.mark.parametrize(
    "kind", [ReportKind.ACCEPTED, ReportKind.TRADE, ReportKind.PENDING_CANCEL, ReportKind.CANCELED]
)
def test_whatever_is_heard_of_an_order_makes_its_refused_cancel_worth_repeating(kind: ReportKind) -> None:
    cancels = Cancels()
    for name in ("C1", "C2"):
        cancels.send(name, T)
        hear(cancels, report(f"r-{name}", ReportKind.CANCEL_REJECTED, client_id=name))
    assert hear(cancels, report("e", kind, 1)) is False
    assert not cancels.refused("C1", T)
    assert cancels.refused("C2", T)


def test_refusals_can_be_forgotten_together() -> None:
    cancels = Cancels()
    for name in ("C1", "C2"):
        cancels.send(name, T)
        hear(cancels, report(f"r-{name}", ReportKind.CANCEL_REJECTED, client_id=name))
    cancels.forget_refusals()
    assert not cancels.refused("C1", T) and not cancels.refused("C2", T)


def test_an_answered_cancel_is_no_longer_under_way() -> None:
    cancels = Cancels()
    cancels.send("C1", T)
    assert hear(cancels, report("e", ReportKind.CANCELED)) is False
    assert cancels.send("C1", T + 1)


def test_a_fill_is_no_answer_to_a_cancel() -> None:
    cancels = Cancels()
    cancels.send("C1", T)
    hear(cancels, report("e", ReportKind.TRADE, 1))
    assert not cancels.send("C1", T + 1)
