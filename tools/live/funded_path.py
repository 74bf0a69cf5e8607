"""A path that hears of funding. Apart, so that a run without funding asks nothing for it at a quote."""

from tools.live.path import Path


class FundedPath(Path):
    """A path whose exchange may tell it what its positions were funded on."""

    def turn(self, now_ns: int, seq: int) -> None:
        """Let time pass, book what was reported, and then what was paid or received as funding."""
        super().turn(now_ns, seq)
        for report in self.account.fundings():
            self.books.on_funding(report)
