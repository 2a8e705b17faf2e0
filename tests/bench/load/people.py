"""What people do at the dashboard, over and over: readers who look about, clerks who upload."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.load.client import Failed, Session, opened

THINK = 3.0  # seconds between two acts of a reader, on average
BETWEEN = 15.0  # seconds between two uploads of one clerk
_ACTS = ("", "branch", "adoption", "actions", "effect", "metrics", "completeness")


@dataclass
class Seen:
    """Seconds of reruns, of first loads and of uploads; what went wrong."""

    reruns: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def reader(address: str, number: int, until: float, seen: Seen, cookie: str = "") -> None:
    """Opens the league, then pages, periods and peer groups, until the time is up."""
    chance = random.Random(number)
    try:
        async with opened(address, cookie=cookie) as session:
            seen.first.append(await session.run())
            while time.monotonic() < until:
                await asyncio.sleep(chance.uniform(0.5 * THINK, 1.5 * THINK))
                seen.reruns.append(await _look(session, chance))
    except (Failed, OSError, TimeoutError) as error:
        seen.errors.append(f"reader {number}: {error}")


async def _look(session: Session, chance: random.Random) -> float:
    pages = [p for p in _ACTS if p in session.pages]
    selects = [e for e in session.elements.values() if e.kind == "selectbox" and len(e.options) > 1]
    chosen = [e for e in selects if not e.id.endswith(("-demo_role", "-publication_choice"))]
    if chosen and chance.random() < 0.5:
        element = chance.choice(chosen)
        session.put(id=element.id, string_value=chance.choice(element.options))
        return await session.run()
    session.widgets = {i: w for i, w in session.widgets.items() if i.endswith("-demo_role")}
    return await session.go(chance.choice(pages))


async def clerk(
    address: str, number: int, sheets: Sequence[Path], until: float, seen: Seen, cookie: str = ""
) -> None:
    """Uploads one workbook after another until the time is up."""
    chance = random.Random(1000 + number)
    try:
        async with opened(address, cookie=cookie) as session:
            seen.first.append(await session.run())
            seen.reruns.append(await session.go("upload"))
            for sheet in sheets:
                if time.monotonic() > until:
                    return
                seen.uploads.append(await session.upload(sheet.name, sheet.read_bytes()))
                await asyncio.sleep(chance.uniform(0.5 * BETWEEN, 1.5 * BETWEEN))
    except (Failed, OSError, TimeoutError) as error:
        seen.errors.append(f"clerk {number}: {error}")


async def first_loads(address: str, count: int, cookie: str = "") -> list[float]:
    """Seconds from opening the socket to the end of the first run, of `count` people at once."""

    async def one() -> float:
        began = time.perf_counter()
        async with opened(address, cookie=cookie) as session:
            await session.run()
            return time.perf_counter() - began

    return list(await asyncio.gather(*(one() for _ in range(count))))
