"""What a risk control may answer, for its page of the reference."""

from types import ModuleType

from tools.risk.control import Control
from tools.risk.fix import OTHER, ord_rej_reason
from tools.risk.holds import Trigger
from tools.risk.standing import is_floor, nothing_standing


def _numbered(reason: str) -> str:
    number = ord_rej_reason(reason)
    return f"`{reason}`" if number == OTHER else f"`{reason}` ({number})"


def _told(control: Control) -> str:
    """Return the names of its limits, each with what it must not be, and whether being near is an alert."""
    quiet = control.quiet_limits()
    out: list[str] = []
    for name, _, limit in control.headroom(nothing_standing()):
        bound = "a floor" if is_floor(name) else "none may be" if limit == 0 else "a limit"
        warned = "" if name in quiet or limit == 0 else ", warned of"
        out.append(f"`{name}` ({bound}{warned})")
    return ", ".join(out)


def control_answers(module: ModuleType) -> list[str]:
    """Return what a control may answer as lines of its page: reasons with numbers, holds, headroom."""
    told = f"Headroom: {_told(module.build(module.Config()))}."
    reasons = [member.value for member in getattr(module, "Reason", ())]
    out: list[str] = []
    if reasons:
        out += [f"Reasons: {', '.join(_numbered(reason) for reason in reasons)}.", ""]
    shown = {reason for _, reason in module.EXAMPLES if reason in Trigger.__members__}
    holds = [f"`{trigger}`" for trigger in sorted(shown) if trigger not in reasons]
    out += [f"Holds: {', '.join(holds)}.", ""] if holds else []
    return [*out, told, ""]
