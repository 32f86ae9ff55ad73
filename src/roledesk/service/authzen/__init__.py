"""AuthZEN Authorization API 1.0, answered before the framework."""
