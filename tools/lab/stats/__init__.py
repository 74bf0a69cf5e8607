"""Report-only statistics, a file each: floats are allowed here, and nothing is decided on them.

Only ``+ - * /``, `math.sqrt` and `math.fsum` are used, and `decimal` where an exponential is needed,
which every machine rounds alike; sums of integers stay integers until the last step.
"""
