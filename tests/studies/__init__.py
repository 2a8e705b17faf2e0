"""Simulations too long for `make test`: `make studies STUDY=name`. Each prints its figures."""
