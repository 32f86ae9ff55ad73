"""The access core: the rule, as pure functions over immutable values.

Standard library only; no clock, no files, no logging. A moment is a float:
seconds since 1970-01-01 UTC. Not here: loading and saving (store/), the clock
and the cache (engine/).
"""
