"""A market seen once, and traded on paper along one path or several, event by event.

There are two clocks. What happened at the venue is shown to the paper exchanges at its venue
time (`on_venue`); what we hear of it comes at its receive time (`step`). For each event that we
hear of, in this order: the observer of the instrument takes it in; then, on every path, time
passes for the paper exchange; what it has reported is booked; the chain decides; the execution
loop acts on the decision. Fills come back as reports and touch health at the next step: there
is no cycle inside one. The session looks at no clock and reads no file: feeds do.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tools.core.audit import AuditLog, MarkedLog
from tools.core.errors import ConfigError, UsageError
from tools.core.events import Depth, FeedKind, FeedStatus, MarketEvent, Quote, Tick, Trade
from tools.core.funding import Funding
from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.engine import Pipeline, Sight, Stance, same_stance
from tools.live.accounts import Accounts
from tools.live.books import Books
from tools.live.execution_loop import ExecutionLoop
from tools.live.feeds.two_clocks import LOCAL
from tools.live.funded_path import FundedPath
from tools.live.paper_exchange import PaperExchange
from tools.live.path import Path, Policy, exchange_from
from tools.live.settings import LabConfig, seen_apart, venue_apart
from tools.risk import RuntimeRiskMonitor

DELTA: Final = "delta"
FULL: Final = "full"

_NEVER_NS: Final = 1 << 63


class Seen:
    """One instrument: what is seen of it, and the stances that are taken on it."""

    def __init__(self, sight: Sight, stances: list[Stance]) -> None:
        self.sight: Final = sight
        self.stances: Final = stances

    def look(self, tick: bool) -> MarketState:
        """Return the state of the market now, judged by every stance."""
        state = self.sight.look(tick)
        for stance in self.stances:
            stance.judge(state)
        return state


class Session:
    """One observation, and the paths that follow it; most sessions have one path.

    Parameters
    ----------
    instruments
        By key; a chain is made when the first event of an instrument arrives.
    config
        Of every chain, and of the paper trading.
    audit
        Takes a line for each verdict that changed (``delta``), or one for each evaluation
        with everything in it (``full``); and one for each order, refusal, report and cancel.
        Lines of every path but the first bear its name under ``path``.
    detail
        ``"delta"`` or ``"full"``. The report does not depend on it.
    run_id
        For the ids that a venue is given; empty if none is.
    policies
        One path for each; a single path with `config` if there are none. They must agree
        with `config` in everything that feeds the observation: `ConfigError` if not.
    funded
        Whether there will be funding times.
    accounts
        Whether the policies are accounts at one venue, which share its queue and its prints;
        they must then agree in what the venue is. Otherwise each path has a venue of its own.

    Notes
    -----
    `exchange`, `risk`, `books`, `loop`, `pipelines` and `idle` are those of the first path.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        config: LabConfig,
        audit: AuditLog | None = None,
        detail: str = DELTA,
        run_id: str = "",
        policies: Sequence[Policy] = (),
        funded: bool = False,
        accounts: bool = False,
    ) -> None:
        self._instruments: Final = instruments
        self._chain_config: Final = config.chain()
        self._audit: Final = audit
        self._full: Final = detail == FULL
        self._funded: Final = funded
        self.paths: Final[list[Path]] = []
        kind = FundedPath if funded else Path
        what = "account" if accounts else "policy"
        shared = exchange_from(config, instruments) if accounts else None
        for policy in policies or (Policy(config=config),):
            apart = ", ".join(seen_apart(policy.config, config))
            if apart:
                raise ConfigError(
                    f"{what} {policy.name}: the paths of a run must observe alike, not so {apart}"
                )
            apart = ", ".join(venue_apart(policy.config, config)) if accounts else ""
            if apart:
                raise ConfigError(f"account {policy.name}: accounts share one venue, not so {apart}")
            log = audit if audit is None or not self.paths else MarkedLog(audit, policy.name)
            self.paths.append(kind(instruments, policy, log, self._full, run_id, shared))
        self._acting: Final[Sequence[Path | Accounts]] = (
            self.paths if shared is None else [Accounts(shared, self.paths)]
        )
        first = self.paths[0]
        self.exchange: Final[PaperExchange] = first.exchange
        self.risk: Final[RuntimeRiskMonitor] = first.risk
        self.books: Final[Books] = first.books
        self.loop: Final[ExecutionLoop] = first.loop
        self.pipelines: Final[dict[str, Pipeline]] = first.pipelines
        self.idle: Final = first.idle
        self.seen: Final[dict[str, Seen]] = {}
        self.seq = 0
        self.first_ns = 0
        self.last_ns = 0

    def take(self, event: MarketEvent | Funding, venue_ns: int) -> None:
        """Take in an event as `TwoClocks` hands it out: the venue's, or ours if `LOCAL`."""
        if venue_ns == LOCAL:
            self.step(event)  # type: ignore[arg-type]  # funding is the venue's alone
        elif isinstance(event, (Quote, Trade, Depth)):
            self.on_venue(event, venue_ns)
        else:
            assert isinstance(event, Funding)
            self.on_funding(event)

    def on_venue(self, event: Quote | Trade | Depth, venue_ns: int) -> None:
        """Show every path's paper exchange what happened at the venue.

        Only what counts is shown, in the order of `venue_ns`, and before `step` is given the
        first event of that time or a later one: `TwoClocks` sees to it.
        """
        for path in self._acting:
            path.on_venue(event, venue_ns, self.seq + 1)  # answers belong to the event before which they came

    def on_funding(self, funding: Funding) -> None:
        """Let a funding time come at the venue; a session made for funding takes it."""
        if not self._funded:
            raise UsageError("this session was not made for funding: give it funded=True")
        for path in self._acting:
            path.on_funding(funding, self.seq + 1)

    def answers(self, until_ns: int) -> None:
        """Book what every path's exchange has to say before `until_ns`, while no event comes."""
        for path in self._acting:
            path.answers(until_ns, self.seq + 1)

    def step(self, event: MarketEvent) -> None:
        """Take in one event that we hear of."""
        self.seq += 1
        now_ns = event.recv_ns
        self.last_ns = now_ns
        if self.seq == 1:
            self.first_ns = now_ns
        if isinstance(event, (Quote, Trade)):
            self._market(event, now_ns)
        elif isinstance(event, Tick):
            self._tick(event, now_ns)
        else:
            self._turn(now_ns)
            if isinstance(event, FeedStatus):
                self._status(event)
            else:
                self._instrument(event.symbol).sight.observer.admit(event)

    def _market(self, event: Quote | Trade, now_ns: int) -> None:
        """Let the observer and then every path see a quote or a print."""
        key = event.symbol
        seen = self._instrument(key)
        seq = self.seq
        # Marks and books see only what the observer accepts, as the venue does.
        if not seen.sight.observer.admit(event):
            self._turn(now_ns)
            return
        state = seen.look(False)
        for path in self._acting:
            path.answers(now_ns, seq)
            if isinstance(event, Quote):
                path.on_quote(event)
            path.turn(now_ns, seq)
            path.act(key, state, now_ns, seq)

    def _turn(self, now_ns: int) -> None:
        """Let time pass on every path."""
        for path in self._acting:
            path.answers(now_ns, self.seq)
            path.turn(now_ns, self.seq)

    def _tick(self, event: Tick, now_ns: int) -> None:
        """Let every path look at the time, and every chain at its market."""
        states: list[tuple[str, MarketState]] = []
        for key, seen in self.seen.items():
            if seen.sight.observer.admit(event):
                states.append((key, seen.look(True)))
        for path in self._acting:
            path.answers(now_ns, self.seq)
            path.turn(now_ns, self.seq)
            path.tick(now_ns)
            for key, state in states:
                path.act(key, state, now_ns, self.seq)

    def _instrument(self, key: str) -> Seen:
        found = self.seen.get(key)
        if found is None:
            if key not in self._instruments:
                raise UsageError(f"unknown instrument {key[:60]!r}")
            found = self._first_sight(key)
            self.seen[key] = found
        return found

    def _first_sight(self, key: str) -> Seen:
        """Begin with an instrument; paths of equal configuration share its stance."""
        instrument = self._instruments[key]
        sight = Sight(instrument, self._chain_config, metrics=self._full)
        stances: list[Stance] = []
        for index, path in enumerate(self.paths):
            stance: Stance | None = None
            for other in self.paths[:index]:
                if same_stance(path.chain_config, other.chain_config):
                    stance = other.pipelines[key].stance
                    break
            if stance is None:
                stance = Stance(instrument, path.chain_config)
                stances.append(stance)
            path.open(key, sight, stance)
        return Seen(sight, stances)

    def _status(self, event: FeedStatus) -> None:
        """Tell the chain that a status is about, if there is one yet; all of them if it names none."""
        if event.kind is not FeedKind.IGNORED and self._audit is not None:
            body = event.to_dict()
            body["status"] = body.pop("kind")
            self._audit.write("feed", self.seq, body)
        for key, seen in self.seen.items():
            if event.symbol in ("", key) and seen.sight.observer.admit(event):
                state = seen.look(False)
                for path in self._acting:
                    path.act(key, state, event.recv_ns, self.seq)

    def finish(self) -> None:
        """Wait for the answers under way, and credit the verdicts in force; call once, at the end."""
        for path in self._acting:
            path.finish(_NEVER_NS, self.seq, self.last_ns)

    def summarise(self) -> None:
        """Write the line of every path that says what it came to."""
        for path in self.paths:
            if path.audit is not None:
                path.audit.write("summary", self.seq, {**path.report(), **self.times()})

    def report(self) -> dict[str, object]:
        """Return what the first path has seen, said and done, and when."""
        return {**self.paths[0].report(), **self.times()}

    def times(self) -> dict[str, object]:
        """Return how many events there were, and when the first and the last of them."""
        return {"events": self.seq, "first_ns": self.first_ns, "last_ns": self.last_ns}
