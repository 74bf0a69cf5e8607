"""HOW MUCH: the risk monitor, its controls (a file each), exposure, and holds that are latches or timers."""

from tools.risk.alerts import Alert, AlertReason
from tools.risk.approval import ApprovedOrder
from tools.risk.config import RiskConfig
from tools.risk.exposure import Exposure
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figure, TradingStatus
from tools.risk.fix import ord_rej_reason
from tools.risk.hold_book import HoldBook
from tools.risk.holds import Effect, FreezeCause, Pause, Resume, Thaw, Trigger
from tools.risk.monitor import RuntimeRiskMonitor
from tools.risk.overrides import Override
from tools.risk.reconcile import Mismatch

__all__ = [
    "Alert",
    "AlertReason",
    "ApprovedOrder",
    "Effect",
    "Exposure",
    "ExposureBook",
    "Figure",
    "FreezeCause",
    "HoldBook",
    "Mismatch",
    "Override",
    "Pause",
    "Resume",
    "RiskConfig",
    "RuntimeRiskMonitor",
    "Thaw",
    "TradingStatus",
    "Trigger",
    "ord_rej_reason",
]
