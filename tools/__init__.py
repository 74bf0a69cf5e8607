"""Execution lab: how should a trading system behave before it is allowed to trade?

Rooms, in the order in which data flows through them: ``core`` (the words everyone
uses), ``observer`` (seeing), ``permission`` (may we), ``health`` (how safe), ``risk``
(how much), ``execution`` (doing it on paper), ``engine`` (the spine), ``live`` (an
exchange and a clock) and ``lab`` (working with runs).
"""

__version__ = "0.1.0"
