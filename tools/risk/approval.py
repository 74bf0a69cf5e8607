"""The only kind of order that may be sent."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.orders import Intent


@dataclass(init=False)
class ApprovedOrder(Record):
    """An intent that passed every control; made by `RuntimeRiskMonitor` and nowhere else.

    `parent_id` names the parent order it is a child of, if any; `approver` who had let it
    pass in spite of a refusal, if anybody had to.
    """

    intent: Final[Intent]
    price_ticks: Final[int]
    parent_id: Final[str]
    approver: Final[str]

    def __init__(self, intent: Intent, price_ticks: int, parent_id: str = "", approver: str = "") -> None:
        self.intent = intent
        self.price_ticks = price_ticks
        self.parent_id = parent_id
        self.approver = approver
