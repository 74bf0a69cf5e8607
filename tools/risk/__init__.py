"""HOW MUCH: the risk monitor, its controls (a file each), exposure and the freeze."""

from tools.risk.approval import ApprovedOrder
from tools.risk.config import RiskConfig
from tools.risk.exposure import Exposure, ExposureBook
from tools.risk.freeze import Freeze, FreezeCause, Trigger
from tools.risk.monitor import RuntimeRiskMonitor

__all__ = [
    "ApprovedOrder",
    "Exposure",
    "ExposureBook",
    "Freeze",
    "FreezeCause",
    "RiskConfig",
    "RuntimeRiskMonitor",
    "Trigger",
]
