"""Execution quality of a run: its orders and fills as plain columns, and what they say together."""

from tools.lab.quality.columns import Columns, QualityRun, fills, orders

__all__ = ["Columns", "QualityRun", "fills", "orders"]
