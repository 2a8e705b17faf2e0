"""Small files read together, step by step: each step of all of them before the next one of any.

The code of one step fits into a processor's nearest cache, that of all steps does not: file after
file, small ones take a quarter more time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

# Unpacked bytes of one that may wait for others: fifty wait at once, and what is made of a hostile
# one takes many times the room that it takes itself.
_SMALL = 256 << 10
_Result = TypeVar("_Result")
Steps = Generator[int, None, _Result]  # says after each step how many bytes it holds meanwhile


def in_turn(readings: Iterable[tuple[int, Iterator[int]]], touch: Callable[[int], None]) -> None:
    """Takes each (number, steps) to its end; `touch` is told the number before it goes on.

    What holds more than a small file goes to its end at once: no two of those are held together.
    """
    waiting = list(readings)
    while waiting:
        waiting = [reading for reading in waiting if _goes_on(*reading, touch)]


def _goes_on(number: int, steps: Iterator[int], touch: Callable[[int], None]) -> bool:
    """One step, or all that are left; whether there are more."""
    touch(number)
    held = next(steps, None)
    while held is not None and held > _SMALL:
        held = next(steps, None)
    return held is not None


def at_once(steps: Steps[_Result]) -> _Result:
    """What comes of them, without waiting for anybody."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: _Result = end.value
            return found
