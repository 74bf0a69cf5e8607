"""What execution tells health about itself."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record


@dataclass(init=False)
class ExecQuality(Record):
    """How the own orders fared of late: sent and rejected in the last 60 s."""

    sent_60s: Final[int]
    rejected_60s: Final[int]

    def __init__(self, sent_60s: int, rejected_60s: int) -> None:
        self.sent_60s = sent_60s
        self.rejected_60s = rejected_60s


NO_ORDERS: Final = ExecQuality(0, 0)
"""Nothing was sent, so nothing was rejected."""
