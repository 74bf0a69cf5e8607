"""One feature of the default detector: a CUSUM and a shock rule over a robust baseline."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import plain
from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_evidence, read_int, read_part
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence
from tools.observer.regimes.baseline import MAX_SAMPLE, Baseline
from tools.observer.regimes.features import COUNTS, FALLING, check_features
from tools.observer.regimes.ilog import ilog2_1p, least_reaching


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters; z-scores and the CUSUM in thousandths of the scale.

    Parameters
    ----------
    features
        Of ``trades_1s``, ``quotes_1s``, ``move_10s_ht``, ``rv_10s_ht2``, ``spread_1s_ubps``
        and ``depth_10s_lots`` (whose falling counts). Beyond the first two, switch one on only
        if it sorts execution cost on recorded days.
    unstable
        Those whose alarms are UNSTABLE instead of FAST.
    unstable_shocks_major, unstable_shocks_minor
        Those of which a shock alone is UNSTABLE, by profile.
    window, refresh
        Baseline: samples kept, samples between two refreshes.
    floor_log2_milli
        Least scale in thousandths of a doubling: one sigma is never less than 28 %.
    freeze_milli, relearn
        |z| beyond which a sample is rejected, and the count of rejections that ends this.
    drift_milli, alarm_milli, cap_milli
        CUSUM: what each second takes off, where it alarms, the most one sample adds.
    shock_milli
        z of a single sample that alarms at once.
    hold_ns, release_milli
        How long an alarm lasts, extended for as long as z is above `release_milli`.
    """

    features: tuple[str, ...] = COUNTS
    unstable: tuple[str, ...] = ("spread_1s_ubps", "depth_10s_lots")
    unstable_shocks_major: tuple[str, ...] = ()
    unstable_shocks_minor: tuple[str, ...] = ("trades_1s",)
    window: int = 900
    refresh: int = 5
    floor_log2_milli: int = 360
    freeze_milli: int = 3_000
    relearn: int = 900
    drift_milli: int = 1_500
    alarm_milli: int = 6_000
    cap_milli: int = 8_000
    shock_milli: int = 4_500
    hold_ns: int = 10 * NS_PER_S
    release_milli: int = 1_500

    def __post_init__(self) -> None:
        check_features("detector.robust_cusum.features", self.features)
        check_features("detector.robust_cusum.unstable", self.unstable)
        check_features("detector.robust_cusum.unstable_shocks_major", self.unstable_shocks_major)
        check_features("detector.robust_cusum.unstable_shocks_minor", self.unstable_shocks_minor)
        if not self.features:
            raise ConfigError("detector.robust_cusum.features: must not be empty")
        if self.window < 1:
            raise ConfigError("detector.robust_cusum.window: must be at least 1")
        if self.refresh < 1:
            raise ConfigError("detector.robust_cusum.refresh: must be at least 1")
        if self.floor_log2_milli < 1:
            raise ConfigError("detector.robust_cusum.floor_log2_milli: must be positive")
        if not 0 <= self.drift_milli < self.cap_milli:
            raise ConfigError("detector.robust_cusum.drift_milli: must be within 0..cap_milli")
        if self.alarm_milli < 1:
            raise ConfigError("detector.robust_cusum.alarm_milli: must be positive")
        if self.shock_milli <= self.release_milli:
            raise ConfigError("detector.robust_cusum.shock_milli: must be above release_milli")
        if self.hold_ns < 0:
            raise ConfigError("detector.robust_cusum.hold_ns: must not be negative")


