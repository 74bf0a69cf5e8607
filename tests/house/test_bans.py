"""Each ban is proved twice: a sample that it must flag, and a near miss that it must let pass."""

from __future__ import annotations

import pytest

from tests.house import checks
from tests.house.sets import check_set_iteration

# The bans that hold in every deciding file.
DECIDING_BANS: tuple[checks.Check, ...] = (
    checks.check_ambient,
    checks.check_broad_except,
    checks.check_clock,
    checks.check_environment,
    checks.check_float_call,
    checks.check_float_literal,
    checks.check_identity,
    checks.check_math,
    checks.check_naive_datetime,
    checks.check_power,
    checks.check_print,
    checks.check_random,
    checks.check_record_fields,
    check_set_iteration,
    checks.check_sum,
    checks.check_true_division,
)
# The rules that hold everywhere under tools/.
TOOLS_RULES: tuple[checks.Check, ...] = (
    checks.check_frozen_utc,
    checks.check_import_order,
    checks.check_one_approver,
    checks.check_one_encoder,
    checks.check_one_sender,
)

CORE = "tools/core/sample.py"
Sample = tuple[checks.Check, str, str]

FLAGGED: list[Sample] = [
    (checks.check_clock, CORE, "import time"),
    (checks.check_clock, CORE, "from time import time_ns"),
    (checks.check_clock, CORE, "import datetime\ndatetime.datetime.now(datetime.UTC)"),
    (checks.check_clock, CORE, "from datetime import datetime\ndatetime.utcnow()"),
    (checks.check_clock, CORE, "from datetime import date\ndate.today()"),
    (checks.check_naive_datetime, CORE, "datetime(2025, 1, 1)"),
    (checks.check_naive_datetime, CORE, "datetime.fromtimestamp(seconds)"),
    (checks.check_naive_datetime, CORE, "datetime.strptime(text, '%Y')"),
    (checks.check_naive_datetime, CORE, "datetime.fromisoformat(text)"),
    (checks.check_random, CORE, "import random"),
    (checks.check_random, CORE, "from random import Random\nRandom(42).random()"),
    (checks.check_random, CORE, "import secrets"),
    (checks.check_random, checks.DICE, "import random\nrandom.random()"),
    (checks.check_random, checks.DICE, "import random\nrandom.Random(1).uniform(0, 1)"),
    (checks.check_random, checks.DICE, "from random import Random\nRandom()"),
    (checks.check_random, checks.DICE, "from random import shuffle"),
    (checks.check_random, checks.DICE, "from random import Random\ndice = Random(1)\ndice.shuffle(x)"),
    (check_set_iteration, CORE, "for x in {1, 2}: pass"),
    (check_set_iteration, CORE, "s = set(names)\nfor x in s: pass"),
    (check_set_iteration, CORE, "s = frozenset(names)\nlist(s)"),
    (check_set_iteration, CORE, "out = [x for x in {y for y in names}]"),
    (check_set_iteration, CORE, "','.join({a, b})"),
    (check_set_iteration, CORE, "def f(names: set[str]): return tuple(names)"),
    (check_set_iteration, CORE, "def f(names: 'frozenset[str]'):\n    for n in names: pass"),
    (
        check_set_iteration,
        CORE,
        "class C:\n    def f(self):\n        self.s = set()\n        for x in self.s: pass",
    ),
    (check_set_iteration, CORE, "class C:\n    s: Final[set[int]]\n    def f(self): return self.s.pop()"),
    (check_set_iteration, CORE, "a = set()\nb = a | other\nfor x in b: pass"),
    (check_set_iteration, CORE, "for k in d.keys() & e.keys(): pass"),
    (check_set_iteration, CORE, "for k in s.union(t): pass"),
    (check_set_iteration, CORE, "s = {1}\nprint(*s)"),
    (check_set_iteration, CORE, "s = {1}\nfirst, = s"),
    (check_set_iteration, CORE, "s = {1}\nd = {k: 1 for k in s}"),
    (check_set_iteration, CORE, "s = {1}\nd = dict.fromkeys(s)"),
    (check_set_iteration, CORE, "s = {1}\ntext = f'{s}'"),
    (check_set_iteration, CORE, "s = {1}\ndef f():\n    for x in s: pass"),
    (checks.check_sum, CORE, "sum(values)"),
    (checks.check_sum, CORE, "sum(x for x in values)"),
    (checks.check_sum, CORE, "sum(q.lots / 2 for q in quotes)"),
    (checks.check_sum, CORE, "def f(xs: list[float]): return sum(xs)"),
    (checks.check_sum, CORE, "def f(xs: dict[int, float]): return sum(xs.values())"),
    (checks.check_power, CORE, "x ** 2"),
    (checks.check_power, CORE, "10 ** -3"),
    (checks.check_power, CORE, "x **= 2"),
    (checks.check_power, CORE, "pow(x, 2)"),
    (checks.check_math, CORE, "import math"),
    (checks.check_math, CORE, "from math import sqrt"),
    (checks.check_math, CORE, "from math import isqrt, exp"),
    (checks.check_math, CORE, "import cmath"),
    (checks.check_math, CORE, "from statistics import median"),
    (checks.check_float_literal, CORE, "x = 0.5"),
    (checks.check_float_literal, CORE, "x = 1e3"),
    (checks.check_float_literal, CORE, "x = 2j"),
    (checks.check_true_division, CORE, "a / b"),
    (checks.check_true_division, CORE, "a /= b"),
    (checks.check_float_call, CORE, "float(text)"),
    (checks.check_float_call, CORE, "map(float, texts)"),
    (checks.check_identity, CORE, "id(order)"),
    (checks.check_identity, CORE, "hash(key) % 8"),
    (checks.check_identity, CORE, "sorted(orders, key=id)"),
    (checks.check_ambient, CORE, "import os"),
    (checks.check_ambient, CORE, "import os.path"),
    (checks.check_ambient, CORE, "from pathlib import Path"),
    (checks.check_ambient, CORE, "import sys"),
    (checks.check_ambient, CORE, "import subprocess"),
    (checks.check_ambient, CORE, "import socket"),
    (checks.check_ambient, CORE, "import threading"),
    (checks.check_ambient, CORE, "import asyncio"),
    (checks.check_ambient, CORE, "def f():\n    import logging"),
    (checks.check_ambient, CORE, "open('a')"),
    (checks.check_environment, CORE, "input()"),
    (checks.check_environment, CORE, "x.environ['A']"),
    (checks.check_environment, CORE, "getattr(x, 'environ')"),
    (checks.check_environment, CORE, "x.getenv('A')"),
    (checks.check_environment, CORE, "__import__('time')"),
    (checks.check_environment, CORE, "eval('1')"),
    (checks.check_print, CORE, "print('x')"),
    (checks.check_print, CORE, "say = print"),
    (checks.check_broad_except, CORE, "try: f()\nexcept: pass"),
    (checks.check_broad_except, CORE, "try: f()\nexcept Exception: pass"),
    (checks.check_broad_except, CORE, "try: f()\nexcept (KeyError, BaseException): pass"),
    (checks.check_broad_except, CORE, "try: f()\nexcept builtins.Exception as e: pass"),
    (checks.check_broad_except, CORE, "with suppress(Exception): f()"),
    (checks.check_record_fields, CORE, "class C:\n    price: float"),
    (checks.check_record_fields, CORE, "class C:\n    price: Final[float | None]"),
    (checks.check_record_fields, CORE, "class C:\n    size: Decimal"),
    (checks.check_import_order, CORE, "from tools.risk.monitor import RuntimeRiskMonitor"),
    (checks.check_import_order, CORE, "import tools.live.clock"),
    (checks.check_import_order, "tools/risk/monitor.py", "from tools.execution.order import Order"),
    (checks.check_import_order, "tools/health/factors/x.py", "from tools.observer.windows import Window"),
    (checks.check_import_order, "tools/engine/pipeline.py", "from tools.live import ports"),
    (checks.check_import_order, "tools/live/loop.py", "def f():\n    from tools import lab"),
    (checks.check_import_order, "tools/risk/monitor.py", "from . import freeze"),
    (checks.check_import_order, "tools/lab/replay.py", "from tests.kit import feed"),
    (checks.check_one_encoder, "tools/lab/report.py", "import json\njson.dumps(x)"),
    (checks.check_one_encoder, "tools/lab/report.py", "from json import dumps"),
    (checks.check_one_encoder, "tools/lab/report.py", "import json\nclass E(json.JSONEncoder): pass"),
    (checks.check_one_sender, "tools/live/paper.py", "self.inner.place_limit('a', s, side, q, p)"),
    (checks.check_one_sender, "tools/live/paper.py", "send = exchange.place_limit"),
    (checks.check_one_sender, "tools/live/paper.py", "exchange.submit_order(order)"),
    (checks.check_one_sender, "tools/live/desk.py", "exchange.amend_order('a', 1)"),
    (checks.check_one_sender, "tools/live/paper.py", "getattr(exchange, 'place_limit')(order)"),
    (checks.check_one_sender, "tools/risk/freeze.py", "exchange.cancel(order.client_id)"),
    (checks.check_one_approver, checks.LOOP, "order = ApprovedOrder(intent, 100)"),
    (checks.check_one_approver, checks.LOOP, "import tools.risk\ntools.risk.ApprovedOrder(intent, 100)"),
    (checks.check_one_approver, checks.LOOP, "from tools.risk import ApprovedOrder as Order\nOrder(i, 1)"),
    (checks.check_one_approver, checks.LOOP, "make = ApprovedOrder\nmake(intent, 1)"),
    (checks.check_one_approver, checks.LOOP, "ApprovedOrder.__new__(kind)"),
    (checks.check_one_approver, checks.LOOP, "replace(ApprovedOrder, price_ticks=1)"),
    (checks.check_one_approver, checks.LOOP, "class Mine(ApprovedOrder): pass"),
    (checks.check_one_approver, "tools/live/paper.py", "getattr(tools.risk, 'ApprovedOrder')(i, 1)"),
    (checks.check_one_approver, "tools/execution/quoter.py", "map(approval.ApprovedOrder, intents, prices)"),
    (checks.check_frozen_utc, "tools/live/exec_demo.py", "import os\nos.environ.get('MM_FREEZE_UTC_ISO')"),
]

