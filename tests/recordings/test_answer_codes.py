"""The venues' published lists of errors, against the codes and texts that the tables know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.answer_codes import BINANCE_SPOT_CODES, BINANCE_USDM_CODES, BYBIT_V5_CODES
from tools.core.calls import Call
from tools.execution.answers import BINANCE_SPOT, BINANCE_USDM, BYBIT_V5, AnswerTable, Meaning

MESSAGES = Path(__file__).parents[2].parent / "shared" / "data" / "messages"

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not MESSAGES.is_dir(), reason="the recordings (../shared/data) are not here"),
]

LISTS: list[tuple[str, AnswerTable, tuple[int, ...]]] = [
    ("binance_spot", BINANCE_SPOT, BINANCE_SPOT_CODES),
    ("binance_usdm", BINANCE_USDM, BINANCE_USDM_CODES),
    ("bybit_v5", BYBIT_V5, BYBIT_V5_CODES),
]


def lines(name: str) -> list[dict[str, Any]]:
    text = (MESSAGES / f"{name}_errors.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def errors(message: dict[str, Any]) -> list[tuple[int, str]]:
    """Return every code in a message with its text: its own, and those of the legs within."""
    error = message.get("error", message)
    found = [(error.get("code", error.get("retCode")), error.get("msg", error.get("retMsg", "")))]
    for leg in ("cancelResponse", "newOrderResponse"):
        inner = (error.get("data") or {}).get(leg)
        if inner is not None and "code" in inner:
            found.append((inner["code"], inner["msg"]))
    return [(code, text) for code, text in found if code is not None]


@pytest.mark.parametrize(("name", "table", "codes"), LISTS, ids=[row[0] for row in LISTS])
def test_every_published_code_is_in_the_table_and_the_committed_list(
    name: str, table: AnswerTable, codes: tuple[int, ...]
) -> None:
    published = [pair for line in lines(name) for pair in errors(line["msg"])]
    assert {code for code, _ in published} == set(codes)
    for code, text in published:
        for call in Call:
            answer = table.read(call, None, code, text)
            assert answer.listed
            assert answer.meaning is not Meaning.DONE


def test_every_published_reject_text_of_spot_has_a_meaning() -> None:
    texts = [line["msg"]["msg"] for line in lines("binance_spot") if line["type"] == "order_reject_message"]
    assert len(texts) == 53
    placing = {text: BINANCE_SPOT.read(Call.PLACE, 400, -2010, text).meaning for text in texts}
    assert {text: meaning for text, meaning in placing.items() if meaning is not Meaning.REFUSED} == {
        "Duplicate order sent.": Meaning.ALREADY_DONE,
        "This action is disabled on this account.": Meaning.FATAL,
        "This account may not place or cancel orders.": Meaning.FATAL,
    }


def test_the_answers_that_were_recorded_whole() -> None:
    """The WebSocket answers in the documentation, status and all."""
    got = []
    for line in lines("binance_spot"):
        message = line["msg"]
        if "status" in message:
            ((code, text), *_) = errors(message)
            answer = BINANCE_SPOT.read(Call.AMEND, message["status"], code, text)
            got.append((message["status"], code, answer.meaning, answer.pause and answer.pause.value))
    assert set(got) == {
        (400, -2010, Meaning.REFUSED, None),
        (400, -2022, Meaning.UNKNOWN, None),
        (400, -2043, Meaning.UNKNOWN, None),
        (401, -2015, Meaning.FATAL, None),
        (409, -2021, Meaning.UNKNOWN, None),
        (418, -1003, Meaning.BACK_OFF, "BAN"),
        (429, -1015, Meaning.BACK_OFF, "NEW_ORDERS"),
    }
