"""Every order in which the steps of a small world can happen, each state of it once.

A world is a list of steps: a request is sent, a report arrives, the connection breaks. What must
come before what is written at each step; everything else may happen in any order. The explorer
goes through the states breadth first, so that the first path that shows a fault is a shortest
one. Two paths that lead to the same state (the same store inside, the same followers, the same
steps left) are one from there on: what can follow is explored once, and the number of paths is
counted exactly on the graph that remains.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.kit.venue_model import Asked, VenueOrder
from tools.core.orders import OrderChange
from tools.core.reports import ExecutionReport
from tools.execution.order import Order
from tools.live.order_store import InMemoryOrderStore


class Step(NamedTuple):
    """Something that can happen once in a world.

    One of `ask` (of the order `client_id`), `tell` and `act` says what happens; an `act` is a word
    to the followers. It waits for the steps `after`, until each has happened or can no longer
    happen; it cannot happen any more once the step `lost_by` has.
    """

    name: str
    after: tuple[int, ...] = ()
    lost_by: int | None = None
    client_id: str = ""
    ask: Asked | None = None
    tell: ExecutionReport | None = None
    act: str = ""


class World(NamedTuple):
    """Orders as the venue has them in the end, and the steps by which we come to know."""

    name: str
    orders: tuple[VenueOrder, ...]
    steps: tuple[Step, ...]

    def left(self, done: int, before: Sequence[int]) -> tuple[int, ...]:
        """Return which of the steps `before` can still happen; `done` is a bit mask of what has."""
        out = []
        for number in before:
            lost_by = self.steps[number].lost_by
            if not done >> number & 1 and (lost_by is None or not done >> lost_by & 1):
                out.append(number)
        return tuple(out)

    def ready(self, left: tuple[int, ...]) -> list[int]:
        """Return which of the steps left wait for none that is left."""
        waiting = set(left)
        return [number for number in left if waiting.isdisjoint(self.steps[number].after)]


class Follower:
    """Something that follows a path beside the store and has a word to say at each state of it.

    A risk monitor or a kill switch comes in here: take the changes in `follow`, give in `key`
    everything that its future depends on (two paths are taken for one by it), and assert in
    `check` what must hold in every state, in `end` what must hold when nothing is left.
    """

    def start(self, lab: Lab) -> None:
        """Begin with the orders just sent."""

    def follow(self, lab: Lab, step: Step, change: OrderChange | None) -> None:
        """Take in one step; `change` is what the store made of a report."""

    def key(self) -> object:
        """Return what the future depends on, as a value with an order of its own."""
        return None

    def check(self, lab: Lab, left: Sequence[Step]) -> None:
        """Assert what must hold now, with these steps left."""

    def end(self, lab: Lab) -> None:
        """Assert what must hold at the end."""


class Lab:
    """A store, and followers, after the first steps of a path."""

    def __init__(self, world: World, followers: Sequence[Follower]) -> None:
        self.world = world
        self.store = InMemoryOrderStore()
        self.followers = followers
        self.told: dict[str, ExecutionReport] = {}
        self.asked: list[str] = []
        for each in world.orders:
            self.store.add(each.first_id, "BTCUSDT", each.side, each.sent_lots, 500, 0, each.time_in_force)
        for follower in followers:
            follower.start(self)

    def do(self, step: Step) -> None:
        """Let a step happen."""
        change = None
        if step.tell is not None:
            change = self.store.apply(step.tell)
        elif step.ask is not None:
            ask = step.ask
            self.store.request(step.client_id, ask.request_id, ask.replace, ask.qty_lots)
            self.asked.append(ask.request_id)
        for follower in self.followers:
            follower.follow(self, step, change)
        if step.tell is not None:
            self.told[step.tell.exec_id] = step.tell

    def order(self, client_id: str) -> Order:
        """Return an order of the world."""
        found = self.store.get(client_id)
        assert found is not None, f"{client_id} is not in the store"
        return found

    def check(self, left: Sequence[Step]) -> None:
        """Assert whatever the followers assert of this state."""
        for follower in self.followers:
            follower.check(self, left)
            if not left:
                follower.end(self)

    def key(self) -> object:
        """Return the state: of each order all there is inside it, where it is filed, the followers'."""
        index = self.store._index
        return (
            tuple([_inside(order) for order in self.store.all_orders()]),
            tuple(sorted(index.open)),
            tuple(sorted([(known_as, order.client_id) for known_as, order in index._by_id.items()])),
            tuple(sorted([(known_as, *_names(orders)) for known_as, orders in index._at_venue.items()])),
            tuple([_inside(order) for order in self.store.strangers()]),
            tuple([follower.key() for follower in self.followers]),
        )


