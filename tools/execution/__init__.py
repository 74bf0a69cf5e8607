"""DOING ON PAPER: orders, the quoter, the paper venue, fees, positions, execution quality."""

from tools.execution.fees import FeeConfig
from tools.execution.order import Order
from tools.execution.positions import Position, Positions
from tools.execution.quality import ExecutionQuality
from tools.execution.quoter import Quoter, QuoterConfig, QuoterReason

__all__ = [
    "ExecutionQuality",
    "FeeConfig",
    "Order",
    "Position",
    "Positions",
    "Quoter",
    "QuoterConfig",
    "QuoterReason",
]
