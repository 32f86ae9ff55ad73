"""Comparisons with named peers, in one run, runnable by anyone: `make bench`."""
