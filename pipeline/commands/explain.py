"""`mingcha explain`: from a published value to the cells it came from."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import statuses
from pipeline.china_time import china_time
from pipeline.commands.discretion import discreet_document
from pipeline.commands.numbers import plain
from pipeline.commands.opening import period_of, publication_of
from pipeline.commands.rank import TIERS
from pipeline.commands.session import PARTLY, Session
from pipeline.commands.telling import telling
from pipeline.publishing.soundness import refuse_changed

if TYPE_CHECKING:
    from pipeline.folders import DataFolder
    from pipeline.publication import Publication

RANK = "rank"  # explained by the visits that entered
EFFECT = "effect."  # before a metric: what the introduction did to it

FEW = 40  # up to so many rows each is shown; beyond, totals per branch (--all, --json: all)
EXAMPLES = 3  # rows shown to the cell where there are more
_NAMES = {
    "numerator": ("分子", "numerator"),
    "denominator": ("分母", "denominator"),
    "amount": ("数额", "amount"),
    "minuend": ("被减数", "minuend"),
    "subtrahend": ("减数", "subtrahend"),
    "less_numerator": ("减去：分子", "less: numerator"),
    "less_denominator": ("减去：分母", "less: denominator"),
    "by_numerator": ("除以：分子", "divided by: numerator"),
    "by_denominator": ("除以：分母", "divided by: denominator"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="explain", help="溯源：数值来自哪些单元格 · cells behind a value")(explain)


def explain(
    ctx: typer.Context,
    metric: Annotated[
        str,
        typer.Argument(
            help="指标、rank（名次）或 effect.指标（导入成效）· metric id, rank, or effect.metric"
        ),
    ],
    scope: Annotated[str, typer.Option("--scope", help="机构代码或 peer:组 · code or peer:group")],
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    revision: Annotated[int | None, typer.Option("--revision")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="逐个单元格全部列出 · every cell, however many")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · one JSON document")] = False,
) -> None:
    """Formula, components, rows and cells of one published value."""
    session: Session = ctx.obj
    with telling(session):
        wanted = period_of(period)
        publication = publication_of(session, wanted, revision)
        refuse_changed(publication)
        found = _found(publication, metric, scope, wanted, session.folder)
        found = discreet_document(session.folder, found)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(_told(session, metric, found, every)))
    if found.get("damaged"):
        _tell_damaged(session, found)
        raise typer.Exit(PARTLY)


def _tell_damaged(session: Session, found: dict[str, Any]) -> None:
    """Originals that could not be read again: the figures stand, the look into the file not."""
    cells = (c for part in found["components"] for row in part["rows"] for c in row["cells"])
    names = {c["sha256"]: c["file"] for c in cells}
    for sha256 in found["damaged"]:
        typer.echo(
            session.say(
                f"归档原件 {names[sha256]}（{sha256[:12]}）缺失或已被改动，无法重读："
                "其单元格的数是入库时读到的。请用备份恢复（mingcha restore），或重新报送原文件；"
                "详见 mingcha verify。",
                f"The archived original {names[sha256]} ({sha256[:12]}) is gone or was changed and "
                "could not be read again: its cells are told as they were read when it was taken "
                "in. Bring back a backup (mingcha restore) or send the original again; see mingcha "
                "verify.",
            ),
            err=True,
        )


def _found(
    publication: Publication, metric: str, scope: str, period: str, folder: DataFolder
) -> dict[str, Any]:
    if metric.startswith(EFFECT):
        from pipeline.explaining.effect import explain_effect

        return explain_effect(publication, metric, scope, period)
    if metric == RANK:
        from pipeline.explaining.rank import explain_rank

        return explain_rank(publication, scope, period, folder=folder)
    from pipeline.explain import explain as run

    return run(publication, metric, scope, period, folder=folder)


def _told(session: Session, metric: str, found: dict[str, Any], every: bool) -> list[str]:
    if metric.startswith(EFFECT):
        return effect_lines(session, found)
    return rank_lines(session, found) if metric == RANK else lines(session, found, every)


def effect_lines(session: Session, found: dict[str, Any]) -> list[str]:
    """An effect as lines: the cells that were averaged, then the branches that entered."""
    lang, say = session.lang, session.say
    told = [
        f"{found['name'][lang]} · {found['of']} · {found['period']}-r{found['revision']}",
        found["reason"][lang],
    ]
    for c in found["cells"]:
        told.append(
            f"├ {c['cohort']} → {c['time']} ({c['event']:+d}): {_short(c['estimate'])} = "
            f"{_short(c['introduced']['change'])} ({c['introduced']['branches']}) − "
            f"{_short(c['control']['change'])} ({c['control']['branches']})"
            + (
                say(f"，权重 {c['weight']:.4f}", f", weight {c['weight']:.4f}")
                if c["weight"]
                else ""
            )
        )
    for b in found["branches"]:
        names = {"introduced": say("已导入", "introduced"), "control": say("对照", "control")}
        roles = "/".join(names[r] for r in b["enters_as"])
        values = " ".join(f"{v['period']}={_short(v['value'])}" for v in b["values"])
        told.append(f"│ ├ {b['scope']} {b['cohort'] or '—'} {roles}: {values}")
    if found["cells"] and not found["branches"]:
        zh, en = "没有网点参加比较", "no branch of it entered"
        told.append(say(f"│ （{found['scope']}：{zh}）", f"│ ({found['scope']}: {en})"))
    if found["branches"]:
        code = f"mingcha explain {found['of']} --scope … --period …"
        told.append(say(f"每个数值再往下追溯：{code}", f"Each value goes further down: {code}"))
    return told


def rank_lines(session: Session, found: dict[str, Any]) -> list[str]:
    """A rank as lines: what came out in each group, then the visits that entered."""
    head = f"{found['name'][session.lang]} · {found['scope']} · {found['period']}"
    told = [f"{head}-r{found['revision']}", found["explanation"][session.lang]]
    told += [_group(session, group) for group in found["groups"]]
    count, since = len(found["visits"]), found["since"]
    score, variance = _short(found["score"]), _short(found["visit_variance"])
    told.append(
        session.say(
            f"├ 得分 {score} = {count} 次暗访减去各轮整体高低后的平均（自 {since} 起）；"
            f"一次暗访的误差方差 {variance}",
            f"├ score {score} = mean of {count} visits less what was general in their round "
            f"(since {since}); variance of one visit {variance}",
        )
    )
    for v in found["visits"]:
        sum_ = f"{_short(v['score'])} − ({_short(v['round_effect'])}) = {_short(v['entered'])}"
        place = f"{v['file']} · {v['sheet']}"
        told.append(f"│ ├ {v['visit_date']} {v['round']} {v['visit_id']}: {sum_}  ← {place}")
    code = f"mingcha explain adherence --scope {found['scope']} --period {found['period']}"
    told.append(session.say(f"各考核项到单元格：{code}", f"Each item down to its cell: {code}"))
    return told


def _group(session: Session, group: dict[str, Any]) -> str:
    interval = "—" if group["low"] is None else f"{group['low']}–{group['high']}"
    rank = "—" if group["rank"] is None else group["rank"]
    of, whole = group["of"], group["peer_group"] == "all"
    status = session.say(*statuses.RANK[group["status"]])
    name = session.say("全省", "province") if whole else group["peer_group"]
    tier = session.say(*TIERS.get(group["tier"], ("—", "—")))
    return session.say(
        f"├ {name}：等次 {tier}，名次区间 {interval}，名次 {rank} / {of}（{status}）",
        f"├ {name}: tier {tier}, rank interval {interval}, rank {rank} of {of} ({status})",
    )


def _short(value: float | None) -> str:
    return "—" if value is None else plain(value)


def lines(session: Session, found: dict[str, Any], every: bool = False) -> list[str]:
    """The explanation as a tree of lines; `every` cell, or some where there are many."""
    name, formula = found["name"][session.lang], found["formula"][session.lang]
    status = session.say(*statuses.VALUE[found["status"]])
    head = f"{found['metric']} {name} · {found['scope']} · {found['period']}-r{found['revision']}"
    value = _short(found["value"])
    shown = session.say(f"= {value}（{status}）", f"= {value} ({status})")
    told = [head, shown, *_why(session, found), session.say("公式：", "Formula: ") + formula]
    for component in found["components"]:
        told += _component(session, component, every)
    return told


def _why(session: Session, found: dict[str, Any]) -> list[str]:
    """Why there is no value; of a sum, what it is without."""
    if found["reason"] is not None:
        return [session.say(found["reason"]["zh"], found["reason"]["en"])]
    from pipeline.explaining.reasons import owing_line

    return [session.say(*owing_line(found["owed"]))] if found["owed"] else []


def _component(session: Session, component: dict[str, Any], every: bool) -> list[str]:
    rows = component["rows"]
    total = _number(component["value"])
    title = session.say(*_NAMES[component["name"]])
    counted = session.say(f"{len(rows)} 行", f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
    mean = component["mean_over_months"]
    by = session.say(f"，÷ {mean} 个月", f", ÷ {mean} months") if mean else ""
    source = f"{component['mart']}.{'+'.join(component['sources'])}"
    head = session.say(
        f"├ {title} {total}（{source}，{counted}{by}）",
        f"├ {title} {total} ({source}, {counted}{by})",
    )
    short = not every and len(rows) > FEW
    return [head, *(_totals(session, rows) if short else _rows(session, rows))]


def _rows(session: Session, rows: list[dict[str, Any]]) -> list[str]:
    told = []
    for row in rows:
        place = " ".join(str(v) for k, v in row.items() if k not in ("value", "cells"))
        told.append(f"│ ├ {place}: {_number(row['value'])}")
        for cell in row["cells"]:
            told += _cell(session, cell)
    return told


def _cell(session: Session, cell: dict[str, Any]) -> list[str]:
    place = f"{cell['file']}{_came(session, cell)} · {cell['sheet']}!{cell['cell']}"
    told = [f"│ │   {cell['column']} = {cell['value']}  ← {place}"]
    if (by := cell["corrected"]) is not None:
        said = session.say("申诉 {} 改判", "changed by appeal {}").format(by["appeal"])
        how = said if by["appeal"] else session.say("已更正", "corrected")
        told.append(
            session.say(
                f"│ │     {how}：“{by['old']}” → “{by['new']}”，{by['reason']}"
                f"（{by['actor']}，{china_time(by['at'])}）",
                f"│ │     {how}: {by['old']!r} -> {by['new']!r}, {by['reason']}"
                f" ({by['actor']}, {china_time(by['at'])})",
            )
        )
    return told


def _came(session: Session, cell: dict[str, Any]) -> str:
    """What tells files of one name apart: what they are about, and when they came."""
    if cell["received_at"] is None:
        return ""
    at = china_time(cell["received_at"])
    said = session.say(f"{at} 收到", f"received {at}")
    both = [part for part in (cell["file_period"], said) if part]
    return session.say(f"（{'，'.join(both)}）", f" ({', '.join(both)})")


def _totals(session: Session, rows: list[dict[str, Any]]) -> list[str]:
    sums: dict[str, float] = defaultdict(float)
    cells: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row["branch_code"]] += row["value"] or 0.0
        cells[row["branch_code"]] += len(row["cells"])
    told = [
        session.say(
            f"│ ├ {b}: {_number(v)}（{cells[b]} 个单元格）",
            f"│ ├ {b}: {_number(v)} ({cells[b]} cells)",
        )
        for b, v in sorted(sums.items())
    ]
    zh = "│ 举例，到单元格为止（全部列出请加 --all）："
    en = "│ some of them, down to the cell (--all lists every one):"
    told.append(session.say(zh, en))
    return told + _rows(session, [row for row in rows if row["cells"]][:EXAMPLES])


def _number(value: float | None) -> str:
    return "—" if value is None else plain(value, 10)