def _names(orders: Sequence[Order]) -> list[str]:
    return [order.client_id for order in orders]


_NO_STATE = ("_stands", "after")


def _inside(value: object) -> object:
    """Return all that an object holds as nested tuples; the order of a dictionary's keys is none of it.

    Only a redenomination looks at that order, and no world has one. Left out is what the future
    does not depend on: what is computed from the rest and kept until the rest changes, and how
    many reports had come before a request, which only tells a snapshot where to repeat it.
    """
    if value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, ExecutionReport):
        return value.exec_id
    if isinstance(value, dict):
        return tuple(sorted([(key, _inside(item)) for key, item in value.items()]))
    if isinstance(value, (list, tuple)):
        return tuple([_inside(item) for item in value])
    names = vars(value) if hasattr(value, "__dict__") else type(value).__mypyc_attrs__  # type: ignore[attr-defined]
    return tuple([(name, _inside(getattr(value, name))) for name in sorted(names) if name not in _NO_STATE])


class Violation(Exception):
    """A state that must not be, and a shortest path to it."""

    def __init__(self, world: World, path: Sequence[int], what: str) -> None:
        super().__init__(what)
        self.world = world
        self.path = [world.steps[number].name for number in path]
        self.what = what


class Explored(NamedTuple):
    """How much there was: states, steps taken between them, arrivals at a known state, paths."""

    nodes: int
    edges: int
    merges: int
    paths: int


class _Node:
    def __init__(self, path: tuple[int, ...], done: int, left: tuple[int, ...]) -> None:
        self.path = path
        self.done = done
        self.left = left
        self.children: list[_Node] = []
        self.paths = 0


def explore(world: World, follow: Callable[[], Sequence[Follower]]) -> Explored:
    """Go through every state of a world; raise `Violation` at the first that must not be.

    `follow` makes new followers; a path is walked again from its start for every step beyond it.
    """

    known: dict[object, _Node] = {}
    queue: deque[_Node] = deque()

    def arrive(path: tuple[int, ...], done: int, left: tuple[int, ...]) -> _Node:
        """Walk a path; return the node that it leads to, checked if it is a new one."""
        try:
            lab = Lab(world, follow())
            for number in path:
                lab.do(world.steps[number])
            key = lab.key(), left
            node = known.get(key)
            if node is None:
                lab.check([world.steps[number] for number in left])
                node = known[key] = _Node(path, done, left)
                queue.append(node)
        except AssertionError as error:
            raise Violation(world, path, str(error).split("\n")[0]) from error
        return node

    start = arrive((), 0, world.left(0, range(len(world.steps))))
    edges = 0
    while queue:
        node = queue.popleft()
        for number in world.ready(node.left):
            edges += 1
            done = node.done | 1 << number
            node.children.append(arrive((*node.path, number), done, world.left(done, node.left)))
    # Every step leaves fewer steps, so that a node's children are counted before it is.
    for node in sorted(known.values(), key=lambda one: len(one.left)):
        node.paths = sum(child.paths for child in node.children) if node.children else 1
    return Explored(len(known), edges, edges - (len(known) - 1), start.paths)
