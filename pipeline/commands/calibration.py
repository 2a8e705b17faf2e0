"""`mingcha calibration`: can the shoppers be trusted, from a publication."""

from __future__ import annotations

import json
from math import ceil
from typing import Annotated, Any

import typer

from pipeline.commands.opening import period_of, publication_of
from pipeline.commands.session import Session
from pipeline.commands.telling import telling

TABLES = {
    "items": "item_agreement",
    "reliability": "visit_reliability",
    "shoppers": "shopper_calibration",
    "excluded": "excluded_visit",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="calibration", help="暗访员校准：一致性、松紧、所需次数 · shoppers")(
        calibration
    )


def calibration(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    revision: Annotated[int | None, typer.Option("--revision")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · one JSON document")] = False,
) -> None:
    """Exit 0; 1 not published, 2 no such period. Shoppers by the publication's pseudonyms."""
    session: Session = ctx.obj
    with telling(session):
        publication = publication_of(session, period_of(period), revision)
        found: dict[str, Any] = {"period": publication.period, "revision": publication.revision}
        for name, table in TABLES.items():
            found[name] = json.loads(publication.table(table).write_json())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines(session, found)))


def lines(session: Session, found: dict[str, Any]) -> list[str]:
    """What matters, one line each: reliability, items to be reworded, who stands out, excluded."""
    head = session.say("截至期末十二个月", "The twelve months that end with the period")
    low = [r for r in found["items"] if r["status"] == "below_floor" or r["left_out"]]
    return [
        head,
        *(_reliability(session, row) for row in found["reliability"]),
        *(_item(session, row) for row in low),
        *(_shopper(session, row) for row in found["shoppers"] if row["differs"]),
        *(_excluded(session, row) for row in found["excluded"]),
    ]


def _reliability(session: Session, row: dict[str, Any]) -> str:
    group = session.say("全省", "the province") if row["group"] == "all" else row["group"]
    icc, who = _interval(row), f"{row['edition']} {group}"
    if row["basis"] == "visits":
        needed = "—" if row["needed"] is None else ceil(row["needed"])  # visits are whole
        return session.say(
            f"{who}：单次信度 {icc}，达到 0.80 需暗访 {needed} 次",
            f"{who}: one visit {icc}, visits for 0.80: {needed}",
        )
    days = ("同日", "same day") if row["basis"] == "paired" else ("同轮不同日", "other days")
    return session.say(
        f"{row['edition']} 双人总分 ICC(A,1)：{icc}（{row['branches']} 对，{days[0]}）",
        f"{row['edition']} totals of pairs, ICC(A,1): {icc} ({row['branches']} pairs, {days[1]})",
    )


def _item(session: Session, row: dict[str, Any]) -> str:
    comma = session.say("，", ", ")
    figures = f"α {_interval(row, 'alpha')}{comma}AC1 {_number(row['ac1'], 2)}"
    out = session.say("，已决定不计入排名", ", left out of ranks") if row["left_out"] else ""
    return session.say("需改写：", "to be reworded: ") + f"{row['item_id']} {figures}{out}"


def _excluded(session: Session, row: dict[str, Any]) -> str:
    from audits.fabrication import SIGNALS  # numpy comes with it, to every command

    visit, signals = f"{row['scope']} {row['visit_date']}", [SIGNALS[s] for s in row["signals"]]
    return session.say(
        f"不计分的暗访：{visit}（{'、'.join(zh for zh, _ in signals)}）",
        f"visit not scored: {visit} ({', '.join(en for _, en in signals)})",
    )


def _shopper(session: Session, row: dict[str, Any]) -> str:
    more = row["shift"] > 0
    side = session.say("偏宽" if more else "偏严", "lenient" if more else "strict")
    shift = f"{row['shift']:+.1f} [{row['low']:+.1f}, {row['high']:+.1f}]"
    return session.say(
        f"{row['shopper']} {row['edition']} {side} {shift} 分（{row['visits']} 次）",
        f"{row['shopper']} {row['edition']} {side} {shift} points ({row['visits']} visits)",
    )


def _number(value: float | None, digits: int) -> str:
    return "—" if value is None else f"{value:.{digits}f}"


def _interval(row: dict[str, Any], value: str = "icc") -> str:
    low, high = _number(row["low"], 2), _number(row["high"], 2)
    return f"{_number(row[value], 2)} [{low}, {high}]"
