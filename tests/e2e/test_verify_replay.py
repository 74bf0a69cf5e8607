"""``verify`` of a replay: a true run is confirmed, every change to it or to its inputs is found."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.kit.cli import lab
from tools.core.audit import chain_next, digest_text
from tools.core.canon import encode
from tools.core.errors import InputError, VerifyError
from tools.lab.synthesize import write_recording
from tools.lab.verify import verify
from tools.live.feeds.synthetic import synthesize

KEY = "binance-usdm:BTCUSDT"
# A run short enough to be verified hundreds of times, with something of every kind in it.
CONFIG = '[start]\nmin_samples = 3\ncooldown = "2 s"\nprobation = "2 s"\n'
LINES = [*list(synthesize(42, 1))[:500], b"1735689600000000000 not a message\n"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a recording and two runs of it; nobody changes it."""
    folder = tmp_path_factory.mktemp("made")
    write_recording(folder / "input.log.gz", LINES)
    (folder / "config.toml").write_text(CONFIG)
    for detail in ("delta", "full"):
        arguments = ("--config", str(folder / "config.toml"), "--detail", detail)
        done = lab("replay", str(folder / "input.log.gz"), *arguments, "--out", str(folder / detail))
        assert (done.code, done.err) == (0, "")
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """Return a folder of one's own: ``input.log.gz`` and the run in ``delta``."""
    shutil.copytree(made, tmp_path / "own")
    meta = tmp_path / "own" / "delta" / "run.meta.json"
    meta.write_text(meta.read_text().replace(str(made), str(tmp_path / "own")))
    return tmp_path / "own"


def refused(code: int, *arguments: str) -> str:
    done = lab("verify", *arguments)
    assert (done.code, done.out) == (code, ""), (done.code, done.err)
    assert done.err.count("\n") == 1 and "Traceback" not in done.err, done.err
    return done.err


@pytest.mark.parametrize("detail", ["delta", "full"])
def test_a_true_run_is_confirmed(detail: str, made: Path) -> None:
    done = lab("verify", str(made / detail))
    assert (done.code, done.err) == (0, "")
    lines = (made / detail / "audit.jsonl").read_text().splitlines()
    assert json.loads(done.out) == {
        "chain": json.loads(lines[-1])["chain"],
        "lines": len(lines),
        "program": "replay",
        "verified": True,
    }


def test_the_run_has_a_line_of_every_kind(made: Path) -> None:
    kinds = {json.loads(line)["kind"] for line in (made / "delta" / "audit.jsonl").read_text().splitlines()}
    verdicts = {"regime", "permission", "health", "decision"}
    # A quote that would cross an order of our own, whose cancel is under way, is refused.
    orders = {"order", "refused", "report", "cancel", "order_quality", "fill_quality"}
    assert kinds == {"header", "feed", "fidelity", "summary", "end", *orders, *verdicts}


def test_every_changed_byte_is_found(run: Path) -> None:
    audit = run / "delta" / "audit.jsonl"
    original = audit.read_bytes()
    offset = 0
    positions: list[int] = []
    for number, line in enumerate(original.splitlines(keepends=True)):
        length = len(line)
        places = {0, length - 1, number * 37 % length, number * 101 % length}
        positions += [offset + k for k in sorted(places)]
        offset += length
    header = original.index(b"\n")
    positions += range(0, header, 97)
    positions += range(offset - 160, offset, 3)
    substitutes = b"0x\n \xff\\"
    for turn, position in enumerate(positions):
        new = substitutes[turn % len(substitutes)]
        if original[position] == new:
            new = ord("7")
        audit.write_bytes(original[:position] + bytes([new]) + original[position + 1 :])
        with pytest.raises(VerifyError) as caught:
            verify(str(run / "delta"), [])
        assert "\n" not in str(caught.value), (position, bytes([new]))
    audit.write_bytes(original)
    verify(str(run / "delta"), [])


