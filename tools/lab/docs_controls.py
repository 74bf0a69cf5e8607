"""What a risk control may answer, for its page of the reference."""

from types import ModuleType

from tools.risk.fix import OTHER, ord_rej_reason
from tools.risk.holds import Trigger


def _numbered(reason: str) -> str:
    number = ord_rej_reason(reason)
    return f"`{reason}`" if number == OTHER else f"`{reason}` ({number})"


def control_answers(module: ModuleType) -> list[str]:
    """Return what a control may answer as lines of its page: reasons with numbers, and holds."""
    reasons = [member.value for member in getattr(module, "Reason", ())]
    out: list[str] = []
    if reasons:
        out += [f"Reasons: {', '.join(_numbered(reason) for reason in reasons)}.", ""]
    shown = {reason for _, reason in module.EXAMPLES if reason in Trigger.__members__}
    holds = [f"`{trigger}`" for trigger in sorted(shown) if trigger not in reasons]
    return [*out, f"Holds: {', '.join(holds)}.", ""] if holds else out
