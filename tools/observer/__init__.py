"""SEEING: from events to the figures that the chain decides on.

>>> from tools.core.instrument import Instrument
>>> observer = Observer(Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001"))
>>> observer.counters()["events"]
0
"""

from tools.core.histogram import LogHist, LogHistRing
from tools.observer.baselines import BaselineConfig, Baselines
from tools.observer.book import Book
from tools.observer.config import ObserverConfig
from tools.observer.gauge import Gauge
from tools.observer.latency import Latency, LatencyConfig
from tools.observer.link import Link
from tools.observer.metrics import Metrics
from tools.observer.observer import Observer
from tools.observer.regimes import RegimeConfig, RegimeEngine
from tools.observer.rolling import Rolling
from tools.observer.sequence import TradeSequence
from tools.observer.steps import StepLag, StepMean
from tools.observer.windows import CountWindow, MaxWindow, SortedWindow, SumWindow

__all__ = [
    "BaselineConfig",
    "Baselines",
    "Book",
    "CountWindow",
    "Gauge",
    "Latency",
    "LatencyConfig",
    "Link",
    "LogHist",
    "LogHistRing",
    "MaxWindow",
    "Metrics",
    "Observer",
    "ObserverConfig",
    "RegimeConfig",
    "RegimeEngine",
    "Rolling",
    "SortedWindow",
    "StepLag",
    "StepMean",
    "SumWindow",
    "TradeSequence",
]
