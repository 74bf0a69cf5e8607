"""Default detector: one-sided CUSUM and single-sample shock on a robust logarithmic z-score.

Each feature is a one-second sample x. With y = log2(1 + x) and a baseline of the last 900
admitted samples, ``z = (y - median) / scale``. A sample with |z| > 3 is not admitted, so
that a crisis is not learnt; after 900 rejections the new level is accepted. The CUSUM
``S = max(0, S + min(z, 8) - 1.5)`` alarms at 6 and starts again from zero; z >= 4.5 alarms
at once (Page 1954; frozen baseline and both limits as measured in docs/concepts).

A rejection adds one to a count that every ordinary sample lowers by one, so that scattered
outliers never add up to a new level, however long the run.
"""

from enum import StrEnum
from typing import Final

from tools.core.market import MarketState
from tools.core.snapshots import Snapshot, read_part
from tools.core.verdicts import Evidence
from tools.observer.regimes.cusum import Config, FeatureCusum
from tools.observer.regimes.detector import FAST, QUIET, UNSTABLE, RegimeDetector
from tools.observer.regimes.features import Sampler

__all__ = ["EXAMPLES", "LIMITS", "Config", "Reason", "RobustCusum", "build"]


class Reason(StrEnum):
    """Which alarm of which feature."""

    TRADES_CUSUM = "TRADES_CUSUM"  # trades per second: above usual for seconds, summed up
    TRADES_SHOCK = "TRADES_SHOCK"  # trades per second: one second far above usual
    QUOTES_CUSUM = "QUOTES_CUSUM"  # quotes per second: above usual for seconds, summed up
    QUOTES_SHOCK = "QUOTES_SHOCK"  # quotes per second: one second far above usual
    MOVE_CUSUM = "MOVE_CUSUM"  # moves of the mid: above usual for seconds, summed up
    MOVE_SHOCK = "MOVE_SHOCK"  # moves of the mid: one second far above usual
    RV_CUSUM = "RV_CUSUM"  # realised variation: above usual for seconds, summed up
    RV_SHOCK = "RV_SHOCK"  # realised variation: one second far above usual
    SPREAD_CUSUM = "SPREAD_CUSUM"  # spread: above usual for seconds, summed up
    SPREAD_SHOCK = "SPREAD_SHOCK"  # spread: one second far above usual
    DEPTH_CUSUM = "DEPTH_CUSUM"  # depth at the best: below usual for seconds, summed up
    DEPTH_SHOCK = "DEPTH_SHOCK"  # depth at the best: one second far below usual


_REASONS: Final[dict[str, tuple[Reason, Reason]]] = {
    "trades_1s": (Reason.TRADES_CUSUM, Reason.TRADES_SHOCK),
    "quotes_1s": (Reason.QUOTES_CUSUM, Reason.QUOTES_SHOCK),
    "move_10s_ht": (Reason.MOVE_CUSUM, Reason.MOVE_SHOCK),
    "rv_10s_ht2": (Reason.RV_CUSUM, Reason.RV_SHOCK),
    "spread_1s_ubps": (Reason.SPREAD_CUSUM, Reason.SPREAD_SHOCK),
    "depth_10s_lots": (Reason.DEPTH_CUSUM, Reason.DEPTH_SHOCK),
}
LIMITS: Final = ("alarm_milli", "shock_milli")
"""The parameters at which it alarms, for calibration."""


class RobustCusum(RegimeDetector):
    """The configured features side by side; the worst alarm counts, earlier features first."""

    def __init__(self, config: Config, profile: str, min_samples: int) -> None:
        self.features: Final[list[FeatureCusum]] = []
        self._cusum_levels: Final[list[int]] = []
        self._shock_levels: Final[list[int]] = []
        shocks = config.unstable_shocks_minor if profile == "minor" else config.unstable_shocks_major
        for feature in config.features:
            self.features.append(FeatureCusum(config, feature, min_samples))
            worst = feature in config.unstable
            self._cusum_levels.append(UNSTABLE if worst else FAST)
            self._shock_levels.append(UNSTABLE if worst or feature in shocks else FAST)
        self._sampler: Final = Sampler(config.features)
        self._warm = False

    def sample(self, state: MarketState) -> None:
        """Take the sample of this second; a feature that cannot be known takes none."""
        warm = True
        self._sampler.see(state)
        for feature in self.features:
            x = self._sampler.sample(feature.feature, state)
            if x is not None:
                feature.sample(x, state.time_ns)
            warm = warm and feature.warm()
        self._warm = warm

    def warm(self) -> bool:
        """Return True once every feature has its minimum of samples."""
        return self._warm

    def hold_until_ns(self) -> int:
        """Return the time from which no alarm holds any more."""
        until_ns = 0
        for feature in self.features:
            until_ns = max(until_ns, feature.cusum_until_ns, feature.shock_until_ns)
        return until_ns

    def level(self, now_ns: int) -> int:
        """Return the worst level that an alarm holds."""
        index = self._holder(now_ns)
        if index < 0:
            return QUIET
        return self._shock_levels[index // 2] if index % 2 else self._cusum_levels[index // 2]

    def reason(self, now_ns: int) -> str:
        """Return the first alarm that holds the level, a shock before a CUSUM; empty when quiet."""
        index = self._holder(now_ns)
        return "" if index < 0 else _REASONS[self.features[index // 2].feature][index % 2]

    def evidence(self, now_ns: int) -> tuple[Evidence, ...]:
        """Return the figures of the alarm that `reason` names, as they were when it last fired."""
        index = self._holder(now_ns)
        if index < 0:
            return ()
        feature = self.features[index // 2]
        return feature.shock_evidence if index % 2 else feature.cusum_evidence

    def _holder(self, now_ns: int) -> int:
        """Return twice the index of the feature that holds the level, plus 1 for its shock; or -1."""
        level = QUIET
        index = -1
        for i, feature in enumerate(self.features):
            if now_ns < feature.shock_until_ns and self._shock_levels[i] > level:
                level = self._shock_levels[i]
                index = 2 * i + 1
            if now_ns < feature.cusum_until_ns and self._cusum_levels[i] > level:
                level = self._cusum_levels[i]
                index = 2 * i
        return index

    def bounds(self) -> tuple[Evidence, ...]:
        """Return the bounds of every feature, in order."""
        out: list[Evidence] = []
        for feature in self.features:
            out.extend(feature.bounds())
        return tuple(out)

    def snapshot(self) -> Snapshot:
        """Return every feature's snapshot by name."""
        out: Snapshot = {"sampler": self._sampler.snapshot()}
        for feature in self.features:
            out[feature.feature] = feature.snapshot()
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        warm = True
        self._sampler.restore(read_part(saved, "sampler"))
        for feature in self.features:
            feature.restore(read_part(saved, feature.feature))
            warm = warm and feature.warm()
        self._warm = warm


EXAMPLES: Final = (
    # Usual figures, figures of the seconds after them, and the reason after the last.
    ({"trades_1s": 0}, ({"trades_1s": 127},), "TRADES_SHOCK"),  # log2(128) / 1.44 = 4.85
    ({"trades_1s": 0}, ({"trades_1s": 87},), ""),  # 6.459 / 1.4427 = 4.477
    ({"trades_1s": 20}, ({"trades_1s": 60},) * 3, "TRADES_CUSUM"),
)


def build(config: Config, profile: str, min_samples: int) -> RegimeDetector:
    """Return the detector for an instrument of profile ``major`` or ``minor``.

    `min_samples` is the number of one-second samples after which it is warm.
    """
    return RobustCusum(config, profile, min_samples)
