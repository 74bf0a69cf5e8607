"""The limits of the risk monitor, as a configuration section."""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import E8, NS_PER_S, PPM, UBPS_PER_BPS
from tools.risk.controls import PROFILES

# Set in [risk], because P0.1 names them; every other control has a section of its own.
IN_RISK_SECTION: Final = ("inventory", "total_notional", "edge")


@dataclass(frozen=True, kw_only=True)
class RiskConfig:
    """Limits; equality passes.

    Parameters
    ----------
    profile
        Which list of controls is on: ``replay`` or ``shadow``.
    max_inventory_e8, max_total_e8
        Worst-case value of one instrument's position, and of all together.
    max_mark_age_ns
        How long the mark of another instrument is believed in the sum of all.
    edge_freeze_threshold_ubps
        A measured net edge below this freezes the system.
    edge_observations
        How many measurements of an instrument the mean is of that counts.
    edge_recovery_ubps
        How far above the threshold an edge that was gone must come back.
    warn_ppm
        Share of a limit at which it is an alert that the limit is near.
    reconcile_every_ns
        Time from one comparison of our books with the venue's to the next.
    reconcile_confirmations
        How many comparisons in a row must show the same difference before it freezes.
    entry_price_tolerance_ubps
        How far the venue's average entry price may be from ours, as a part of ours.
    """

    profile: str = "replay"
    max_inventory_e8: int = 10_000 * E8
    max_total_e8: int = 50_000 * E8
    max_mark_age_ns: int = 60 * NS_PER_S
    edge_freeze_threshold_ubps: int = 3 * UBPS_PER_BPS // 2
    edge_observations: int = 1
    edge_recovery_ubps: int = 0
    warn_ppm: int = 800_000
    reconcile_every_ns: int = 10 * NS_PER_S
    reconcile_confirmations: int = 2
    entry_price_tolerance_ubps: int = UBPS_PER_BPS

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ConfigError(f"risk.profile: must be one of {', '.join(PROFILES)}")
        if self.max_inventory_e8 <= 0 or self.max_total_e8 <= 0:
            raise ConfigError("risk.max_inventory_e8 and risk.max_total_e8: must be positive")
        if self.max_mark_age_ns < 0:
            raise ConfigError("risk.max_mark_age_ns: must not be negative")
        if self.edge_observations < 1 or self.edge_recovery_ubps < 0:
            raise ConfigError("risk.edge_observations must be at least 1, edge_recovery_ubps not negative")
        if not 0 < self.warn_ppm <= PPM:
            raise ConfigError(f"risk.warn_ppm: must be within 1..{PPM}, not {self.warn_ppm}")
        if self.entry_price_tolerance_ubps < 0:
            raise ConfigError("risk.entry_price_tolerance_ubps: must not be negative")
        if self.reconcile_every_ns <= 0 or self.reconcile_confirmations < 1:
            raise ConfigError("risk.reconcile_every_ns and risk.reconcile_confirmations: must be positive")
