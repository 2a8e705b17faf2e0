"""Failures by address: a second bound beside the lock-out of accounts, against whoever tries one
password at many accounts.

A branch, or a whole city, may come by one address. So the bound grows with the accounts that have
signed in from there, and one forgetful colleague, whose account is locked after a few tries, does
not use it up: what is not looked at does not count. Kept in memory: a server that starts anew
begins with the smallest bound.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

WINDOW = 600.0  # seconds
FEWEST, FOR_EACH, MOST = 30, 10, 600  # failures within it: of an address, and for each account
_MOST_ADDRESSES = 10_000


@dataclass
class _Place:
    failures: deque[float] = field(default_factory=deque)
    accounts: set[str] = field(default_factory=set)  # that have signed in from here

    @property
    def bound(self) -> int:
        return min(FEWEST + FOR_EACH * len(self.accounts), MOST)


_places: OrderedDict[str, _Place] = OrderedDict()


def _place(address: str) -> _Place:
    """Those asked for longest ago are forgotten; an address that is asked for is not."""
    found = _places.setdefault(address, _Place())
    _places.move_to_end(address)
    while len(_places) > _MOST_ADDRESSES:
        _places.popitem(last=False)
    return found


def shut(address: str) -> bool:
    """Whether nothing from there is looked at for the moment."""
    place = _place(address)
    while place.failures and place.failures[0] < time.monotonic() - WINDOW:
        place.failures.popleft()
    return len(place.failures) >= place.bound


def tries(address: str) -> float:
    """Counts a try as a failure until it is :func:`forgiven`; its mark."""
    tried = time.monotonic()
    _place(address).failures.append(tried)
    return tried


def forgiven(address: str, tried: float) -> None:
    """It was none: the password was right, or was not looked at."""
    failures = _place(address).failures
    if tried in failures:
        failures.remove(tried)


def let_in(address: str, account: str) -> None:
    """Somebody has signed in from there."""
    accounts = _place(address).accounts
    if len(accounts) < MOST:
        accounts.add(account)


def forget() -> None:
    """As after a start of the server."""
    _places.clear()
