"""A session with several accounts at one venue, whose chains say what a test tells them to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.kit.session import AA, SMALL, A, SaidSo
from tools.core.audit import AuditLog
from tools.core.events import MarketEvent, Quote, Trade
from tools.core.funding import Funding
from tools.execution import Quoter
from tools.live.path import Path, Policy
from tools.live.session import Seen, Session
from tools.live.settings import LabConfig


class Several:
    """Accounts ``one``, ``two``, ...: one configuration each; the venue is as far as we are."""

    def __init__(self, configs: Sequence[LabConfig] = (SMALL, SMALL)) -> None:
        names = ("one", "two", "three")[: len(configs)]
        self.lines: list[str] = []
        policies = [Policy(name=name, config=config) for name, config in zip(names, configs, strict=True)]
        self.session = Session(
            {A: AA}, configs[0], AuditLog(self.lines.append), policies=policies, funded=True, accounts=True
        )
        self.chains: dict[str, SaidSo] = {}
        for path in self.session.paths:
            chain = self.chains[path.name] = SaidSo()
            path.pipelines[A] = chain  # type: ignore[assignment]
            path.books.quoters[A] = Quoter(path.config.quoter, AA)
        self.session.seen[A] = Seen(self.chains["one"], [])  # type: ignore[arg-type]

    def take(self, *events: MarketEvent | Funding) -> Several:
        for event in events:
            if isinstance(event, Funding):
                self.session.take(event, event.time_ns)
                continue
            if isinstance(event, (Quote, Trade)):
                self.session.on_venue(event, event.recv_ns)
            self.session.step(event)
            for chain in self.chains.values():
                chain.changed = False
        return self

    def path(self, name: str) -> Path:
        return next(path for path in self.session.paths if path.name == name)

    def life(self, name: str) -> dict[str, int]:
        return self.path(name).loop.lifecycle()

    def held(self, name: str) -> int:
        return self.path(name).books.positions.get(A).position_lots

    def records(self, *kinds: str) -> list[dict[str, Any]]:
        return [record for record in map(json.loads, self.lines) if record["kind"] in kinds]

    def told(self, name: str, kind: str) -> list[dict[str, Any]]:
        """Return the reports of a kind to an account; the lines of the first bear no name."""
        mark = "" if name == "one" else name
        return [r for r in self.records("report") if r["report"] == kind and r.get("path", "") == mark]
