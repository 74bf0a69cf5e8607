"""The panel: the controls of one profile, asked and told in order."""

from collections.abc import Mapping
from typing import Final

from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.orders import OrderChange
from tools.core.plugins import load_plugin
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_part
from tools.core.verdicts import Evidence
from tools.risk.approval import ApprovedOrder
from tools.risk.control import (
    CANCELS,
    CHANGES,
    EDGES,
    QUOTES,
    SENT,
    TICKS,
    WITHDRAWS,
    Control,
    Finding,
    Question,
)
from tools.risk.controls import DECLARED, PROFILES
from tools.risk.exposure import Exposure
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figures
from tools.risk.holds import Trip
from tools.risk.standing import Standing, is_floor, is_near, nothing_standing


class Panel:
    """Builds the controls of a profile and hands each what it listens to.

    Parameters
    ----------
    profile
        Name of a list in `PROFILES`.
    configs
        Configuration of a control by its name; defaults where there is none.

    Raises
    ------
    UsageError
        There is no such profile.
    ConfigError
        A limit without which trading must not start is not declared.
    """

    def __init__(self, profile: str, configs: Mapping[str, object]) -> None:
        if profile not in PROFILES:
            raise UsageError(f"unknown risk profile {profile!r}; one of {', '.join(PROFILES)}")
        self.profile: Final = profile
        self._configs: Final = dict(configs)
        self.names: Final = PROFILES[profile]
        self.reset()
        if profile in DECLARED:
            for name, control in zip(self.names, self._controls, strict=True):
                for key in control.undeclared():
                    raise ConfigError(f"control.{name}.{key}: must be declared under the profile {profile}")

    def reset(self) -> None:
        """Build every control anew."""
        built: list[Control] = []
        refusing: list[Control] = []
        for name in self.names:
            module = load_plugin("tools.risk.controls", name)
            built.append(module.build(self._configs[name] if name in self._configs else module.Config()))
            if hasattr(module, "Reason"):  # without reasons it has nothing to refuse with
                refusing.append(built[-1])
        self._controls = tuple(built)
        self._refusing = tuple(refusing)
        self._withdrawing = self._listening(WITHDRAWS)
        self._on_sent = self._listening(SENT)
        self._on_cancel = self._listening(CANCELS)
        self._on_change = self._listening(CHANGES)
        self._on_quote = self._listening(QUOTES)
        self._on_tick = self._listening(TICKS)
        self._on_edge = self._listening(EDGES)
        self._peaks: dict[str, int] = {}
        self._near: dict[str, bool] = {}
        self._quiet: dict[str, bool] = {}
        warning: list[Control] = []
        nothing = nothing_standing()
        for control in self._controls:
            for name in control.quiet_limits():
                self._quiet[name] = True
            if len(control.quiet_limits()) < len(control.headroom(nothing)):
                warning.append(control)
        self._warning = tuple(warning)  # those that a limit may come near of

    def _listening(self, what: str) -> tuple[Control, ...]:
        return tuple([control for control in self._controls if what in control.listens()])

    # -- asked ----------------------------------------------------------------------------

    def check(self, question: Question) -> list[tuple[Control, Finding]]:
        """Return every finding with its control, in order; nothing if the order passes."""
        findings: list[tuple[Control, Finding]] = []
        for control in self._refusing:
            finding = control.check(question)
            if finding is not None:
                findings.append((control, finding))
        return findings

    def cancels_wanted(self, question: Question) -> list[str]:
        """Return the own orders to be cancelled on behalf of this order."""
        out: list[str] = []
        for control in self._withdrawing:
            for client_id in control.cancels_wanted(question):
                if client_id not in out:
                    out.append(client_id)
        return out

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return every limit with how much of it is used now."""
        return tuple([evidence for control in self._controls for evidence in control.headroom(now)])

    def usage(self, now: Standing, warn_ppm: int, every: bool) -> list[Evidence]:
        """Note the peaks; return the limits that have just come near, once for each crossing.

        Unless it is to be `every` control, only those of which a limit may come near are asked: the
        limits of the others are about orders as they leave.
        """
        crossed: list[Evidence] = []
        found: list[Evidence] = []
        for control in self._controls if every else self._warning:
            found += control.headroom(now)
        for evidence in found:
            name, used, limit = evidence
            if used is None:
                continue
            known = self._peaks.get(name)
            if known is None or (used < known if is_floor(name) else used > known):
                self._peaks[name] = used
            if name in self._quiet:
                continue
            if not is_near(name, used, limit, warn_ppm):
                self._near.pop(name, None)
            elif name not in self._near:
                self._near[name] = True
                crossed.append(evidence)
        return crossed

    def peaks(self) -> dict[str, int]:
        """Return the most that was used of each limit, the lowest of a floor, sorted by name."""
        return dict(sorted(self._peaks.items()))

    def overdue(self, now_ns: int) -> list[tuple[str, str, int]]:
        """Return the requests that came of age since the last call."""
        out: list[tuple[str, str, int]] = []
        for control in self._controls:
            out.extend(control.overdue(now_ns))
        return out

    def to_ask(self, now_ns: int) -> list[str]:
        """Return the orders of which the venue should be asked now."""
        return [client_id for control in self._controls for client_id in control.to_ask(now_ns)]

    def resolve(self, client_id: str) -> bool:
        """Wait no longer for an answer about an order; return True if one was waited for."""
        waited = False
        for control in self._controls:
            waited = control.resolve(client_id) or waited
        return waited

    # -- told -----------------------------------------------------------------------------

    def on_sent(self, client_id: str, order: ApprovedOrder, exposure: Exposure, now_ns: int) -> list[Trip]:
        """Tell of an order that leaves."""
        return _demands([c.on_sent(client_id, order, exposure, now_ns) for c in self._on_sent])

    def on_cancel(self, client_id: str, symbol: str, now_ns: int) -> None:
        """Tell of a cancel that leaves."""
        for control in self._on_cancel:
            control.on_cancel(client_id, symbol, now_ns)

    def on_change(
        self, change: OrderChange, liquidity: Liquidity, exposure: Exposure, now_ns: int
    ) -> list[Trip]:
        """Tell what became of an order."""
        return _demands([c.on_change(change, liquidity, exposure, now_ns) for c in self._on_change])

    def on_quote(self, symbol: str, exposure: Exposure, now_ns: int) -> list[Trip]:
        """Tell of a quote."""
        return _demands([c.on_quote(symbol, exposure, now_ns) for c in self._on_quote])

    def on_tick(self, book: ExposureBook, figures: Figures, now_ns: int) -> list[Trip]:
        """Tell that time has passed."""
        return _demands([c.on_tick(book, figures, now_ns) for c in self._on_tick])

    def on_edge(self, symbol: str, edge_ubps: int | None, now_ns: int) -> list[Trip]:
        """Tell of a measured edge."""
        return _demands([c.on_edge(symbol, edge_ubps, now_ns) for c in self._on_edge])

    def snapshot(self) -> Snapshot:
        """Return what every control keeps, and the peaks."""
        controls: Snapshot = {}
        for name, control in zip(self.names, self._controls, strict=True):
            controls[name] = control.snapshot()
        return {"controls": controls, "near": list(self._near), "peaks": dict(self._peaks)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; the profile must be the same."""
        controls = read_part(saved, "controls")
        if sorted(controls) != sorted(self.names):
            raise InvariantError(f"snapshot: not of the controls of profile {self.profile}")
        for name, control in zip(self.names, self._controls, strict=True):
            control.restore(read_part(controls, name))
        peaks, near = saved["peaks"], saved["near"]
        if isinstance(peaks, dict) and isinstance(near, list):
            self._peaks = {str(name): int(used) for name, used in peaks.items()}
            self._near = {str(name): True for name in near}


def _demands(answers: list[Trip | None]) -> list[Trip]:
    """Return the demands for holds among the controls' answers, in order."""
    return [answer for answer in answers if answer is not None]
