"""What a venue's answer means: a table per venue, total over the codes that it documents."""

from tools.execution.answers.answer import Answer, AnswerTable, Meaning, Shape
from tools.execution.answers.binance_spot import BINANCE_SPOT
from tools.execution.answers.binance_usdm import BINANCE_USDM
from tools.execution.answers.bybit_v5 import BYBIT_V5
from tools.execution.answers.headers import (
    StatedUsage,
    banned_until_ns,
    binance_usage,
    bybit_usage,
    retry_after_ns,
)

__all__ = [
    "BINANCE_SPOT",
    "BINANCE_USDM",
    "BYBIT_V5",
    "Answer",
    "AnswerTable",
    "Meaning",
    "Shape",
    "StatedUsage",
    "banned_until_ns",
    "binance_usage",
    "bybit_usage",
    "retry_after_ns",
]
