"""The documentation: its reference pages are what the code says, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tools.core.errors import ExitCode
from tools.core.units import E8
from tools.lab import docs
from tools.live.config_tree import sections_of
from tools.live.settings import LabConfig
from tools.risk.controls import PROFILES

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INDEX = ROOT / "docs" / "index.md"
PAGES = [ROOT / "README.md", ROOT / "README_EXECUTION.md", *sorted((ROOT / "docs").rglob("*.md"))]
REFERENCE = docs.pages()


def prose(text: str) -> str:
    """Return a page without its code blocks and inline code, which link nowhere."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings give."""
    bare = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    found = re.findall(r"^#+ (.+)$", bare, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def links(page: Path) -> list[tuple[str, str]]:
    """Return the relative links of a page: file (empty for itself) and anchor."""
    found = LINK.findall(prose(page.read_text(encoding="utf-8")))
    return [
        (target.partition("#")[0], target.partition("#")[2])
        for target in found
        if not re.match(r"[a-z]+:", target)
    ]


def broken(page: Path, root: Path = ROOT) -> list[str]:
    """Return the relative links of a page that lead to no file or no heading."""
    out = []
    for file, anchor in links(page):
        target = (page.parent / file).resolve() if file else page
        if not target.is_file() or root not in target.parents:
            out.append(file)
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            out.append(f"{file}#{anchor}")
    return out


def unexplained(page: str) -> list[str]:
    """Return the reasons of a page that have no meaning beside them."""
    return re.findall(r"^\| `(\w+)` \|\s*\|$", page, re.M)


def test_every_reason_says_what_it_means() -> None:
    assert unexplained("| `ODD` |  |\n| `EVEN` | why |\n") == ["ODD"]
    page = REFERENCE["docs/reference/reasons.md"]
    assert page.count("\n| `") > 100
    assert unexplained(page) == []


@pytest.mark.parametrize("path", REFERENCE)
def test_reference_page_is_what_the_code_says(path: str) -> None:
    page = ROOT / path
    assert page.is_file(), f"{path} is missing: run {docs.COMMAND}"
    if page.read_text(encoding="utf-8") != REFERENCE[path]:
        assert page.read_text(encoding="utf-8").splitlines() == REFERENCE[path].splitlines(), (
            f"{path} is stale: run {docs.COMMAND}"
        )
        raise AssertionError(f"{path}: the lines agree, the line ends do not: run {docs.COMMAND}")


def test_no_reference_page_is_left_over() -> None:
    assert docs.stale() == [], f"run {docs.COMMAND}, and remove what it does not write"


def test_a_stale_page_is_found(tmp_path: Path) -> None:
    folder = tmp_path / docs.FOLDER
    folder.mkdir(parents=True)
    assert docs.stale(tmp_path) == sorted(docs.pages(tmp_path))
    for path, text in docs.pages(tmp_path).items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert docs.stale(tmp_path) == []
    reasons = folder / "reasons.md"
    reasons.write_text(reasons.read_text(encoding="utf-8").replace("`DWELL`", "`DWELT`"), encoding="utf-8")
    (folder / "other.md").write_text("written by hand", encoding="utf-8")
    assert docs.stale(tmp_path) == [f"{docs.FOLDER}/other.md", f"{docs.FOLDER}/reasons.md"]


def test_the_head_of_a_page_is_kept(tmp_path: Path) -> None:
    (tmp_path / docs.FOLDER).mkdir(parents=True)
    path = f"{docs.FOLDER}/exit-codes.md"
    made = docs.pages(tmp_path)[path]
    assert made.startswith("# exit-codes\n\n")
    (tmp_path / path).write_text(made.replace("# exit-codes", "# Codes\n\nBy hand."), encoding="utf-8")
    assert docs.pages(tmp_path)[path].startswith("# Codes\n\nBy hand.\n\n<!-- ")
    assert docs.stale(tmp_path) == sorted(set(docs.pages(tmp_path)) - {path})


def test_pages_hold_what_they_are_for() -> None:
    def page(name: str) -> str:
        return REFERENCE[f"{docs.FOLDER}/{name}"]

    for code in ExitCode:
        assert f"| {int(code)} | `{code.name}` |" in page("exit-codes.md")
    for profile, names in PROFILES.items():
        assert f"| `{profile}` | {', '.join(f'`{name}`' for name in names)} |" in page("controls.md")
    for section in sections_of(LabConfig):
        if section not in ("detector", "factor", "fill", "delay", "control"):  # only parents
            assert f"## [{section}]\n" in page("configuration.md")
    assert LabConfig().quoter.max_order_e8 == 1_000 * E8
    assert '| `max_order` | `"1000 USD"` | Value of an order at a budget of 100 %. |' in page(
        "configuration.md"
    )
    assert "| FROZEN | THAW | ACTIVE |" in page("state-machines.md")
    assert "| gate | PROBATION | PASSIVE | 25 % |" in page("state-machines.md")
    assert "| `-1015` | back off | back off | back off | back off | pause NEW_ORDERS |" in page("answers.md")
    assert "| CLOSED | TRIP | OPEN |" in page("state-machines.md")
    assert "| `EXPIRED` | 5 | `CANCELED` |" in page("order-states.md")
    assert "    PENDING_CANCEL --> FILLED: " in page("order-states.md")
    assert "| `FILLED` | `PARTIALLY_FILLED` | `TRADE_CANCEL`, `REPLACED` |" in page("order-states.md")
    assert "| `bid_ticks` | `int` | ticks |" in page("records.md")
    assert "| `RESTING` | an order rests where it should |" in page("reasons.md")
    assert "| `--max-inv MAX_INV` |" in page("commands.md")
    assert "## python -m tools.lab explain\n" in page("commands.md")
    assert "| `robust_cusum` | Default detector:" in page("plugins.md")


def test_every_key_of_the_configuration_is_explained() -> None:
    # What the classes do not say yet; new keys must.
    silent = {"max_message_bytes", "max_nesting", "max_digits"}
    silent |= {"fast_budget", "probation_budget", "yellow_budget"}
    text = REFERENCE[f"{docs.FOLDER}/configuration.md"]
    assert set(re.findall(r"^\| `(\w+)` \| `[^`]*` \|  \|$", text, re.M)) <= silent
    assert "## []" not in text
    assert not re.search(r"^## .*\n\n\.$", text, re.M), "a section of default.toml has no comment"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_broken_links_are_seen(tmp_path: Path) -> None:
    text = "[a](no.md) [b](#nothing) [web](https://example.org) `[c](code.md)`\n```text\n[d](block.md)\n```\n"
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert broken(tmp_path / "page.md", tmp_path) == ["no.md", "#nothing"]


def test_every_page_is_reachable_from_the_index() -> None:
    seen, waiting = {INDEX}, [INDEX]
    while waiting:
        page = waiting.pop()
        for file, _ in links(page):
            target = (page.parent / file).resolve()
            if file and target.suffix == ".md" and target.is_file() and target not in seen:
                seen.add(target)
                waiting.append(target)
    assert [page for page in PAGES if page not in seen] == []


def test_the_catalogue_of_risk_controls_is_complete_and_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "concepts" / "risk.md").read_text(encoding="utf-8")
    rows = {
        row[0]: row[2:]
        for row in ([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines())
        if re.fullmatch(r"[PAT]\d\d", row[0])
    }
    expected = [f"P{n:02}" for n in range(1, 24)] + [f"A{n:02}" for n in range(1, 13)]
    assert sorted(rows) == sorted(expected + [f"T{n:02}" for n in range(1, 9)])
    named = {name for cells in rows.values() for name in re.findall(r"`([a-z_]+)`", cells[0])}
    controls = {name for names in PROFILES.values() for name in names}
    assert controls - {"halt"} <= named, "every control answers to a row"
    for row, (what, tests) in rows.items():
        files = re.findall(r"`((?:unit|property|golden)/\w+\.py)`", tests)
        assert all((ROOT / "tests" / file).is_file() for file in files), row
        if "suite" not in tests and not files:
            assert re.search(r"\bnot\b", what), f"{row}: neither tested nor said to be left out"
