"""Faults put into a running Mingcha: kills, full disks, damaged files, two at once."""
