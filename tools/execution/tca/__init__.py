"""Execution quality of every order and every fill, exact in integers: what ``quality`` reads."""

from tools.execution.tca.config import QualityConfig
from tools.execution.tca.edge import RecentEdge
from tools.execution.tca.horizons import HORIZONS
from tools.execution.tca.identity import BookIdentity
from tools.execution.tca.measures import Measures
from tools.execution.tca.records import Context, FillQuality, OrderEnd, OrderQuality

__all__ = [
    "HORIZONS",
    "BookIdentity",
    "Context",
    "FillQuality",
    "Measures",
    "OrderEnd",
    "OrderQuality",
    "QualityConfig",
    "RecentEdge",
]
