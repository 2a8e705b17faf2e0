"""Timings as ratios against a named baseline in the same run. Outside `make test`."""
