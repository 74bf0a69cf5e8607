"""DOING ON PAPER: orders whose status is computed from what was reported about them."""

from tools.execution.order import Order

__all__ = ["Order"]
