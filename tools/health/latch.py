"""Health's parameters, and the latch that turns a score into a colour."""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_bool, read_int
from tools.core.units import NS_PER_S
from tools.core.verdicts import Colour
from tools.health.factor import FULL
from tools.health.factors import DEFAULT_FACTORS


@dataclass(frozen=True, kw_only=True)
class HealthConfig:
    """Parameters.

    Parameters
    ----------
    factors
        The plug-ins' files under ``tools/health/factors``, in order.
    red_below, red_exit, red_hold_ns
        RED below the first, until the score has been at the second for this long.
    yellow_below, yellow_exit, yellow_hold_ns
        The same for YELLOW.
    """

    factors: tuple[str, ...] = DEFAULT_FACTORS
    red_below: int = 40
    red_exit: int = 50
    red_hold_ns: int = 10 * NS_PER_S
    yellow_below: int = 70
    yellow_exit: int = 80
    yellow_hold_ns: int = 5 * NS_PER_S

    def __post_init__(self) -> None:
        if not self.factors:
            raise ConfigError("health.factors: must not be empty")
        if not 0 < self.red_below <= self.red_exit <= FULL:
            raise ConfigError("health.red_exit: must be within red_below..100, red_below above 0")
        if not self.red_below <= self.yellow_below <= self.yellow_exit <= FULL:
            raise ConfigError("health.yellow_exit: must be within yellow_below..100, above red_below")
        if self.yellow_exit < self.red_exit:
            raise ConfigError("health.yellow_exit: must not be below red_exit")
        if self.red_hold_ns < 0:
            raise ConfigError("health.red_hold_ns: must not be negative")
        if self.yellow_hold_ns < 0:
            raise ConfigError("health.yellow_hold_ns: must not be negative")


class ColourLatch:
    """Score to colour with hysteresis; the score holds from one evaluation to the next."""

    def __init__(self, config: HealthConfig) -> None:
        self._config: Final = config
        self.red_until_ns = 0
        self.yellow_until_ns = 0
        self._red_kept = False  # the last score kept RED from running out
        self._yellow_kept = False

    def step(self, score: int, now_ns: int) -> Colour:
        """Take the score that holds from now on; return the colour now."""
        config = self._config
        if self._red_kept:
            self._keep_red(now_ns)
        if self._yellow_kept:
            self._keep_yellow(now_ns)
        self._red_kept = score < config.red_below or (score < config.red_exit and now_ns < self.red_until_ns)
        if self._red_kept:
            self._keep_red(now_ns)
        self._yellow_kept = score < config.yellow_below or (
            score < config.yellow_exit and now_ns < self.yellow_until_ns
        )
        if self._yellow_kept:
            self._keep_yellow(now_ns)
        if self._red_kept or now_ns < self.red_until_ns:
            return Colour.RED
        if self._yellow_kept or now_ns < self.yellow_until_ns:
            return Colour.YELLOW
        return Colour.GREEN

    def _keep_red(self, now_ns: int) -> None:
        self.red_until_ns = max(self.red_until_ns, now_ns + self._config.red_hold_ns)
        # One step at a time: YELLOW still has its own hold to serve.
        self.yellow_until_ns = max(self.yellow_until_ns, self.red_until_ns + self._config.yellow_hold_ns)

    def _keep_yellow(self, now_ns: int) -> None:
        self.yellow_until_ns = max(self.yellow_until_ns, now_ns + self._config.yellow_hold_ns)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "red_kept": self._red_kept,
            "red_until_ns": self.red_until_ns,
            "yellow_kept": self._yellow_kept,
            "yellow_until_ns": self.yellow_until_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._red_kept = read_bool(saved, "red_kept")
        self.red_until_ns = read_int(saved, "red_until_ns")
        self._yellow_kept = read_bool(saved, "yellow_kept")
        self.yellow_until_ns = read_int(saved, "yellow_until_ns")
