"""``python -m tools.lab verify DIR``: a true run is confirmed, and every change to it is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.cli import demo, lab
from tools.core.audit import chain_next, digest_text
from tools.core.canon import encode
from tools.core.errors import VerifyError
from tools.lab.verify import check_chain, header_of, verify
from tools.live.clock import FREEZE_VARIABLE

ARGUMENTS = "--shadow --iterations 5 --edge-end 0 --edge-threshold 5 --reject-rate 0.2".split()


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FREEZE_VARIABLE, "2025-01-01T00:00:00Z")
    assert demo(*ARGUMENTS, "--out", str(tmp_path)).code == 0
    monkeypatch.delenv(FREEZE_VARIABLE)
    return tmp_path


def refused(directory: Path) -> str:
    """Verify through the command line; it must refuse with exit 6 and one line. Return the line."""
    done = lab("verify", str(directory))
    assert (done.code, done.out) == (6, ""), (done.code, done.err)
    assert done.err.count("\n") == 1, done.err
    return done.err


def test_a_true_run_is_confirmed_without_the_frozen_clock(run_dir: Path) -> None:
    done = lab("verify", str(run_dir))
    assert (done.code, done.err) == (0, "")
    lines = (run_dir / "audit.jsonl").read_text().splitlines()
    facts = json.loads(done.out)
    assert facts == {
        "chain": json.loads(lines[-1])["chain"],
        "lines": len(lines),
        "program": "exec_demo",
        "verified": True,
    }
    kinds = {json.loads(line)["kind"] for line in lines}
    assert {"header", "order", "report", "cancel", "freeze", "summary", "end"} <= kinds


def test_a_pretty_report_is_the_same_report(tmp_path: Path) -> None:
    demo(*ARGUMENTS, "--pretty", "--out", str(tmp_path))
    assert lab("verify", str(tmp_path)).code == 0


def test_every_changed_byte_is_found(run_dir: Path) -> None:
    audit = run_dir / "audit.jsonl"
    original = audit.read_bytes()
    lines = original.splitlines(keepends=True)
    offset = 0
    positions: list[int] = []
    for number, line in enumerate(lines):
        length = len(line)
        # First, last (the newline), and two that move with the line number.
        positions += [offset + k for k in sorted({0, length - 1, number * 7 % length, number * 31 % length})]
        offset += length
    # All of the first and the last line, by which everything else is judged.
    positions += range(0, len(lines[0]), 3)
    positions += range(offset - len(lines[-1]), offset)
    substitutes = b"0x\n \xff\\"
    for turn, position in enumerate(positions):
        new = substitutes[turn % len(substitutes)]
        if original[position] == new:
            new = ord("7")
        audit.write_bytes(original[:position] + bytes([new]) + original[position + 1 :])
        with pytest.raises(VerifyError) as caught:
            verify(str(run_dir), [])
        assert "\n" not in str(caught.value), (position, bytes([new]))
    audit.write_bytes(original)
    verify(str(run_dir), [])


Change = Callable[[list[bytes]], list[bytes]]

TAMPERINGS: dict[str, Change] = {
    "a line deleted": lambda rows: rows[:5] + rows[6:],
    "the header deleted": lambda rows: rows[1:],
    "the last line deleted": lambda rows: rows[:-1],
    "the summary deleted": lambda rows: rows[:-2] + rows[-1:],
    "two lines swapped": lambda rows: [*rows[:3], rows[4], rows[3], *rows[5:]],
    "the first two swapped": lambda rows: [rows[1], rows[0], *rows[2:]],
    "cut in a line": lambda rows: [*rows[:9], rows[9][:20]],
    "cut after a line": lambda rows: rows[:10],
    "cut to the header": lambda rows: rows[:1],
    "empty": lambda rows: [],
    "only a newline": lambda rows: [b"\n"],
    "a line appended": lambda rows: [*rows, b'{"kind":"order"}\n'],
    "an empty line appended": lambda rows: [*rows, b"\n"],
    "the last line twice": lambda rows: [*rows, rows[-1]],
    "a line twice": lambda rows: [*rows[:4], rows[3], *rows[4:]],
    "no last newline": lambda rows: [*rows[:-1], rows[-1].rstrip(b"\n")],
    "CRLF line ends": lambda rows: [row.replace(b"\n", b"\r\n") for row in rows],
    "spaces after commas": lambda rows: [*rows[:4], rows[4].replace(b",", b", "), *rows[5:]],
    "true for 1": lambda rows: [row.replace(b'"seq":1,', b'"seq":true,') for row in rows],
    "not JSON": lambda rows: [*rows[:4], b"[" * 10_000 + b"\n", *rows[5:]],
    "a list for a record": lambda rows: [*rows[:4], b"[]\n", *rows[5:]],
    "random bytes": lambda rows: [bytes(range(256))],
    "a byte order mark": lambda rows: [b"\xef\xbb\xbf" + rows[0], *rows[1:]],
    "a key with a newline in it": lambda rows: [
        *rows[:4],
        rows[4].replace(b'"line"', b'"li\\nne"'),
        *rows[5:],
    ],
    "one byte makes a newline in a key": lambda rows: [
        *rows[:4],
        rows[4].replace(b'"kind"', b'"k\\nd"'),
        *rows[5:],
    ],
    "a header that was changed, and no last line": lambda rows: [
        rows[0].replace(b'"fill_rate":"0.7"', b'"fill_rate":"9.7"'),
        *rows[1:-1],
    ],
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_said_in_one_line(name: str, run_dir: Path) -> None:
    audit = run_dir / "audit.jsonl"
    original = audit.read_bytes()
    changed = b"".join(TAMPERINGS[name](original.splitlines(keepends=True)))
    assert changed != original
    audit.write_bytes(changed)
    refused(run_dir)


def test_the_first_differing_line_is_explained(run_dir: Path) -> None:
    audit = run_dir / "audit.jsonl"
    rows = audit.read_bytes().splitlines(keepends=True)
    record = json.loads(rows[3])
    assert record["kind"] == "order"
    rows[3] = encode({**record, "qty_lots": 5}).encode()
    audit.write_bytes(b"".join(rows))
    line = refused(run_dir)
    assert "line 3 (order" in line
    assert "qty_lots is 5, the run gives 1000000" in line


def test_a_forged_log_with_a_chain_that_holds_is_found_by_running_again(run_dir: Path) -> None:
    audit = run_dir / "audit.jsonl"
    rows = audit.read_text().splitlines(keepends=True)
    rows[3] = encode({**json.loads(rows[3]), "qty_lots": 5})
    chain = "0" * 64
    for row in rows[:-1]:
        chain = chain_next(chain, row)
    rows[-1] = encode({**json.loads(rows[-1]), "chain": chain})
    audit.write_text("".join(rows))
    assert check_chain(rows) is None
    assert "line 3" in refused(run_dir)


def test_another_run_s_header_vouched_for_anew_is_found(run_dir: Path) -> None:
    audit = run_dir / "audit.jsonl"
    rows = audit.read_text().splitlines(keepends=True)
    header = json.loads(rows[0])
    header["config"]["seed"] = 43
    rows[0] = encode(header)
    rows[-1] = encode({**json.loads(rows[-1]), "header": digest_text(rows[0])})
    audit.write_text("".join(rows))
    refused(run_dir)


@pytest.mark.parametrize("old", [b'"placed":', b"}\n", b'"seed":42'])
def test_a_changed_report_is_found(old: bytes, run_dir: Path) -> None:
    report = run_dir / "report.json"
    data = report.read_bytes()
    assert old in data
    report.write_bytes(data.replace(old, old[:-1] + b"x"))
    assert "report.json" in refused(run_dir)


def test_the_side_file_is_not_part_of_the_promise(run_dir: Path) -> None:
    (run_dir / "run.meta.json").write_text("anything")
    assert lab("verify", str(run_dir)).code == 0


@pytest.mark.parametrize("missing", ["audit.jsonl", "report.json"])
def test_a_missing_file_is_exit_3_by_name(missing: str, run_dir: Path) -> None:
    (run_dir / missing).unlink()
    done = lab("verify", str(run_dir))
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
    assert missing in done.err


def test_a_missing_directory_is_exit_3(tmp_path: Path) -> None:
    done = lab("verify", str(tmp_path / "nowhere"))
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)


def test_inputs_that_a_demo_never_had_are_refused(run_dir: Path) -> None:
    done = lab("verify", str(run_dir), "--input", "x.gz")
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)


@pytest.mark.parametrize(
    "arguments", [[], ["verify"], ["nonsense"], ["verify", "a", "b"], ["verify", "a", "--x"]]
)
def test_bad_arguments_are_one_line_and_exit_2(arguments: list[str]) -> None:
    done = lab(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_nothing_is_run_from_a_header_that_is_not_vouched_for() -> None:
    header = encode({"kind": "header", "line": 0, "seq": 0})
    end = encode({"chain": "0", "header": "0" * 64, "kind": "end", "line": 1, "seq": 0})
    with pytest.raises(VerifyError, match="digests differ"):
        header_of([header, end])
