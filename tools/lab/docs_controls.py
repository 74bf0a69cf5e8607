"""What a risk control may answer, for its page of the reference."""

from types import ModuleType

from tools.risk.fix import ord_rej_reason
from tools.risk.holds import Trigger


def control_answers(module: ModuleType) -> list[str]:
    """Return what a control may answer as lines of its page: reasons with numbers, and holds."""
    reasons = [member.value for member in getattr(module, "Reason", ())]
    out: list[str] = []
    if reasons:
        given = [f"`{reason}` ({ord_rej_reason(reason)})" for reason in reasons]
        out += [f"Reasons (FIX OrdRejReason): {', '.join(given)}.", ""]
    shown = {reason for _, reason in module.EXAMPLES if reason in Trigger.__members__}
    holds = [f"`{trigger}`" for trigger in sorted(shown) if trigger not in reasons]
    return [*out, f"Holds: {', '.join(holds)}.", ""] if holds else out
