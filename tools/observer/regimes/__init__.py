"""The regime of a market: what is unusual, by detectors that learn and caps that do not.

A detector is a plug-in, a file each. `RegimeEngine` joins one with the hard caps.
"""

from tools.observer.regimes.caps import CapsConfig, HardCaps
from tools.observer.regimes.caps import Reason as CapReason
from tools.observer.regimes.cusum import Config as CusumConfig
from tools.observer.regimes.detector import RegimeDetector
from tools.observer.regimes.engine import Reason as EngineReason
from tools.observer.regimes.engine import RegimeConfig, RegimeEngine
from tools.observer.regimes.ilog import ilog2_1p
from tools.observer.regimes.robust_cusum import Reason as CusumReason

__all__ = [
    "CapReason",
    "CapsConfig",
    "CusumConfig",
    "CusumReason",
    "EngineReason",
    "HardCaps",
    "RegimeConfig",
    "RegimeDetector",
    "RegimeEngine",
    "ilog2_1p",
]
