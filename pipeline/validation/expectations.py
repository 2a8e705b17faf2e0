"""The library's expectations as they are, but each puts its configuration together only once.

Great Expectations asks an expectation for its configuration some eighty times in a validation, and
assembles it anew each time: half the time of a batch. Subclassing is its documented way to adapt.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def expectation(name: str) -> Any:
    """The expectation class of that name, e.g. ExpectColumnValuesToBeBetween; under a type name of
    its own, so that the library's class stays what it is for anybody else.

    AttributeError if the library has no such expectation.
    """
    import great_expectations as gx
    from great_expectations.compatibility.pydantic import PrivateAttr

    base = getattr(gx.expectations, name)
    assemble = base.configuration.fget

    def configuration(self: Any) -> Any:
        made, known = self._made
        if made is None or known != self.__dict__:
            made = assemble(self)
            self._made = (made, dict(self.__dict__))
        return made

    words = {
        "__module__": __name__,
        "__doc__": base.__doc__,
        "_made": PrivateAttr((None, None)),
        "configuration": property(configuration),
    }
    return type(f"Declared{name}", (base,), words)
