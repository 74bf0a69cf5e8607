"""HOW MUCH: the risk monitor, its controls (a file each), exposure and the freeze.

For calls to a venue also: the circuit breaker and the rate limiter.
"""

from tools.risk.approval import ApprovedOrder
from tools.risk.back_off import BackOff, BackOffNotice
from tools.risk.breaker import CircuitBreaker
from tools.risk.breaker_config import BreakerConfig
from tools.risk.breaker_words import BreakerOpening, BreakerPermit, BreakerReason, OpeningReason
from tools.risk.config import RiskConfig
from tools.risk.exposure import Exposure, ExposureBook
from tools.risk.freeze import Freeze, FreezeCause, Trigger
from tools.risk.gcra import Gcra, LimitConfig
from tools.risk.monitor import RuntimeRiskMonitor
from tools.risk.operator import OperatorAct
from tools.risk.rate_limit import LimitPermit, LimitReason, LimitUsage, RateLimitConfig, RateLimiter

__all__ = [
    "ApprovedOrder",
    "BackOff",
    "BackOffNotice",
    "BreakerConfig",
    "BreakerOpening",
    "BreakerPermit",
    "BreakerReason",
    "CircuitBreaker",
    "Exposure",
    "ExposureBook",
    "Freeze",
    "FreezeCause",
    "Gcra",
    "LimitConfig",
    "LimitPermit",
    "LimitReason",
    "LimitUsage",
    "OpeningReason",
    "OperatorAct",
    "RateLimitConfig",
    "RateLimiter",
    "RiskConfig",
    "RuntimeRiskMonitor",
    "Trigger",
]
