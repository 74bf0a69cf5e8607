"""The width of the envelope on a recording: the published rows are right, and levels never widen it."""

from pathlib import Path

import pytest

from tools.lab.truth import recordings
from tools.lab.truth.trial import L1, L2

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recordings (../shared/data) are not here"),
]
NAME = "spot NEXO 2024"  # the cheapest, and the one where levels tell most


def test_the_published_rows_and_what_levels_may_change() -> None:
    probes = recordings.measure(DATA, [NAME])[NAME]
    for probe in probes:
        low1, low2 = (probe.filled_ns.get((feed, "risk_averse")) for feed in (L1, L2))
        high1, high2 = (probe.filled_ns.get((feed, "optimistic")) for feed in (L1, L2))
        assert low1 is None or (low2 is not None and low2 <= low1)
        assert high2 is None or (high1 is not None and high1 <= high2)
        assert low2 is None or (high2 is not None and high2 <= low2)
    text = (ROOT / recordings.PAGE).read_text("utf-8").partition(recordings.MARKER)[2]
    published = [line for line in text.splitlines() if line.startswith(f"| {NAME} ")]
    assert published == recordings.page({NAME: probes})[2:-1]
