"""May we: the gate that shuts on bad moments and opens again only by time."""

from tools.core.start import StartConfig
from tools.permission.gate import GateConfig, GateTimers, PermissionGate
from tools.permission.severity import BAD, CLEAN, WARN, Reason, SeverityConfig, SeverityMeter

__all__ = [
    "BAD",
    "CLEAN",
    "WARN",
    "GateConfig",
    "GateTimers",
    "PermissionGate",
    "Reason",
    "SeverityConfig",
    "SeverityMeter",
    "StartConfig",
]
