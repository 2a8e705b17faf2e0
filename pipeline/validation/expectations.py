"""The library's expectations as they are, without work that nobody asks for.

Great Expectations asks an expectation for its configuration some eighty times in a validation, and
assembles it anew each time: half the time of a batch. And with every count it looks for samples of
the values counted, which nobody reads here. Subclassing is its documented way to adapt.
"""

from __future__ import annotations

from functools import cache
from typing import Any

# Of what the library gathers, by form of the result: neither is part of a verdict.
_UNREAD = {"BASIC": "unexpected_values", "COMPLETE": "unexpected_index_query"}


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

    def needed(self: Any, *said: Any, **named: Any) -> Any:
        found = base.get_validation_dependencies(self, *said, **named)
        unread = _UNREAD.get(found.result_format["result_format"])
        found.metric_configurations.pop(f"{getattr(self, 'map_metric', None)}.{unread}", None)
        return found

    words = {
        "__module__": __name__,
        "__doc__": base.__doc__,
        "_made": PrivateAttr((None, None)),
        "configuration": property(configuration),
        "get_validation_dependencies": needed,
    }
    return type(f"Declared{name}", (base,), words)
