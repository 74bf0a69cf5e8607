"""What one instrument's market looks like: observed once, however many chains judge it."""

from typing import Final

from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.engine.config import ChainConfig
from tools.engine.state import StateEngine
from tools.observer import Observer, ObserverConfig


class Sight:
    """The observer of one instrument, and the state of its market at the last evaluation.

    Parameters
    ----------
    instrument
        Whose events it takes.
    config
        The sections ``start``, ``baseline`` and ``latency`` are read.
    metrics
        Keep the windows that only `Observer.metrics` shows.
    """

    def __init__(self, instrument: Instrument, config: ChainConfig, metrics: bool = False) -> None:
        self.instrument: Final = instrument
        self.observer: Final = Observer(
            instrument,
            ObserverConfig(
                metrics=metrics,
                start=config.start,
                baseline=config.baseline,
                latency=config.latency,
            ),
        )
        self.states: Final = StateEngine()

    def look(self, tick: bool) -> MarketState:
        """Return the state of the market as the observer holds it now."""
        return self.states.step(self.observer, self.observer.now_ns, tick)
