"""`mingcha publish`: a new revision of a period."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from pipeline.commands.session import Session
from pipeline.commands.working import worked
from pipeline.periods import kind_of
from pipeline.publishing.soundness import mended, mends, not_compared, unread
from pipeline.reports.words import over_formal

SHOWN = 5  # changed cells printed for a person; --json has all


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="publish", help="发布一个期间的新修订版 · publish a new revision")(publish)


def publish(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    stage: Annotated[str, typer.Option("--stage", help="preview | formal")] = "preview",
    cascade: Annotated[
        bool, typer.Option("--cascade", help="同时重发受影响的期间 · also what becomes stale")
    ] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="只看会改变什么，不发布 · say what would change")
    ] = False,
    early: Annotated[
        str, typer.Option("--early", help="核对期未满即正式通报的理由 · why before its time")
    ] = "",
    who: Annotated[str, typer.Option("--as", help="谁决定提前：姓名/head · who decides that")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON · one JSON document")] = False,
) -> None:
    """Publish and say what changed against the former revision; with --rehearse only say it."""
    session: Session = ctx.obj
    if rehearse:
        told = worked(session, "rehearse", {"period": period, "stage": stage}).result
        typer.echo(json.dumps(told, ensure_ascii=False) if as_json else _rehearsed(session, told))
        return
    request: dict[str, Any] = {"period": period, "stage": stage, "cascade": cascade}
    request |= {"early": early, "as": who} if early else {}
    report = worked(session, "publish", request).result
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    for each in (report, *report["cascaded"]):
        _tell(session, each)
    if report["stale"]:
        names = "、".join(report["stale"])
        typer.echo(
            session.say(
                f"以下已发布期间依据的数据已变，需重新发布：{names}（或加 --cascade）。",
                f"These published periods rest on changed data and should be published again: "
                f"{', '.join(report['stale'])} (or use --cascade).",
            )
        )


def _damaged(session: Session, told: dict[str, Any]) -> list[str]:
    return [session.say(*not_compared(names))] if (names := unread(told)) else []


def _rehearsed(session: Session, told: dict[str, Any]) -> str:
    """What publishing now would do, in a few lines."""
    lines = [session.say(*told["summary"].values()), *over_formal(told, session.lang)]
    lines += _damaged(session, told)
    if told["refusal"]:
        lines.append(session.say(told["refusal"]["zh"], told["refusal"]["en"]))
    if told["stale"]:
        names = ", ".join(told["stale"])
        lines.append(
            session.say(f"随后需重新发布：{names}", f"To be published again after it: {names}")
        )
    waits = told["waiting"]
    lines.append(
        session.say(
            "待处理：系统中的申诉 {appeals}，申诉台账中的 {appeals_on_sheets}，复核 {reviews}，"
            "整改待审 {actions}。",
            "Open: {appeals} appeals here, {appeals_on_sheets} of the appeal sheets, {reviews} "
            "reviews, {actions} actions for the office.",
        ).format(**waits)
    )
    return "\n".join(lines)


def _tell(session: Session, report: dict[str, Any]) -> None:
    counts = report["counts"]
    stage = {"preview": "预发布", "formal": "正式通报"}[report["stage"]]
    typer.echo(
        session.say(
            f"已发布 {report['period']} 第 {report['revision']} 版（{stage}）："
            f"{counts['branches']} 个网点，"
            f"{counts['values']} 个指标值；业绩报表未报 {counts['not_reported']} 份，"
            f"待更正 {counts['pending_correction']} 份。",
            f"Published {report['period']} revision {report['revision']} ({report['stage']}): "
            f"{counts['branches']} branches, {counts['values']} values; "
            f"performance sheets not reported {counts['not_reported']}, "
            f"awaiting correction {counts['pending_correction']}.",
        )
    )
    if mends(report):
        typer.echo(session.say(*mended(report)))
    elif report["same_as"] is not None:
        typer.echo(
            session.say(
                f"没有新内容：与第 {report['same_as']} 版阶段、内容完全相同，没有任何数字改变。",
                f"Nothing new: stage and content are those of revision {report['same_as']}; "
                "no number has changed.",
            )
        )
    for said in (*over_formal(report, session.lang), *_damaged(session, report)):
        typer.echo(said)
    _tell_gaps(session, report["period"], counts)
    _tell_procedure(session, report)
    typer.echo(f"{report['path']}\n{report['content_hash']}")
    if report["restatements"] or counts["restated_values"]:
        _tell_restated(session, report)


def _tell_gaps(session: Session, period: str, counts: dict[str, Any]) -> None:
    """What figures speak for where sheets are not there: of a month from half of them on, of
    longer periods from the first on, since a branch has no figure of a period it reported in part.
    """
    there = counts["reported"] + counts["late"]
    owed = counts["not_reported"] + counts["pending_correction"]
    due = there + owed
    if kind_of(period) != "month" and owed:
        typer.echo(
            session.say(
                f"注意：期内应报业绩报表 {due} 份（每网点每月一份），还缺 {owed} 份。缺月的网点本期"
                "自报指标不出数，不参与比较；上级机构的合计只含已报月份，合计额不与上期比较。"
                f"请先催报（mingcha status --period {period}），补报后重新发布。",
                f"Mind: of {due} performance sheets due in the period (one a branch and month) "
                f"{owed} are not there. A branch that owes a month has no self-reported figures of "
                "this period and is not compared; sums of nodes above hold the reported months "
                "alone, and totals are not compared with the period before. Chase the others "
                f"(mingcha status --period {period}) and publish again.",
            )
        )
    elif due and there * 2 < due:
        typer.echo(
            session.say(
                f"注意：期末月份应报 {due} 个网点，只有 {there} 个已报，"
                "各项自报指标只代表已报网点。"
                "请先催报（mingcha status），补报后重新发布。",
                f"Mind: of {due} branches due in the last month only {there} have reported; "
                "self-reported metrics speak for those alone. Chase the others (mingcha status) "
                "and publish again.",
            )
        )


def _tell_procedure(session: Session, report: dict[str, Any]) -> None:
    check, appeals = report["check"], report["appeals"]
    if check is not None and check["until"]:
        done = f"{check['confirmed']}/{check['branches']}"
        typer.echo(
            session.say(
                f"已核对 {done}，核对期至 {check['until'] or '—'}。",
                f"Confirmed by {done} branches; the check period lasts until "
                f"{check['until'] or '-'}.",
            )
        )
    if appeals["filed"]:
        typer.echo(
            session.say(
                "申诉 {filed} 项：成立 {upheld}，部分成立 {partly}，不成立 {rejected}，"
                "待处理 {pending}。",
                "{filed} appeals: {upheld} upheld, {partly} partly, {rejected} rejected, "
                "{pending} pending.",
            ).format(**appeals)
        )


def _tell_restated(session: Session, report: dict[str, Any]) -> None:
    cells, values = report["counts"]["changed_cells"], report["counts"]["restated_values"]
    typer.echo(
        session.say(
            f"数据修订：{cells} 处来源单元格有变，{values} 个已发布数值随之改变。",
            f"Restated: {cells} source cells changed, and {values} published values with them.",
        )
    )
    lines = list(_restated_lines(session, report["restatements"]))
    for line in lines[:SHOWN]:
        typer.echo(f"  {line}")
    if len(lines) > SHOWN or cells > len(report["restatements"]):
        typer.echo(session.say("  … 全部见 --json 或通报的数据修订", "  … all with --json"))


def _restated_lines(session: Session, entries: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each cell that changed; rows that came or went are counted: with a visit that is
    not scored sixty of them go."""
    rows = Counter(
        (e["branch_code"], e["period"], e["change"]) for e in entries if e["column"] is None
    )
    for (branch, period, change), n in rows.items():
        said = session.say(*_ROWS[change]).format(n=n)
        yield f"{branch or ''} {period or ''} {said}".strip()
    for e in (e for e in entries if e["column"] is not None):
        place = f"{e['sheet']}!{e['cell'] or e['row']}"
        yield (
            f"{e['branch_code']} {e['period']} {_named(session, e)} {place} {e['old']} → {e['new']}"
        )


_ROWS = {"added": ("新增 {n} 行", "{n} rows added"), "removed": ("删去 {n} 行", "{n} rows removed")}


def _named(session: Session, entry: dict[str, Any]) -> str:
    """The column that changed, by the header people know it by."""
    from pipeline.sheets import kinds

    own = (k for k in kinds().values() if k.table == entry["table"])
    known = {c.id: session.say(c.zh, c.en) for k in own for c in (*k.columns, *k.head)}
    return known.get(entry["column"], str(entry["column"]))
