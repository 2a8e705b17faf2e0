"""The overall judgement (总体判断): what the province did, and what of it is more than chance."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.periods import months_of
from pipeline.reports.blocks import Block, Chart, Evidence, Reckoned, Sentence, Series
from pipeline.reports.branch_rows import ALL
from pipeline.reports.figures import PRESENT, Figures, Language, quoted
from pipeline.reports.movement import clause, movement
from pipeline.reports.procedure_blocks import awaiting
from pipeline.reports.saying import direction, join, period_words, pp, rare, say, share, whole
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word
from pipeline.ruler import changed

MAIN = "adherence"


def overall(f: Figures, lang: Language) -> list[Block]:
    """The paragraphs of the judgement and the trend."""
    told: list[Block] = [
        join(lang, headline(f, lang), visited(f, lang)),
        *awaiting(f, lang),
        *ruler(f, lang),
        *former_circular(f, lang),
        tiers(f, lang),
        join(lang, rollout(f, lang), *steps_and_words(f, lang)),
        join(lang, *vetoes(f, lang)),
        *trend(f, lang),
    ]
    return said(told)


def said(blocks: list[Block]) -> list[Block]:
    """Without paragraphs that had nothing to say."""
    return [b for b in blocks if not isinstance(b, Sentence) or b.text]


def headline(f: Figures, lang: Language, scope: str | None = None) -> Sentence:
    """Adherence of a node, and how it compares with the period before."""
    m = movement(f, MAIN, scope)
    if m.now.value is None:
        return say(lang, "s_no_adherence", period=period_words(f.period, lang))
    period = period_words(f.period, lang)
    value = share(m.now)
    if scope is not None and scope != f.root:
        name = f.name(scope)
        return say(
            lang, "s_own_adherence", period=period, name=name, value=value, change=clause(lang, m)
        )
    return say(lang, "s_adherence", period=period, value=value, change=clause(lang, m))


def covert(f: Figures) -> list[str]:
    """Editions of the covert instrument."""
    table = f.table("edition")
    return table.filter(pl.col("instrument") == "covert")["edition"].unique().sort().to_list()


def visited(f: Figures, lang: Language) -> Sentence:
    """Covert visits with a score in the period itself, and the branches they went to."""
    made: dict[str, Any] = {"period": f.months, "status": "ok", "edition": covert(f)}
    return say(
        lang,
        "s_visited",
        visits=whole(f.count("visit_score", **made)),
        branches=whole(f.count("visit_score", distinct="scope", **made)),
    )


def ruler(f: Figures, lang: Language) -> list[Block]:
    """Where another edition took over since the period before began."""
    since, until = months_of(f.former)[0], months_of(f.period)[-1]
    told: list[Block] = []
    for r in changed(f.publication, "covert"):
        if since < r.first <= until:
            counts = {
                k: whole(Reckoned(n, f"document: bridge of edition {r.edition.id}: {k}"))
                for k, n in r.changes.items()
            }
            month = period_words(r.first, lang)
            told.append(say(lang, "ruler", month=month, edition=r.edition.id, **counts))
    return told


def former_circular(f: Figures, lang: Language) -> list[Block]:
    """What the former circular said, where the same figure is otherwise now; and how much is."""
    former = f.publication.manifest.get("former_circular")
    if not former:
        return [say(lang, "s_no_former")] if f.at(MAIN, period=f.former).value is not None else []
    name = {"period": period_words(former["period"], lang), "revision": str(former["revision"])}
    if not former["restated"]:
        return [say(lang, "s_former_same", **name)]
    said = [say(lang, "s_former", **name, n=whole(f.told("former_circular", "restated")))]
    now, before = f.at(MAIN, period=f.former), former["told"].get(MAIN)
    apart = before is not None and now.value is not None and abs(now.value - before)
    if apart and apart >= thresholds().restated_shown:
        then = f.told("former_circular", "told", MAIN)
        digits = 1 if share(then).text != share(now).text else 2  # 95.95 and 96.04 are both 96.0
        said.append(say(lang, "s_former_apart", then=share(then, digits), now=share(now, digits)))
    else:
        said.append(say(lang, "s_former_little"))
    return [join(lang, *said)]


def tiers(f: Figures, lang: Language) -> Sentence:
    """How many branches can be told from the provincial average at all."""
    ranked = {"period": f.period, "peer_group": ALL}
    known = f.count("rank", low=PRESENT, **ranked)
    if not known.value:
        return say(lang, "s_tiers_none")
    counts = {t: whole(f.count("rank", tier=t, **ranked)) for t in ("above", "average", "below")}
    query = f"{known.query.replace('count(*)', '0.025 * count(*)')}"
    chance = rare(Reckoned(0.025 * known.value, query))
    return say(lang, "s_tiers", of=whole(known), chance=chance, **counts)


def rollout(f: Figures, lang: Language) -> Sentence | None:
    """How far the introduction has come; nothing where no branch is in scope."""
    e = f.at("rollout_coverage")
    return None if e.value is None else say(lang, "s_rollout", rollout=share(e))


def steps_and_words(f: Figures, lang: Language) -> list[Sentence]:
    """Seven steps, and the one sentence: observed beside reported. What is missing is left out."""
    steps, gap = f.at("seven_steps_complete"), f.at("speak_up_gap")
    observed, reported = f.at("observed_speak_up"), f.at("reported_speak_up")
    said = [] if steps.value is None else [say(lang, "s_steps", steps=share(steps))]
    if observed.value is None or reported.value is None or gap.value is None:
        one = (("s_observed", observed), ("s_reported", reported))
        return said + [say(lang, k, value=share(e)) for k, e in one if e.value is not None]
    told = {"observed": share(observed), "reported": share(reported), "gap": pp(gap, signed=False)}
    side = direction(gap)
    if side == "same":
        del told["gap"]
    low, high = f.limits(gap)
    if low is None or high is None:
        return [*said, say(lang, f"s_speak_up_{side}", **told)]
    place = f"metric = {quoted(gap.metric)} AND scope = {quoted(f.root)}"
    query = f"FROM metric_value WHERE {place} AND period = {quoted(f.period)}"
    limits = {
        name: pp(Reckoned(value, f"SELECT {name} {query}"))
        for name, value in (("low", low), ("high", high))
    }
    return [*said, say(lang, f"s_speak_up_{side}_interval", **limits, **told)]


def vetoes(f: Figures, lang: Language) -> list[Sentence]:
    """Visits with a veto, and what became of corrective actions."""
    rate = f.at("veto_rate")
    if rate.value is None:
        return []
    visits: dict[str, Any] = {"period": f.months, "edition": covert(f), "status": "ok"}
    capped = whole(f.count("visit_score", veto=[1, 2], **visits))
    return [say(lang, "s_veto", veto=share(rate), n=whole(f.numerator(rate)), capped=capped)]


def trend(f: Figures, lang: Language, metric: str = MAIN, id: str = "trend") -> list[Block]:
    """A line over the last periods, with what it shows; nothing where there are not two."""
    told = [e for e in f.trend(metric, thresholds().trend_periods) if e.value is not None]
    if len(told) < 2:
        return []
    return [_line(f, lang, metric, told, id)]


def _line(f: Figures, lang: Language, metric: str, told: list[Evidence], id: str) -> Chart:
    name = str(f.metrics.get(metric, {}).get(lang) or metric)
    n = Reckoned(len(told), f"document: {id}: values")
    slots = {"n": whole(n), "first": share(told[0]), "last": share(told[-1])}
    said = say(lang, "trend_says", **slots)
    return Chart(
        title=word(lang, "trend_title", name=name),
        says=said.text,
        kind="line",
        categories=[e.period for e in told],
        series=(Series(name, [e.value for e in told]),),
        unit=name,
        format="percent",
        id=id,
        evidence=tuple(told),
        reckoned=(n,),
    )