class FeatureCusum:
    """One feature: its baseline, its CUSUM and the holds of its two alarms."""

    def __init__(self, config: Config, feature: str, min_samples: int) -> None:
        if not 1 <= min_samples <= config.window:
            raise ConfigError(f"start.min_samples: must be within 1..{config.window}, not {min_samples}")
        self.feature: Final = feature
        self._min_samples: Final = min_samples
        self.baseline: Final = Baseline(config.window, config.floor_log2_milli * 1024, feature in COUNTS)
        self._config: Final = config
        self._falling: Final = feature in FALLING
        self.x = 0
        self.z_milli = 0
        self.cusum_milli = 0
        self.rejected = 0
        self.cusum_until_ns = 0
        self.shock_until_ns = 0
        self.cusum_evidence: tuple[Evidence, ...] = ()
        self.shock_evidence: tuple[Evidence, ...] = ()

    def warm(self) -> bool:
        """Return True once the baseline has its minimum of samples."""
        return self.baseline.admitted >= self._min_samples

    def sample(self, x: int, now_ns: int) -> None:
        """Judge one sample against the baseline of those before it, then admit or reject it."""
        config = self._config
        baseline = self.baseline
        if x > MAX_SAMPLE:
            x = MAX_SAMPLE
        log2 = ilog2_1p(x)
        self.x = x
        if baseline.admitted < self._min_samples:
            baseline.admit(x, log2)
            if baseline.admitted == self._min_samples:
                baseline.refresh()
            return
        z_milli = baseline.z_milli(2 * baseline.median_log2 - log2 if self._falling else log2)
        self.z_milli = z_milli
        self._alarm(z_milli, now_ns)
        ordinary = -config.freeze_milli <= z_milli <= config.freeze_milli
        if ordinary:
            if self.rejected > 0:
                self.rejected -= 1
        elif self.rejected < config.relearn:
            self.rejected += 1
            return
        baseline.admit(x, log2)
        if baseline.admitted % config.refresh == 0:
            baseline.refresh()

    def _alarm(self, z_milli: int, now_ns: int) -> None:
        config = self._config
        until_ns = now_ns + config.hold_ns
        if z_milli > config.release_milli:
            if now_ns < self.cusum_until_ns:
                self.cusum_until_ns = until_ns
            if now_ns < self.shock_until_ns:
                self.shock_until_ns = until_ns
        if z_milli >= config.shock_milli:
            self.shock_until_ns = until_ns
            self.shock_evidence = (self._z_evidence(), self._x_evidence())
        added = z_milli if z_milli < config.cap_milli else config.cap_milli
        cusum_milli = self.cusum_milli + added - config.drift_milli
        if cusum_milli < 0:
            cusum_milli = 0
        if cusum_milli >= config.alarm_milli:
            self.cusum_until_ns = until_ns
            self.cusum_evidence = (
                (f"{self.feature}_cusum_milli", cusum_milli, config.alarm_milli),
                self._z_evidence(),
                self._x_evidence(),
            )
            cusum_milli = 0
        self.cusum_milli = cusum_milli

    def _z_evidence(self) -> Evidence:
        return (f"{self.feature}_z_milli", self.z_milli, self._config.shock_milli)

    def _x_evidence(self) -> Evidence:
        return (self.feature, self.x, self.shock_at())

    def shock_at(self) -> int | None:
        """Return the sample nearest to the median that would be a shock now; None if none can be."""
        baseline = self.baseline
        # The least log2 distance whose z, rounded down, reaches the limit.
        reach = -(-self._config.shock_milli * baseline.scale_milli // 1_000_000)
        if self._falling:
            low = baseline.median_log2 - reach
            return least_reaching(low + 1) - 1 if low >= 0 else None
        return least_reaching(baseline.median_log2 + reach)

    def bounds(self) -> tuple[Evidence, ...]:
        """Return sample, z and CUSUM of the last second with the limits in force."""
        return (
            self._x_evidence(),
            self._z_evidence(),
            (f"{self.feature}_cusum_milli", self.cusum_milli, self._config.alarm_milli),
        )

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "baseline": self.baseline.snapshot(),
            "cusum_evidence": plain(self.cusum_evidence),
            "cusum_milli": self.cusum_milli,
            "cusum_until_ns": self.cusum_until_ns,
            "rejected": self.rejected,
            "shock_evidence": plain(self.shock_evidence),
            "shock_until_ns": self.shock_until_ns,
            "x": self.x,
            "z_milli": self.z_milli,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.baseline.restore(read_part(saved, "baseline"))
        self.cusum_evidence = read_evidence(saved, "cusum_evidence")
        self.cusum_milli = read_int(saved, "cusum_milli")
        self.cusum_until_ns = read_int(saved, "cusum_until_ns")
        self.rejected = read_int(saved, "rejected")
        self.shock_evidence = read_evidence(saved, "shock_evidence")
        self.shock_until_ns = read_int(saved, "shock_until_ns")
        self.x = read_int(saved, "x")
        self.z_milli = read_int(saved, "z_milli")
