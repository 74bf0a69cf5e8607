"""Regime and gate: what the market alone decides, whatever became of our own orders.

Chains of equal configuration share one stance: it is judged once for all of them.
"""

from typing import Final

from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.core.verdicts import PermissionVerdict, RegimeVerdict
from tools.engine.config import ChainConfig
from tools.observer.regimes import RegimeEngine
from tools.permission import PermissionGate


class Stance:
    """Regime and permission of one instrument.

    Parameters
    ----------
    instrument
        Its profile decides on caps and detectors.
    config
        The sections ``regime``, ``detectors``, ``permission`` and ``start`` are read.

    Notes
    -----
    `regime` and `permission` are the verdicts of the last evaluation.
    """

    def __init__(self, instrument: Instrument, config: ChainConfig) -> None:
        self.regimes: Final = RegimeEngine(
            config.regime,
            instrument.profile,
            config.start,
            parameters=config.detectors.get(config.regime.detector),
        )
        self.gate: Final = PermissionGate(config.permission, config.start)
        self.regime: RegimeVerdict = self.regimes.verdict
        self.permission: PermissionVerdict = self.gate.verdict

    def judge(self, state: MarketState) -> None:
        """Judge the market as it is now."""
        self.regime = self.regimes.step(state)
        self.permission = self.gate.step(self.regime, state, state.time_ns)


def same_stance(one: ChainConfig, other: ChainConfig) -> bool:
    """Return whether two configurations make the same regime and the same gate."""
    return (
        one.regime == other.regime
        and one.detectors == other.detectors
        and one.permission == other.permission
        and one.start == other.start
    )
