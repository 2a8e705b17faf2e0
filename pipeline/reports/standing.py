"""Where a branch stands, in words: score, rank interval and tier before any rank."""

from __future__ import annotations

from typing import Any

from pipeline import periods
from pipeline.reports.blocks import Reckoned, Sentence, Strip, StripCell
from pipeline.reports.branch_rows import ALL, Branches
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.names import group_name
from pipeline.reports.saying import DASH, Figure, join, number, say, share, whole
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word

STEPS = tuple(f"s{i}" for i in range(1, 8))
_BARE = ("insufficient", "not_visited")
_WIDE = 10  # an interval of more places than this is called a rough place


def standing(b: Branches, lang: Language, code: str) -> Sentence:
    """Score, interval, tier, rank where there is one, and what it is worth."""
    row = b.ranks.get(code)
    if row is None or row["score"] is None:
        status = row["status"] if row else "not_visited"
        return say(lang, f"stand_{status if status in _BARE else 'insufficient'}")
    if row["low"] is None:
        bare = say(lang, _bare(row), **_rolling(b, lang, row))
        return join(lang, bare, _veto(b, lang, row), _adherence(b, lang, code))
    slots: dict[str, Figure | str] = {
        **_rolling(b, lang, row),
        "of": whole(_of(b, row, "of")),
        "low": whole(_of(b, row, "low")),
        "high": whole(_of(b, row, "high")),
        "tier": word(lang, f"tier_long_{row['tier']}"),
    }
    key = row["status"] if row["status"] in ("unreliable", "by_decision") else "ok"
    if key != "unreliable":
        slots["rank"] = whole(_of(b, row, "rank"))
    wide = row["high"] - row["low"] >= _WIDE
    own = join(lang, say(lang, f"stand_{key}", **slots), _group(b, lang, code))
    worth = say(lang, "stand_width_wide") if wide else None
    return join(lang, own, worth, _veto(b, lang, row), _adherence(b, lang, code))


def _bare(row: dict[str, Any]) -> str:
    return "stand_alone" if row["status"] == "alone" else "stand_no_interval"


def _rolling(b: Branches, lang: Language, row: dict[str, Any]) -> dict[str, Figure | str]:
    """The score, which is not of the period alone: since when, and of how many visits."""
    return {
        "since": periods.label(row["since"], lang) if row["since"] else DASH,
        "visits": whole(_of(b, row, "visits")),
        "score": number(_of(b, row, "score")),
    }


def _adherence(b: Branches, lang: Language, code: str) -> Sentence | None:
    found = b.f.at("adherence", code)
    return None if found.value is None else say(lang, "stand_adherence", value=share(found))


def _of(b: Branches, row: dict[str, Any], column: str) -> Reckoned:
    place = f"peer_group = {quoted(row['peer_group'])} AND scope = {quoted(row['scope'])}"
    query = f"SELECT {column} FROM rank WHERE {place} AND period = {quoted(b.f.period)}"
    return Reckoned(row[column], query)


def _group(b: Branches, lang: Language, code: str) -> Sentence | None:
    row = b.group_ranks.get(code)
    if row is None or row["low"] is None:
        return None
    limits = {k: whole(_of(b, row, k)) for k in ("of", "low", "high")}
    return say(lang, "stand_group", group=group_name(lang, row["peer_group"]), **limits)


def _veto(b: Branches, lang: Language, row: dict[str, Any]) -> Sentence | None:
    if not row["vetoes"]:
        return None
    published = number(_of(b, row, "published_score"))
    return say(lang, "stand_veto", vetoes=whole(_of(b, row, "vetoes")), published=published)


def strip(f: Figures, lang: Language, scope: str) -> Strip:
    """The seven steps of a node, marked by the thresholds."""
    given = thresholds()
    cells = []
    for step in STEPS:
        e = f.at(f"adherence.step.{step}", scope)
        good = e.value is not None and e.value >= given.step_good
        fair = e.value is not None and e.value >= given.step_fair
        mark = "none" if e.value is None else "good" if good else "middle" if fair else "bad"
        cells.append(StripCell(step_name(lang, step), e.value, mark, evidence=e))  # type: ignore[arg-type]
    return Strip(word(lang, "strip_title"), tuple(cells), word(lang, "strip_note"), "steps_strip")


def step_name(lang: Language, step: str) -> str:
    from audits.scorecard import STEPS as NAMES

    return NAMES[step][0 if lang == "zh" else 1]


def post_name(lang: Language, role: str | None) -> str:
    """The post in charge; of what names none, the branch head."""
    from audits.scorecard import ROLES

    zh, en = ROLES.get(role or "", ROLES["branch_head"])
    return zh if lang == "zh" else en.lower()


__all__ = ["ALL", "STEPS", "post_name", "standing", "step_name", "strip"]
