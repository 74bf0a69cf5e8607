"""The explorer counts right, merges only what is the same, and finds what is wrong by the shortest path."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, factorial

import pytest

from scripts.explore import main
from tests.sim.explorer import Follower, Lab, Step, Violation, World, explore
from tests.sim.followers import LedgerFollower, house_followers
from tests.sim.worlds import AMENDED, Plan, interleaved, slice_of_worlds, world
from tools.core.events import Side


def one_order(*script: str, loose: bool = True, cut: int | None = None) -> World:
    return world("one order", (Plan("A", Side.BUY, 10, (), script),), loose=loose, cut=cut)


def every_path(small: World) -> list[tuple[int, ...]]:
    """Return every path of a world, one by one and without merging any."""
    found = []

    def go(path: tuple[int, ...], done: int, left: tuple[int, ...]) -> None:
        if not left:
            found.append(path)
        for number in small.ready(left):
            after = done | 1 << number
            go((*path, number), after, small.left(after, left))

    go((), 0, small.left(0, range(len(small.steps))))
    return found


def test_reports_that_may_all_overtake_each_other_have_factorially_many_paths() -> None:
    found = explore(one_order("fill 1", "fill 2", "fill 3", "cancel"), house_followers)
    assert found.paths == factorial(5)
    assert found.nodes == 2**5  # a state for each subset: in whatever order it was told
    assert found.edges == 5 * 2**4
    assert found.merges == found.edges - (found.nodes - 1)


def test_two_channels_have_as_many_paths_as_there_are_ways_to_shuffle_them() -> None:
    found = explore(one_order("fill 1", "fill 2", "fill 3", "cancel", loose=False), house_followers)
    assert found.paths == comb(5, 2)  # accepted and canceled, and three fills
    assert found.nodes == 3 * 4


@pytest.mark.parametrize("loose", [False, True])
@pytest.mark.parametrize("cut", [None, 0, 1, 2, 3])
def test_paths_are_counted_as_if_each_had_been_walked(loose: bool, cut: int | None) -> None:
    small = one_order("fill 4", "cancel", loose=loose, cut=cut)
    paths = every_path(small)
    assert explore(small, house_followers).paths == len(paths) == len(set(paths))


def test_a_request_comes_before_what_names_it_and_a_repetition_after_the_disconnect() -> None:
    plans = (Plan("A", Side.BUY, 10, (12,), ("announce 0", "fill 4", "answer 0", "fill 8")),)
    for loose in (False, True):
        small = world("replaced", plans, loose=loose, cut=3)
        names = [step.name for step in small.steps]
        for path in every_path(small)[:2000]:
            at = {names[number]: place for place, number in enumerate(path)}
            for name, place in at.items():
                if " A1" in name and name != "send A1":
                    assert at["send A1"] < place
                if name.endswith(" again"):
                    assert at["disconnect"] < place
                    assert at.get(name.removesuffix(" again"), -1) < at["disconnect"]


class Claims(Follower):
    """Claims that no more than `most` steps of a kind ever happen."""

    def __init__(self, word: str, most: int) -> None:
        self.word, self.most, self.seen = word, most, 0

    def follow(self, lab: Lab, step: Step, change) -> None:
        self.seen += self.word in step.name

    def key(self) -> object:
        return self.seen

    def check(self, lab: Lab, left: Sequence[Step]) -> None:
        assert self.seen <= self.most, f"{self.seen} x {self.word}"


def test_the_path_that_shows_a_violation_is_a_shortest_one() -> None:
    small = one_order("fill 1", "fill 2", "fill 3", "cancel")
    with pytest.raises(Violation, match="2 x TRADE") as caught:
        explore(small, lambda: [Claims("TRADE", 1)])
    assert caught.value.path == ["E2 TRADE A 1", "E3 TRADE A 2"]
    assert explore(small, lambda: [Claims("TRADE", 3)]).paths == factorial(5)


def test_followers_that_differ_keep_states_apart() -> None:
    class Remembers(Claims):
        def follow(self, lab: Lab, step: Step, change) -> None:
            self.seen = self.seen * 10 + len(lab.told) + (step.name.startswith("E2"))

    small = one_order("fill 1")
    assert explore(small, house_followers).nodes == 4
    assert explore(small, lambda: [Remembers("", 10**9)]).nodes == 5  # both paths to the end are told apart


def test_a_venue_that_fills_too_much_is_a_violation() -> None:
    honest = one_order("fill 6", "fill 4")
    order = honest.orders[0]
    order.trade(1)
    stray = Step("E4 TRADE A 1", client_id="A", tell=order.venue.said[-1])
    with pytest.raises(Violation) as caught:
        explore(honest._replace(steps=(*honest.steps, stray)), lambda: [LedgerFollower()])
    assert len(caught.value.path) <= 3


def test_an_act_is_a_word_to_the_followers() -> None:
    seen = []

    class Hears(Follower):
        def follow(self, lab: Lab, step: Step, change) -> None:
            seen.append(step.act)

    small = one_order()
    explore(small._replace(steps=(*small.steps, Step("kill", act="kill"))), lambda: [Hears()])
    assert set(seen) == {"", "kill"}


def test_interleaved_keeps_each_track_and_misses_none() -> None:
    found = list(interleaved(("a", "b"), ("x", "y"), ("z",)))
    assert len(found) == len(set(found)) == factorial(5) // (2 * 2)
    assert all(each.index("a") < each.index("b") and each.index("x") < each.index("y") for each in found)


def test_the_command_tells_what_it_explored_the_same_way_each_time(capsys) -> None:
    assert main(["--slice", "--world", "suspended"]) == 0
    first = capsys.readouterr().out
    assert main(["--slice", "--world", "suspended"]) == 0
    assert capsys.readouterr().out == first
    name = next(each for each in AMENDED if each.startswith("suspended"))
    assert first.splitlines() == [
        f"{each}: 120 paths, 32 states, 80 steps between them, 49 merged" for each in (name, "1 worlds")
    ]


def test_exit_codes(capsys, monkeypatch) -> None:
    assert main(["--world", "no such world"]) == 3
    assert "no world" in capsys.readouterr().err
    assert main(["--slice", "--world", "suspended", "--min-paths", "121"]) == 6
    assert "wanted are 121" in capsys.readouterr().err
    monkeypatch.setattr("scripts.explore.house_followers", lambda: [Claims("TRADE", 1)])
    assert main(["--slice", "--world", "suspended"]) == 6
    out = capsys.readouterr().out.splitlines()
    assert out[0].endswith("VIOLATION: 2 x TRADE")
    assert len(out) == 3  # and the two steps that show it


@pytest.mark.parametrize("name", [*AMENDED, "ordered, history 0", "ordered, disconnect"])
def test_the_room_holds_in_every_order_of_a_small_world(name: str) -> None:
    small = next(each for each in slice_of_worlds() if each.name.startswith(name))
    assert explore(small, house_followers).paths > 100
