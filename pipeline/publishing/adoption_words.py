"""Why a branch has its adoption status: one sentence each in 中文 and English, for its head."""

from __future__ import annotations

import polars as pl

from audits.statistics.adoption import Thresholds


def reasons(given: Thresholds) -> list[pl.Expr]:
    """Columns `zh` and `en` of table `adoption`, from its other columns."""
    return [_reason(given, "zh"), _reason(given, "en")]


def _reason(given: Thresholds, lang: str) -> pl.Expr:
    said = _ZH if lang == "zh" else _EN
    slots = {
        "days": str(given.introducing_days),
        "floor": f"{given.reliability_floor:.2f}",
        "alarm": f"{100 * given.false_alarm:.3g}%",
        "year": str(given.sustained_rounds),
    }
    text = {key: sentence.format(**slots) for key, sentence in said.items()}
    tested = pl.col("p").is_not_null()
    baseline, latest = pl.col("baseline").round(1), pl.col("latest").round(1)
    counts = [pl.col(c).cast(pl.Int64) for c in ("latest_visits", "baseline_visits")]
    compared = pl.format(text["compared"], counts[0], latest, baseline, counts[1])
    down = pl.format(text["down"], (-pl.col("change")).round(1), (-pl.col("high")).round(1),
                     (-pl.col("low")).round(1))  # fmt: skip
    step = pl.when(pl.col("first_step").is_not_null()).then(
        pl.format(text["step"], f"step_{lang}", "step_since")
    )
    fallen = pl.when(tested).then(compared + down).otherwise(pl.lit(text["no_visit"]))
    new = pl.when("warned").then(pl.lit(text["alarm"])).otherwise(pl.lit(text["still"]))
    status = pl.col("status")
    return (
        pl.when(status == "not_introduced").then(pl.lit(text["not_introduced"]))
        .when(status == "introducing").then(pl.lit(text["introducing"]))
        .when(status == "insufficient")
        .then(pl.format(text["insufficient"], pl.col("reliability").round(2)))
        .when(status == "relapsed")
        .then(fallen + new + step.otherwise(pl.lit(text["no_step"])))
        .when(~tested).then(pl.lit(text["no_baseline"]))
        .when(status == "sustained").then(compared + pl.lit(text["sustained"]))
        .otherwise(compared + pl.lit(text["consolidating"]))
        .alias(lang)
    )  # fmt: skip


# {{}} is filled for each branch, {name} once
_ZH = {
    "not_introduced": "尚未导入。",
    "introducing": "导入不满 {days} 天，暂不判断是否稳固。",
    "insufficient": "近四轮暗访太少，得分信度 {{}}，低于门槛 {floor}，不足以判断。",
    "no_baseline": "自身基线还在形成，下一轮起可作比较。",
    "no_visit": "本轮没有暗访，维持上一轮的判断。",
    "compared": "最近 {{}} 次暗访平均 {{}} 分，自身基线 {{}} 分（{{}} 次）",
    "down": "，低 {{}} 分（95% 区间：低 {{}} 至 {{}} 分）",
    "alarm": "；若无变化，这样的预警每轮约有 {alarm} 的网点会碰上。",
    "still": "；尚未连续回到基线附近，维持“回落”。",
    "step": "最先下滑的是“{{}}”（{{}}）。",
    "no_step": "没有哪一步单独下滑得特别明显。",
    "sustained": "，没有低于基线；一年内没有需要关注的信号。",
    "consolidating": "，没有显著下滑；连续 {year} 轮没有需要关注的信号，即转为常态化。",
}
_EN = {
    "not_introduced": "Not introduced yet.",
    "introducing": "Introduced less than {days} days ago: too early to say whether it holds.",
    "insufficient": "Too few visits in the last four rounds: reliability {{}}, below the floor of "
    "{floor}. Nothing can be said.",
    "no_baseline": "Its own baseline is still forming; it can be compared from the next round on.",
    "no_visit": "Not visited in this round: the former judgement stands.",
    "compared": "The latest {{}} visits average {{}} points against an own baseline of {{}} "
    "({{}} visits)",
    "down": ", {{}} points lower (95% interval: {{}} to {{}} lower)",
    "alarm": "; of branches without any change about {alarm} are warned of in a round. ",
    "still": "; not back near the baseline in a row yet, so it stays relapsed. ",
    "step": "First to slip: {{}} ({{}}).",
    "no_step": "No single step stands out.",
    "sustained": ", not below it; no signal of concern for a year.",
    "consolidating": ", no clear fall; after {year} rounds without a signal of concern it "
    "counts as sustained.",
}
