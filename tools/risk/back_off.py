"""Silence that a venue asked for: a deadline in event time, and the latch after a ban.

A ``Retry-After`` is a duration of the moment in which it was read. It becomes an absolute
deadline at once, so that a restart or a slow reader does not stretch or shorten it, and a
deadline only ever moves later. While one is in force nothing is sent: a call during a ban
extends it. After a ban the passing of time is not enough; a person has to look, because
whatever earned the ban is still running.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.errors import InvariantError
from tools.core.machine import Table
from tools.core.snapshots import Snapshot, read_bool, read_int, read_parts, read_text
from tools.risk.operator import OperatorAct, operator_act, read_act

CLEAR: Final = "CLEAR"
WAITING: Final = "WAITING"
BANNED: Final = "BANNED"
LATCHED: Final = "LATCHED"
NOTICES_MAX: Final = 100  # later notices and acts are counted, not kept

BACK_OFF_TABLE: Final = Table(
    "back-off",
    (
        ("CLEAR", "WAIT", "WAITING", "a deadline is set"),
        ("CLEAR", "BAN", "BANNED", "a deadline is set; alert"),
        ("WAITING", "WAIT", "WAITING", "the later deadline stays"),
        ("WAITING", "BAN", "BANNED", "the later deadline stays; alert"),
        ("WAITING", "TIME_UP", "CLEAR", "the deadline is over"),
        ("BANNED", "WAIT", "BANNED", "the later deadline stays"),
        ("BANNED", "BAN", "BANNED", "the later deadline stays; alert"),
        ("BANNED", "TIME_UP", "LATCHED", "the ban is over; an operator has to look"),
        ("LATCHED", "WAIT", "BANNED", "a new deadline; the latch stays"),
        ("LATCHED", "BAN", "BANNED", "a new deadline; the latch stays; alert"),
        ("LATCHED", "RELEASE", "CLEAR", "by an operator, with name and reason"),
    ),
    illegal=(
        # Only a deadline can be over.
        ("CLEAR", "TIME_UP"),
        ("LATCHED", "TIME_UP"),
        # An operator cannot shorten what the venue asked for.
        ("CLEAR", "RELEASE"),
        ("WAITING", "RELEASE"),
        ("BANNED", "RELEASE"),
    ),
)


@dataclass(init=False)
class BackOffNotice(Record):
    """One request of the venue for silence."""

    time_ns: Final[int]
    until_ns: Final[int]  # what this notice asked for
    ban: Final[bool]  # an alert: a person has to look
    text: Final[str]

    def __init__(self, time_ns: int, until_ns: int, ban: bool, text: str) -> None:
        self.time_ns = time_ns
        self.until_ns = until_ns
        self.ban = ban
        self.text = text


class BackOff:
    """The machine; its rows are `BACK_OFF_TABLE`.

    `state`, `until_ns` (the latest deadline told, kept when it is over), `notices`,
    `notices_total`, `bans_total` and `acts` may be read at any time. A deadline that has passed
    shows in `state` after the next `silent`.
    """

    def __init__(self) -> None:
        self.state = CLEAR
        self.until_ns = 0
        self.notices: list[BackOffNotice] = []
        self.notices_total = 0
        self.bans_total = 0
        self.acts: list[OperatorAct] = []

    def told(self, now_ns: int, until_ns: int, ban: bool, text: str) -> None:
        """Take in a request for silence; an earlier deadline than the one in force changes nothing."""
        self._advance(now_ns)
        self.state = BACK_OFF_TABLE.step(self.state, "BAN" if ban else "WAIT")[2]
        self.until_ns = max(self.until_ns, until_ns)
        self.notices_total += 1
        self.bans_total += 1 if ban else 0
        if len(self.notices) < NOTICES_MAX:
            self.notices.append(BackOffNotice(now_ns, until_ns, ban, text))

    def silent(self, now_ns: int) -> bool:
        """Return True while nothing may be sent; at the deadline itself it is over."""
        self._advance(now_ns)
        return self.state != CLEAR or now_ns < self.until_ns

    def wait_ns(self, now_ns: int) -> int | None:
        """Return how long to be silent still: 0 for not at all, None if an operator has to act."""
        if not self.silent(now_ns):
            return 0
        return None if self.state in (BANNED, LATCHED) else self.until_ns - now_ns

    def _advance(self, now_ns: int) -> None:
        if self.state in (WAITING, BANNED) and now_ns >= self.until_ns:
            self.state = BACK_OFF_TABLE.step(self.state, "TIME_UP")[2]

    def release(self, now_ns: int, operator: str, reason: str) -> None:
        """Open the latch after a ban.

        Raises
        ------
        UsageError
            There is no latch to open, its deadline is not over, or name or reason is missing.
        """
        act = operator_act(now_ns, "RELEASE", operator, reason)
        self._advance(now_ns)
        self.state = BACK_OFF_TABLE.step(self.state, "RELEASE")[2]
        if len(self.acts) < NOTICES_MAX:
            self.acts.append(act)

    def snapshot(self) -> Snapshot:
        """Return everything as plain values; kept over a restart, it keeps the silence too."""
        return {
            "acts": [act.to_dict() for act in self.acts],
            "bans_total": self.bans_total,
            "notices": [notice.to_dict() for notice in self.notices],
            "notices_total": self.notices_total,
            "state": self.state,
            "until_ns": self.until_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Go on where `snapshot` was taken; raise `InvariantError` on anything else."""
        state = read_text(saved, "state")
        if state not in BACK_OFF_TABLE.states:
            raise InvariantError(f"snapshot: {state} is no state of a back-off")
        self.state = state
        self.until_ns = read_int(saved, "until_ns")
        self.notices = [
            BackOffNotice(
                read_int(part, "time_ns"),
                read_int(part, "until_ns"),
                read_bool(part, "ban"),
                read_text(part, "text"),
            )
            for part in read_parts(saved, "notices")
        ]
        self.notices_total = read_int(saved, "notices_total")
        self.bans_total = read_int(saved, "bans_total")
        self.acts = [read_act(part) for part in read_parts(saved, "acts")]