NEAR_MISSES: list[Sample] = [
    (checks.check_clock, CORE, "import timestamps\nfrom tools.core import timestamps"),
    (checks.check_clock, CORE, "order.time_ns\nnow_ns = event.recv_ns\nengine.now()"),
    (checks.check_naive_datetime, CORE, "datetime(2025, 1, 1, tzinfo=UTC)"),
    (checks.check_naive_datetime, CORE, "datetime.fromtimestamp(0, UTC)\ndatetime.fromtimestamp(0, tz=UTC)"),
    (checks.check_random, CORE, "from tools.core.chance import below\nrandom = below(1, 2, 3, 4, 5)"),
    (checks.check_random, checks.DICE, "from random import Random\nRandom(42).random()"),
    (checks.check_random, checks.DICE, "import random\ndice = random.Random(self.seed)\ndice.random()"),
    (checks.check_random, checks.DICE, "self.seed = seed"),
    (check_set_iteration, CORE, "if x in {1, 2}: pass"),
    (check_set_iteration, CORE, "s = {1, 2}\nfor x in sorted(s): pass"),
    (check_set_iteration, CORE, "s = {1, 2}\nlen(s), min(s), s == t\ns.add(3)\ns.discard(3)"),
    (check_set_iteration, CORE, "for x in {1: 2, 3: 4}: pass"),
    (check_set_iteration, CORE, "d = dict.fromkeys(names)\nfor x in d: pass"),
    (check_set_iteration, CORE, "def f():\n    s = {1}\ndef g(s: list[int]):\n    for x in s: pass"),
    (check_set_iteration, CORE, "s = {1}\ndef g(s: list[int]):\n    for x in s: pass"),
    (check_set_iteration, CORE, "def f(xs: list[set[int]]):\n    for x in xs: pass"),
    (check_set_iteration, CORE, "s = {1}\nt = {x + 1 for x in s}"),
    (check_set_iteration, CORE, "a = b - c\nfor x in d.keys(): pass"),
    (checks.check_sum, CORE, "sum(1 for x in values)"),
    (checks.check_sum, CORE, "sum(order.open_lots for order in orders)"),
    (checks.check_sum, CORE, "sum([q.bid_ticks * q.bid_lots - 1 for q in quotes])"),
    (checks.check_sum, CORE, "class C:\n    xs: Final[list[int]]\n    def f(self): return sum(self.xs)"),
    (checks.check_sum, CORE, "def f(xs: dict[str, int]): return sum(xs.values())"),
    (checks.check_power, CORE, "10 ** k\n2 ** 64\npow(x, 3, 7)"),
    (checks.check_math, CORE, "from math import isqrt"),
    (checks.check_float_literal, CORE, "x = 5\ny = '0.5'\nz = True"),
    (checks.check_true_division, CORE, "a // b\npath = 'a/b'\na //= b"),
    (checks.check_float_call, CORE, "isinstance(x, float)\nAmount = str | float"),
    (checks.check_identity, CORE, "order.id\nf(id=3)\nclass C:\n    def __hash__(self): return 1"),
    (checks.check_identity, CORE, "def f(id: int): return id + 1"),
    (checks.check_ambient, CORE, "import re\nfrom json import loads\nposition.open\nVerdict(open=True)"),
    (checks.check_ambient, CORE, "def f(open: bool): return open"),
    (checks.check_environment, CORE, "getattr(self, field.name)\nre.compile('x')\nself.input"),
    (checks.check_print, CORE, "self.print_line = 1\ntrade.print"),
    (checks.check_broad_except, CORE, "try: f()\nexcept (KeyError, ValueError): pass"),
    (checks.check_broad_except, CORE, "class Exceptional(Exception): pass\nwith suppress(KeyError): f()"),
    (
        checks.check_record_fields,
        CORE,
        "class C:\n    price_ticks: Final[int]\n    def f(self, price: float): ...",
    ),
    (checks.check_record_fields, "tools/live/exchange.py", "class C:\n    fill_rate: float"),
    (
        checks.check_import_order,
        "tools/risk/monitor.py",
        "from tools.core import orders\nfrom tools.risk import freeze",
    ),
    (checks.check_import_order, "tools/engine/state.py", "from tools.observer.windows import Window"),
    (checks.check_import_order, "tools/lab/__main__.py", "import argparse\nfrom tools.live import clock"),
    (checks.check_one_encoder, "tools/lab/report.py", "import json\njson.loads(x)\nself.dumps()"),
    (checks.check_one_encoder, checks.ENCODER, "import json\njson.dumps(x)"),
    (checks.check_one_sender, checks.SENDER, "exchange.place_limit(a)\nexchange.cancel(b)"),
    (checks.check_one_sender, "tools/live/feeds/ws.py", "task.cancel()"),
    (
        checks.check_one_sender,
        "tools/live/ports.py",
        "class P:\n    def place_limit(self): ...\n    def cancel(self, x): ...",
    ),
    (checks.check_one_approver, "tools/risk/monitor.py", "return ApprovedOrder(intent, 100)"),
    (
        checks.check_one_approver,
        checks.LOOP,
        "from tools.risk import ApprovedOrder\ndef f(order: ApprovedOrder) -> ApprovedOrder | None: ...",
    ),
    (checks.check_one_approver, checks.LOOP, "x: Final[list[ApprovedOrder]] = []"),
    (checks.check_one_approver, checks.LOOP, "if isinstance(answer, ApprovedOrder): pass"),
    (checks.check_one_approver, checks.LOOP, "__all__ = ['ApprovedOrder']"),
    (checks.check_frozen_utc, checks.CLOCK, "import os\nos.environ.get('MM_FREEZE_UTC_ISO')"),
    (checks.check_frozen_utc, "tools/live/exec_demo.py", '"""Honours MM_FREEZE_UTC_ISO, see clock."""'),
]


