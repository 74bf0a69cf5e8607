"""What a paper exchange is made of, and the rules of its venue."""

from dataclasses import dataclass

from tools.core.entry import SelfMatch
from tools.core.errors import ConfigError
from tools.core.units import PPM
from tools.execution.fills import DEFAULT_FILL_MODEL
from tools.execution.latency import DEFAULT_LATENCY_MODEL


@dataclass(frozen=True, kw_only=True)
class PaperConfig:
    """What the paper exchange is made of.

    Parameters
    ----------
    fill_model, latency_model
        Plug-ins of ``execution/fills`` and ``execution/latency`` by name.
    haircut_ppm
        Share of a displayed size that a taking order finds; the rest was gone, or never real.
    self_match
        What happens when an order would trade with one of the same account, unless it says.
    self_match_across_accounts
        Whether that holds between accounts too; otherwise two accounts do not see each other.
    keep_closed
        How many closed orders of an account the venue remembers for late cancels.
    seed
        Of chance, as the run names it; a latency model that draws has a seed of its own, and
        ``replay --seed`` sets both.
    """

    fill_model: str = DEFAULT_FILL_MODEL
    latency_model: str = DEFAULT_LATENCY_MODEL
    haircut_ppm: int = 800_000
    self_match: SelfMatch = SelfMatch.CANCEL_NEWEST
    self_match_across_accounts: bool = False
    keep_closed: int = 1_000
    seed: int = 42

    def __post_init__(self) -> None:
        if self.keep_closed < 1:
            raise ConfigError(f"paper.keep_closed: must be at least 1, not {self.keep_closed}")
        if not 0 <= self.haircut_ppm <= PPM:
            raise ConfigError(f"paper.haircut_ppm: must be within 0 and 100 %, not {self.haircut_ppm} ppm")
