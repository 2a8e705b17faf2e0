"""Fuzzing of the untrusted edge. Not part of `make test`: `make fuzz` runs it by the clock."""
