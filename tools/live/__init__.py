"""AN EXCHANGE AND A CLOCK: exchange clients, the order store, the execution loop, feeds."""

from tools.core.events import Quote, Side
from tools.core.instrument import Instrument
from tools.core.orders import Intent, OpenOrder, OrderChange, OrderStatus, RefusedOrder
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.execution.order import Order
from tools.live.exchange import FakeExchangeClient
from tools.live.execution_loop import ExecutionLoop, ShadowParams, run_shadow_demo
from tools.live.order_store import InMemoryOrderStore, OrderState, state_of
from tools.live.ports import Clock, IExchangeClient, Simulated
from tools.risk import ApprovedOrder, RuntimeRiskMonitor

__all__ = [
    "ApprovedOrder",
    "Clock",
    "ExecutionLoop",
    "ExecutionReport",
    "FakeExchangeClient",
    "IExchangeClient",
    "InMemoryOrderStore",
    "Instrument",
    "Intent",
    "Liquidity",
    "OpenOrder",
    "Order",
    "OrderChange",
    "OrderState",
    "OrderStatus",
    "Quote",
    "RefusedOrder",
    "ReportKind",
    "RuntimeRiskMonitor",
    "ShadowParams",
    "Side",
    "Simulated",
    "run_shadow_demo",
    "state_of",
]
