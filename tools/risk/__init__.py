"""HOW MUCH: the risk monitor, its controls (a file each), exposure, and holds that are latches or timers.

For calls to a venue also: the circuit breaker and the rate limiter.
"""

from tools.risk.alerts import Alert, AlertReason
from tools.risk.approval import ApprovedOrder
from tools.risk.back_off import BackOff, BackOffNotice
from tools.risk.breaker import CircuitBreaker
from tools.risk.breaker_config import BreakerConfig
from tools.risk.breaker_words import BreakerOpening, BreakerPermit, BreakerReason, OpeningReason
from tools.risk.config import RiskConfig
from tools.risk.exposure import Exposure
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figure, TradingStatus
from tools.risk.fix import ord_rej_reason
from tools.risk.gcra import Gcra, LimitConfig
from tools.risk.hold_book import HoldBook
from tools.risk.holds import Effect, FreezeCause, Pause, Resume, Thaw, Trigger
from tools.risk.monitor import RuntimeRiskMonitor
from tools.risk.operator import OperatorAct
from tools.risk.overrides import Override
from tools.risk.rate_limit import LimitPermit, LimitReason, LimitUsage, RateLimitConfig, RateLimiter
from tools.risk.reconcile import Mismatch

__all__ = [
    "Alert",
    "AlertReason",
    "ApprovedOrder",
    "BackOff",
    "BackOffNotice",
    "BreakerConfig",
    "BreakerOpening",
    "BreakerPermit",
    "BreakerReason",
    "CircuitBreaker",
    "Effect",
    "Exposure",
    "ExposureBook",
    "Figure",
    "FreezeCause",
    "Gcra",
    "HoldBook",
    "LimitConfig",
    "LimitPermit",
    "LimitReason",
    "LimitUsage",
    "Mismatch",
    "OpeningReason",
    "OperatorAct",
    "Override",
    "Pause",
    "RateLimitConfig",
    "RateLimiter",
    "Resume",
    "RiskConfig",
    "RuntimeRiskMonitor",
    "Thaw",
    "TradingStatus",
    "Trigger",
    "ord_rej_reason",
]
