"""What a person did to a control by hand: who, when, and why."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.errors import UsageError
from tools.core.snapshots import Snapshot, read_int, read_text


@dataclass(init=False)
class OperatorAct(Record):
    """One act of a person on a control, such as FORCE or RELEASE."""

    time_ns: Final[int]
    act: Final[str]
    operator: Final[str]
    reason: Final[str]

    def __init__(self, time_ns: int, act: str, operator: str, reason: str) -> None:
        self.time_ns = time_ns
        self.act = act
        self.operator = operator
        self.reason = reason


def operator_act(time_ns: int, act: str, operator: str, reason: str) -> OperatorAct:
    """Return the record; raise `UsageError` without a name or a reason."""
    if not operator.strip() or not reason.strip():
        raise UsageError(f"{act}: needs the name of the operator and a reason")
    return OperatorAct(time_ns, act, operator, reason)


def read_act(saved: Snapshot) -> OperatorAct:
    """Return the record that ``to_dict()`` wrote; raise `InvariantError` if it is none."""
    return OperatorAct(
        read_int(saved, "time_ns"),
        read_text(saved, "act"),
        read_text(saved, "operator"),
        read_text(saved, "reason"),
    )