def rechained(lines: list[str]) -> str:
    """Return the lines with header digest and chain made right again, as a forger would."""
    chain = "0" * 64
    out = []
    for number, line in enumerate(lines):
        record = json.loads(line)
        if record["kind"] == "end":
            record["chain"] = chain
            record["header"] = digest_text(out[0])
        record["line"] = number
        text = encode(record)
        chain = chain_next(chain, text)
        out.append(text)
    return "".join(out)


def test_a_forged_verdict_is_explained(run: Path) -> None:
    audit = run / "delta" / "audit.jsonl"
    lines = audit.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if '"kind":"permission"' in line and "COOLDOWN" in line)
    audit.write_text(
        rechained([*lines[:at], lines[at].replace('"COOLDOWN"', '"ALLOWED"', 1), *lines[at + 1 :]])
    )
    said = refused(6, str(run / "delta"))
    assert f"line {at} (permission, seq {json.loads(lines[at])['seq']})" in said
    assert "gate is 'ALLOWED', the run gives 'COOLDOWN'" in said


@pytest.mark.parametrize("change", ["cut", "dropped", "doubled", "swapped", "empty"])
def test_missing_and_moved_lines_are_found(change: str, run: Path) -> None:
    audit = run / "delta" / "audit.jsonl"
    lines = audit.read_text().splitlines(keepends=True)
    lines = {
        "cut": lines[:-1],
        "dropped": lines[:5] + lines[6:],
        "doubled": lines[:5] + lines[4:],
        "swapped": [*lines[:5], lines[6], lines[5], *lines[7:]],
        "empty": [],
    }[change]
    audit.write_text("".join(lines))
    refused(6, str(run / "delta"))


def test_a_dropped_line_in_a_forged_chain_is_found(run: Path) -> None:
    audit = run / "delta" / "audit.jsonl"
    lines = audit.read_text().splitlines()
    audit.write_text(rechained(lines[:5] + lines[6:]))
    assert "line 5" in refused(6, str(run / "delta"))


def test_another_configuration_in_a_forged_header_is_found(run: Path) -> None:
    audit = run / "delta" / "audit.jsonl"
    lines = audit.read_text().splitlines()
    audit.write_text(rechained([lines[0].replace('"min_samples":3', '"min_samples":4'), *lines[1:]]))
    refused(6, str(run / "delta"))


def test_a_header_with_a_section_missing_is_refused_in_one_line(run: Path) -> None:
    audit = run / "delta" / "audit.jsonl"
    lines = audit.read_text().splitlines()
    header = json.loads(lines[0])
    del header["config"]["permission"]
    audit.write_text(rechained([json.dumps(header), *lines[1:]]))
    done = lab("verify", str(run / "delta"))
    assert done.code in (4, 6) and "permission" in done.err
    assert done.err.count("\n") == 1 and done.out == ""


@pytest.mark.parametrize("key", ["inputs", "instruments", "config", "symbol", "detail", "strict", "seed"])
def test_a_header_without_a_key_is_refused_in_one_line(key: str, run: Path) -> None:
    audit = run / "delta" / "audit.jsonl"
    lines = audit.read_text().splitlines()
    header = json.loads(lines[0])
    del header[key]
    audit.write_text(rechained([json.dumps(header), *lines[1:]]))
    done = lab("verify", str(run / "delta"))
    assert done.code in (3, 4, 6) and done.out == ""
    assert done.err.count("\n") == 1 and "Traceback" not in done.err


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("inputs", 7),
        ("inputs", [{"name": "x"}]),
        ("instruments", {KEY: {"tick": 1}}),
        ("config", []),
        ("seed", "1"),
    ],
)
def test_a_header_with_a_value_of_another_type_is_refused_in_one_line(
    key: str, value: object, run: Path
) -> None:
    audit = run / "delta" / "audit.jsonl"
    lines = audit.read_text().splitlines()
    audit.write_text(rechained([json.dumps({**json.loads(lines[0]), key: value}), *lines[1:]]))
    done = lab("verify", str(run / "delta"))
    assert done.code in (3, 4, 6) and done.out == ""
    assert done.err.count("\n") == 1 and "Traceback" not in done.err


