"""Workload W: one synthetic stream and one task, the same for every engine that is measured."""
