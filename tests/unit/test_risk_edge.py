"""An edge that has come back is held against its threshold again, not against the way back."""

from __future__ import annotations

from tools.risk.controls import edge


def test_once_it_is_back_the_threshold_is_the_old_one() -> None:
    judged = edge.build(edge.Config(min_edge_ubps=3, recovery_ubps=2))
    told = [judged.on_edge("A", value, 0) is not None for value in (3, 2, 4, 5, 3, 2)]
    assert told == [False, True, True, False, False, True]
    assert judged.on_edge("B", 3, 0) is None, "each instrument has its own"