def test_a_changed_report_is_found(run: Path) -> None:
    report = run / "delta" / "report.json"
    text = report.read_text()
    changed = re.sub(r'"with_order":\d+', '"with_order":999999', text)
    assert changed != text
    report.write_text(changed)
    assert "report.json" in refused(6, str(run / "delta"))


def test_a_changed_input_is_exit_3_by_name(run: Path) -> None:
    write_recording(run / "input.log.gz", LINES[:100] + LINES[101:])
    assert "input.log.gz" in refused(3, str(run / "delta"))
    assert "input.log.gz" in refused(3, str(run / "delta"), "--input", str(run / "input.log.gz"))


def test_one_changed_byte_of_the_input_is_enough(run: Path) -> None:
    data = bytearray((run / "input.log.gz").read_bytes())
    data[len(data) // 2] ^= 1
    (run / "input.log.gz").write_bytes(data)
    with pytest.raises(InputError, match=r"input\.log\.gz"):
        verify(str(run / "delta"), [])


def test_a_moved_input_is_found_where_it_is_said_to_be(run: Path) -> None:
    moved = run / "elsewhere"
    moved.mkdir()
    (run / "input.log.gz").rename(moved / "input.log.gz")
    assert "input.log.gz" in refused(3, str(run / "delta"))
    assert lab("verify", str(run / "delta"), "--input", str(moved / "input.log.gz")).code == 0


def test_the_right_one_of_several_inputs_of_a_name_is_taken(run: Path) -> None:
    wrong = run / "wrong"
    wrong.mkdir()
    write_recording(wrong / "input.log.gz", LINES[:5])
    inputs = ("--input", str(wrong / "input.log.gz"), str(run / "input.log.gz"))
    assert lab("verify", str(run / "delta"), *inputs).code == 0


def test_a_renamed_input_is_found_or_asked_for_by_its_name(run: Path) -> None:
    (run / "input.log.gz").rename(run / "renamed.log.gz")
    done = lab("verify", str(run / "delta"), "--input", str(run / "renamed.log.gz"))
    assert (done.code, done.out) == (3, "")
    assert "input.log.gz" in done.err and "renamed.log.gz" in done.err


def test_a_missing_input_is_exit_3_and_says_what_to_do(run: Path) -> None:
    (run / "input.log.gz").unlink()
    said = refused(3, str(run / "delta"))
    assert "input.log.gz" in said and "--input" in said


def test_without_the_side_file_the_input_must_be_named(run: Path) -> None:
    (run / "delta" / "run.meta.json").unlink()
    assert "--input" in refused(3, str(run / "delta"))
    assert lab("verify", str(run / "delta"), "--input", str(run / "input.log.gz")).code == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"inputs":7}', '{"inputs":[7]}', '{"inputs":{"a":1}}'])
def test_a_damaged_side_file_is_as_good_as_none(text: str, run: Path) -> None:
    (run / "delta" / "run.meta.json").write_text(text)
    assert "input.log.gz" in refused(3, str(run / "delta"))


def test_nothing_to_verify(tmp_path: Path) -> None:
    assert "audit.jsonl" in refused(3, str(tmp_path))


def test_a_run_over_a_cut_off_gzip_is_confirmed_as_well(tmp_path: Path) -> None:
    """What was readable is a function of the same bytes."""
    path = tmp_path / "cut.log.gz"
    write_recording(path, LINES)
    path.write_bytes(path.read_bytes()[:-400])
    assert lab("replay", str(path), "--out", str(tmp_path / "out")).code == 3
    assert lab("verify", str(tmp_path / "out")).code == 0


def test_a_run_of_several_files_and_one_symbol_is_confirmed(tmp_path: Path) -> None:
    other = [line.replace(b"BTCUSDT", b"ETHUSDT").replace(b"btcusdt", b"ethusdt") for line in LINES[:200]]
    write_recording(tmp_path / "one.log", LINES[:200])
    write_recording(tmp_path / "two.log.gz", other)
    arguments = [str(tmp_path / "two.log.gz"), str(tmp_path / "one.log"), "--symbol", "ETHUSDT"]
    out = str(tmp_path / "out")
    assert lab("replay", *arguments, "--out", out).code == 0
    assert lab("verify", out).code == 0
