"""The only kind of order that may be sent."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.orders import Intent


@dataclass(init=False)
class ApprovedOrder(Record):
    """An intent that passed every control; made by `RuntimeRiskMonitor.check` and nowhere else."""

    intent: Final[Intent]
    price_ticks: Final[int]

    def __init__(self, intent: Intent, price_ticks: int) -> None:
        self.intent = intent
        self.price_ticks = price_ticks
