"""WORKING WITH RUNS: the command line, replay, report, verify, explain."""
