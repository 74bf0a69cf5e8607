"""The one encoder, and the hash chain over the lines that it makes."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import pytest

from tests.kit.orders import intent, quote, report
from tools.core.audit import CHAIN_START, CHECKPOINT_EVERY, AuditLog, MarkedLog, chain_next, digest_text
from tools.core.canon import encode, encode_pretty, encode_report
from tools.core.errors import InvariantError
from tools.core.events import Side
from tools.core.orders import RefusedOrder
from tools.core.reports import ReportKind
from tools.core.verdicts import Ceiling


def test_canonical_form() -> None:
    value = {"b": [1, None, True], "a": {"z": "é\n", "y": (2,)}, "side": Side.BUY, "up": Ceiling.TAKE}
    assert encode(value) == '{"a":{"y":[2],"z":"\\u00e9\\n"},"b":[1,null,true],"side":"BUY","up":3}\n'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        {"a": [1, {"b": 0.5}]},
        {1: "a"},
        {None: 1},
        {("a",): 1},
        {1, 2},
        frozenset(),
        b"bytes",
        Decimal(1),
        object(),
        [[[1j]]],
    ],
)
def test_foreign_values_are_refused(value: object) -> None:
    with pytest.raises(InvariantError, match="canonical JSON"):
        encode(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": float("-inf")}])
def test_reports_hold_floats_but_only_finite_ones(value: object) -> None:
    with pytest.raises(ValueError):
        encode_report(value)
    with pytest.raises(ValueError):
        encode_pretty(value)
    assert encode_report({"b": 0.1, "a": 1}) == '{"a":1,"b":0.1}\n'
    assert json.loads(encode_pretty({"b": 0.1, "a": 1})) == {"a": 1, "b": 0.1}


@pytest.mark.parametrize(
    "record",
    [
        quote(),
        intent(),
        report("A", ReportKind.TRADE, 3),
        RefusedOrder(intent(), "X", ("Y",), (("a_lots", 1, None),)),
    ],
)
def test_records_are_one_line_each(record) -> None:
    line = record.to_json()
    assert line == encode(json.loads(line))
    assert json.loads(line) == record.to_dict() | {}


def log_of(count: int) -> tuple[list[str], AuditLog]:
    lines: list[str] = []
    log = AuditLog(lines.append)
    for number in range(count):
        log.write("row", number * 2, {"value": number})
    return lines, log


def test_lines_are_numbered_and_close_with_the_chain() -> None:
    lines, log = log_of(3)
    log.close(9)
    rows = [json.loads(line) for line in lines]
    assert [(row["kind"], row["line"], row["seq"]) for row in rows] == [
        ("row", 0, 0),
        ("row", 1, 2),
        ("row", 2, 4),
        ("end", 3, 9),
    ]
    chain = "0" * 64
    for line in lines[:-1]:
        chain = hashlib.sha256((chain + line).encode()).hexdigest()
    assert rows[-1]["chain"] == chain
    assert rows[-1]["header"] == hashlib.sha256(lines[0].encode()).hexdigest() == digest_text(lines[0])
    log.close(9)
    assert len(lines) == 4


def test_a_checkpoint_every_ten_thousand_lines() -> None:
    lines, log = log_of(2 * CHECKPOINT_EVERY)
    log.close(0)
    checkpoints = [json.loads(line)["line"] for line in lines if '"kind":"checkpoint"' in line]
    assert checkpoints == [CHECKPOINT_EVERY - 1, 2 * CHECKPOINT_EVERY - 1]
    chain = CHAIN_START
    for line in lines[: CHECKPOINT_EVERY - 1]:
        chain = chain_next(chain, line)
    assert json.loads(lines[CHECKPOINT_EVERY - 1])["chain"] == chain
    assert [json.loads(line)["line"] for line in lines[-3:]] == list(range(len(lines) - 3, len(lines)))


@pytest.mark.parametrize("key", ["kind", "line", "seq"])
def test_a_record_that_uses_a_key_of_the_log_s_own_is_refused_and_not_written_over(key: str) -> None:
    lines: list[str] = []
    with pytest.raises(InvariantError, match=key):
        AuditLog(lines.append).write("row", 5, {key: "mine"})
    assert lines == []


def test_a_marked_log_writes_into_its_log_under_a_name() -> None:
    lines: list[str] = []
    log = AuditLog(lines.append)
    marked = MarkedLog(log, "two")
    log.write("order", 1, {"n": 1})
    marked.write("order", 2, {"n": 2})
    assert [json.loads(line).get("path") for line in lines] == [None, "two"]
    assert json.loads(lines[1]) == {"kind": "order", "line": 1, "n": 2, "path": "two", "seq": 2}
    with pytest.raises(InvariantError, match="does not close"):
        marked.close(3)
