"""The reference page of venues' answers: what each code means, from the tables themselves."""

from typing import Final

from tools.core.calls import Call
from tools.execution.answers import BINANCE_SPOT, BINANCE_USDM, BYBIT_V5, AnswerTable, Meaning
from tools.execution.answers.answer import STATUS_PAUSES, STATUSES
from tools.lab.markdown import table

_CALLS: Final = (*[call.value.lower() for call in Call], "also")


def _words(meanings: list[Meaning]) -> list[str]:
    return [meaning.value.replace("_", " ").lower() for meaning in meanings]


def _venue(known: AnswerTable) -> list[str]:
    """Return one venue's table: a row for all codes that mean the same."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for code, text, shape, pause, clock in known.rows():
        also = [f"pause {pause.value}"] if pause is not None else []
        also += ["set the clock"] if clock else []
        key = (*_words([shape.of(call) for call in Call]), ", ".join(also))
        groups.setdefault(key, []).append(f"`{code}`" + (f' "{text}"' if text else ""))
    plain = (*_words([Meaning.REFUSED] * len(Call)), "")
    rows = [(", ".join(codes), *key) for key, codes in groups.items() if key != plain]
    rows.append((", ".join(groups[plain]), *plain))  # the longest row, and the least surprising
    return [f"## {known.venue}", "", f"{len(known.codes())} codes.", "", *table(("code", *_CALLS), rows)]


def answers() -> list[str]:
    """Return the lines of ``docs/reference/answers.md``: by status, then a table for each venue."""
    rows = []
    for status, shape in STATUSES.items():
        pause = STATUS_PAUSES.get(status)
        also = f"pause {pause.value}" if pause is not None else ""
        rows.append((status, *_words([shape.of(call) for call in Call]), also))
    out = ["## HTTP status without a code", "", *table(("status", *_CALLS), rows)]
    for known in (BINANCE_SPOT, BINANCE_USDM, BYBIT_V5):
        out += _venue(known)
    return out
