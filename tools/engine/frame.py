"""All that was decided at one evaluation, in one record."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.market import MarketState
from tools.core.verdicts import Decision, HealthVerdict, PermissionVerdict, RegimeVerdict


@dataclass(init=False)
class Frame(Record):
    """The state and the verdicts in force at event number `seq`, for one instrument.

    A verdict's own `time_ns` says since when it has been in force.
    """

    seq: Final[int]
    instrument: Final[str]
    state: Final[MarketState]
    regime: Final[RegimeVerdict]
    permission: Final[PermissionVerdict]
    health: Final[HealthVerdict]
    decision: Final[Decision]

    def __init__(
        self,
        seq: int,
        instrument: str,
        state: MarketState,
        regime: RegimeVerdict,
        permission: PermissionVerdict,
        health: HealthVerdict,
        decision: Decision,
    ) -> None:
        self.seq = seq
        self.instrument = instrument
        self.state = state
        self.regime = regime
        self.permission = permission
        self.health = health
        self.decision = decision
