"""hftbacktest 2.4.4 beside this engine: `python -m peers` from `bench/`, or `make peers`.

Nothing outside this folder and its tests imports hftbacktest.
"""
