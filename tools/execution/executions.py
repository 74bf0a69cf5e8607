"""The ledger of one order's executions: what was traded, corrected and busted.

Executions are kept by execution id and never removed. A correction or bust names the
execution that it is about, and what counts of a chain of them is its end. Of two statements
about the same execution the later one counts, by the venue's time and then by id. So the
totals are a function of what has been told, not of the order in which it arrived: a
correction that arrives before its execution counts at once, and the execution then not at
all. A redenomination alone depends on the moment: it restates what was known when it came.
"""

from typing import Final

Booking = tuple[int, int]
"""``(lots, ticks)``; a bust books ``(0, 0)``."""

NOTHING: Final[Booking] = (0, 0)


class _Execution:
    """One booked execution, correction or bust; `value` is lots x ticks as it was made."""

    def __init__(self, lots: int, ticks: int, time_ns: int) -> None:
        self.lots = lots
        self.ticks: Final = ticks
        self.time_ns: Final = time_ns
        self.value: Final = lots * ticks


class Executions:
    """Executions of one order by execution id, with the totals of what counts.

    `cum_lots` is the filled quantity and `value` the sum of lots x ticks over it.
    """

    def __init__(self) -> None:
        self.cum_lots = 0
        self.value = 0
        self._booked: dict[str, _Execution] = {}
        self._about: dict[str, str] = {}  # correction or bust -> the execution that it is about
        self._after: dict[str, str] = {}  # execution -> the statement about it that counts

    def trade(self, exec_id: str, lots: int, ticks: int, time_ns: int) -> Booking:
        """Book an execution; return what it adds: nothing if it was corrected before it arrived."""
        self._booked[exec_id] = _Execution(lots, ticks, time_ns)
        if exec_id in self._after:
            return NOTHING
        self.cum_lots += lots
        self.value += lots * ticks
        return lots, ticks

    def amend(
        self, exec_id: str, ref_id: str, lots: int, ticks: int, time_ns: int
    ) -> tuple[Booking, Booking] | None:
        """Book a correction of `ref_id`, or with 0 lots its bust.

        Returns what it takes back and what it adds; None, and books nothing, if it would be
        about itself by way of others.
        """
        root = ref_id
        while root in self._about:
            root = self._about[root]
        if root == exec_id:
            return None
        ended = self._end(root)
        # A statement about this one may have come first, and counted by itself until now.
        early = self._end(exec_id) if exec_id in self._after else None
        self._booked[exec_id] = _Execution(lots, ticks, time_ns)
        self._about[exec_id] = ref_id
        standing = self._after.get(ref_id)
        if standing is None or (self._booked[standing].time_ns, standing) < (time_ns, exec_id):
            self._after[ref_id] = exec_id
        ends = self._end(root)
        back, added = ended, ends
        if early is not None and ends is early:
            added = None
        elif early is not None:
            back, added = early, None
        elif ends is ended:
            back, added = None, None
        return self._take(back), self._add(added)

    def _end(self, root: str) -> "_Execution | None":
        """Return what counts of the chain that begins with `root`."""
        at = root
        while at in self._after:
            at = self._after[at]
        return self._booked.get(at)

    def _counts(self, exec_id: str, after: dict[str, str]) -> bool:
        """Return True if `exec_id` is the end of its chain, and no other statement displaced it."""
        if exec_id in after:
            return False
        at = exec_id
        while at in self._about:
            ref_id = self._about[at]
            if after.get(ref_id) != at:
                return False
            at = ref_id
        return True

    def _take(self, execution: "_Execution | None") -> Booking:
        if execution is None:
            return NOTHING
        self.cum_lots -= execution.lots
        self.value -= execution.value
        return execution.lots, execution.ticks

    def _add(self, execution: "_Execution | None") -> Booking:
        if execution is None:
            return NOTHING
        self.cum_lots += execution.lots
        self.value += execution.value
        return execution.lots, execution.ticks

    def redenominate(self, cum_lots: int) -> int:
        """Restate every execution in new units, so that the total is `cum_lots`; return the difference.

        What was paid does not change, so the average price follows. With nothing filled
        there is nothing to restate.
        """
        before = self.cum_lots
        if before <= 0:
            return 0
        told, made = 0, 0
        for exec_id, execution in self._booked.items():
            if not self._counts(exec_id, self._after):
                execution.lots = execution.lots * cum_lots // before
                continue
            told += execution.lots
            execution.lots = told * cum_lots // before - made  # the parts add up to the whole
            made += execution.lots
        self.cum_lots = made
        return made - before

    def until(self, time_ns: int) -> int:
        """Return what had been filled up to and including `time_ns`, by the venue's time.

        What was corrected or busted after that counts as it was then.
        """
        after: dict[str, str] = {}
        for exec_id, ref_id in self._about.items():
            told = self._booked[exec_id]
            if told.time_ns <= time_ns:
                standing = after.get(ref_id)
                if standing is None or (self._booked[standing].time_ns, standing) < (told.time_ns, exec_id):
                    after[ref_id] = exec_id
        lots = 0
        for exec_id, execution in self._booked.items():
            if execution.time_ns <= time_ns and self._counts(exec_id, after):
                lots += execution.lots
        return lots

    def counting(self) -> dict[str, Booking]:
        """Return what counts: execution id to ``(lots, ticks)``; busts are left out."""
        out: dict[str, Booking] = {}
        for exec_id, execution in self._booked.items():
            if execution.lots != 0 and self._counts(exec_id, self._after):
                out[exec_id] = (execution.lots, execution.ticks)
        return out