@pytest.mark.parametrize(("check", "path", "source"), FLAGGED)
def test_sample_is_flagged(check: checks.Check, path: str, source: str) -> None:
    assert check(source, path), f"{check.__name__} lets this pass:\n{source}"


@pytest.mark.parametrize(("check", "path", "source"), NEAR_MISSES)
def test_near_miss_passes(check: checks.Check, path: str, source: str) -> None:
    assert check(source, path) == []


@pytest.mark.parametrize("samples", [FLAGGED, NEAR_MISSES], ids=["flagged", "near misses"])
def test_every_rule_has_a_sample(samples: list[Sample]) -> None:
    assert {check for check, _, _ in samples} == {*DECIDING_BANS, *TOOLS_RULES}


def test_every_check_that_is_written_is_in_force() -> None:
    written = {value for name, value in vars(checks).items() if name.startswith("check_")}
    assert written | {check_set_iteration} == {*DECIDING_BANS, *TOOLS_RULES}


def test_a_mark_with_a_reason_lets_its_own_line_through_and_no_other() -> None:
    source = "a = 0.5  # det-ok: P0.1's default\nb = 0.5\nc = 0.5  # det-ok:\nd = '# det-ok: text'; e = 0.5\n"
    findings = checks.unmarked(source, checks.check_float_literal(source, CORE))
    assert [checks.line_of(finding) for finding in findings] == [2, 3, 4]


@pytest.mark.parametrize(
    ("path", "deciding"),
    [
        ("tools/core/units.py", True),
        ("tools/health/factors/spread.py", True),
        ("tools/live/exchange.py", True),
        ("tools/live/order_store.py", True),
        ("tools/live/execution_loop.py", True),
        ("tools/live/exec_demo.py", False),
        ("tools/lab/stats/quantile.py", False),
    ],
)
def test_deciding_files_are_those_of_the_plan(path: str, deciding: bool) -> None:
    assert checks.is_deciding(path) is deciding


def test_long_files_and_functions_are_measured() -> None:
    body = "    x = 1\n"
    longest = "def f():\n" + body * (checks.MAX_FUNCTION_LINES - 1)
    assert checks.long_parts(longest) == {}
    assert checks.long_parts(
        f"class C:\n    def f(self):\n{('    ' + body) * checks.MAX_FUNCTION_LINES}"
    ) == {"C.f": checks.MAX_FUNCTION_LINES + 1}
    assert checks.long_parts("x = 1\n" * checks.MAX_FILE_LINES) == {}
    assert checks.long_parts("x = 1\n" * (checks.MAX_FILE_LINES + 1)) == {"": checks.MAX_FILE_LINES + 1}
