"""How safe: one score from several factors, a colour with hysteresis, and which factor binds."""

from tools.core.quality import NO_ORDERS, ExecQuality
from tools.health.factor import HealthFactor
from tools.health.factors import DEFAULT_FACTORS
from tools.health.latch import ColourLatch, HealthConfig
from tools.health.model import HealthModel, Reason

__all__ = [
    "DEFAULT_FACTORS",
    "NO_ORDERS",
    "ColourLatch",
    "ExecQuality",
    "HealthConfig",
    "HealthFactor",
    "HealthModel",
    "Reason",
]
