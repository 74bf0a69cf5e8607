"""A plug-in that lacks a method cannot be made: it fails when it is loaded, not when it is needed."""

from __future__ import annotations

import re

import pytest

from tools.execution.fill_model import FillModel
from tools.execution.latency_model import LatencyModel
from tools.health.factor import HealthFactor
from tools.observer.decode.decoder import Decoder
from tools.observer.gauge import Gauge
from tools.observer.regimes.detector import RegimeDetector
from tools.risk.control import Control


@pytest.mark.parametrize(
    ("protocol", "method"),
    [
        (Decoder, "decode"),
        (Gauge, "read"),
        (RegimeDetector, "level"),
        (HealthFactor, "score"),
        (Control, "check"),
        (FillModel, "on_trade"),
        (LatencyModel, "entry_ns"),
    ],
)
def test_a_plug_in_that_lacks_a_method_cannot_be_made(protocol: type, method: str) -> None:
    unfinished = type("Unfinished", (protocol,), {})
    with pytest.raises(TypeError, match=re.escape("abstract")) as refused:
        unfinished()
    assert method in str(refused.value)
