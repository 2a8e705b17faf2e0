"""What people do at the dashboard, over and over: readers who look about, clerks who upload."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tests.bench.load.client import Failed, Session, opened
from tests.browser.people import person, token

THINK = 3.0  # seconds between two acts of a reader, on average
BETWEEN = 15.0  # seconds between two uploads of one clerk
_ACTS = ("", "league", "branch", "adoption", "actions", "effect", "metrics", "completeness",
         "trends", "comparison", "heatmap", "funnel")  # fmt: skip
# Who reads: mostly branch heads, as on the day of a circular.
_ROLES = ("branch",) * 7 + ("city", "office", "hq", "union", "head")


@dataclass
class Seen:
    """Seconds of reruns, of first loads, of uploads until their findings are told; what failed."""

    reruns: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def signed_in(data: Path, readers: int, clerks: int) -> tuple[list[str], list[str]]:
    """Accounts of so many readers and clerks of a published province, and cookies of theirs."""
    scope = pl.read_parquet(max((data / "publications").iterdir()) / "scope.parquet")
    nodes = {role: _codes(scope, role) for role in ("branch", "city")}
    found = []
    for number in range(readers + clerks):
        role = _ROLES[number % len(_ROLES)] if number < readers else "office"
        own = nodes.get(role)
        folder = person(data, f"p{number}", role, own[number % len(own)] if own else None)
        found.append(f"mingcha={token(folder.root, f'p{number}')}")
    return found[:readers], found[readers:]


def _codes(scope: pl.DataFrame, level: str) -> list[str]:
    return scope.filter(pl.col("level") == level)["scope"].sort().to_list()


async def reader(address: str, number: int, until: float, seen: Seen, cookie: str) -> None:
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
    if selects and chance.random() < 0.5:
        element = chance.choice(selects)
        session.put(id=element.id, string_value=chance.choice(element.options))
        return await session.run()
    session.widgets.clear()
    return await session.go(chance.choice(pages))


async def clerk(
    address: str, number: int, sheets: Sequence[Path], until: float, seen: Seen, cookie: str
) -> None:
    """Uploads one workbook after another and has it taken in, until the time is up."""
    chance = random.Random(1000 + number)
    try:
        async with opened(address, cookie=cookie) as session:
            seen.first.append(await session.run())
            seen.reruns.append(await session.go("upload"))
            for sheet in sheets:
                if time.monotonic() > until:
                    return
                taken = await session.upload(sheet.name, sheet.read_bytes())
                taken += await session.press("upload_start")  # ends when the findings are drawn
                if not any(sheet.stem in text.replace("\\", "") for text in session.text):
                    raise Failed(f"nothing is told of {sheet.name}: {session.text}")
                seen.uploads.append(taken)
                await asyncio.sleep(chance.uniform(0.5 * BETWEEN, 1.5 * BETWEEN))
    except (Failed, OSError, TimeoutError) as error:
        seen.errors.append(f"clerk {number}: {error}")


async def first_loads(address: str, count: int, cookies: Sequence[str] = ("",)) -> list[float]:
    """Seconds from opening the socket to the end of the first run, of `count` people at once."""

    async def one(cookie: str) -> float:
        began = time.perf_counter()
        async with opened(address, cookie=cookie) as session:
            await session.run()
            return time.perf_counter() - began

    return list(await asyncio.gather(*(one(cookies[n % len(cookies)]) for n in range(count))))
