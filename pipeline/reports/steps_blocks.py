"""The section on how the process is carried out: seven steps, zones, posts."""

from __future__ import annotations

from audits.scorecard import ROLES, ZONES
from pipeline.reports.blocks import Block, Sentence
from pipeline.reports.figures import Figures, Language
from pipeline.reports.movement import Movement, by_chance, movements, table
from pipeline.reports.movement_blocks import parts
from pipeline.reports.saying import say, share
from pipeline.reports.standing import STEPS, step_name, strip
from pipeline.reports.words import word


def steps_and_zones(f: Figures, lang: Language, scope: str = "") -> list[Block]:
    """The strip, what is strongest and weakest, and tables of steps, zones and posts."""
    scope = scope or f.root
    at = 0 if lang == "zh" else 1
    steps = _told(f, scope, "step", {s: step_name(lang, s) for s in STEPS})
    zones = _told(f, scope, "zone", {z: names[at] for z, names in ZONES.items()})
    posts = _told(f, scope, "role", {r: names[at] for r, names in ROLES.items()})
    told = {"steps": steps, "zones": zones, "posts": posts}
    titles = {"steps": "step", "zones": "zone", "posts": "post"}
    tables = [
        table(lang, id, word(lang, f"{id}_title"), word(lang, titles[id]), rows)
        for id, rows in told.items()
        if rows
    ]
    if all(m.now.value is None for _, m in steps):
        return [say(lang, "s_no_steps"), *tables]
    every = [m for rows in told.values() for _, m in rows]
    chance = by_chance(lang, [t.id for t in tables], every)
    return [
        strip(f, lang, scope),
        *_extremes(lang, "s_step_extremes", steps),
        *_extremes(lang, "s_zone_extremes", zones),
        *_extremes(lang, "s_post_extremes", posts),
        *([chance] if chance else []),
        *tables,
    ]


def _told(f: Figures, scope: str, kind: str, names: dict[str, str]) -> list[tuple[str, Movement]]:
    """(name, movement) of the parts of a kind that the publication has, in the order of names."""
    prefix = f"adherence.{kind}."
    own = {m.removeprefix(prefix) for m in parts(f, prefix)}
    wanted = [k for k in names if k in own] + sorted(own - names.keys())
    found = movements(f, [prefix + k for k in wanted], [scope])
    return [
        (names.get(k, k), m)
        for k, m in zip(wanted, found, strict=True)
        if m.now.value is not None or m.before.value is not None
    ]


def _extremes(lang: Language, key: str, told: list[tuple[str, Movement]]) -> list[Sentence]:
    known = [(m.now.value, name, m) for name, m in told if m.now.value is not None]
    if len(known) < 2:
        return []
    (_, high, best), (_, low, worst) = (
        max(known, key=lambda k: (k[0], k[1])),
        min(known, key=lambda k: (k[0], k[1])),
    )
    values = {"best": share(best.now), "worst": share(worst.now)}
    return [say(lang, key, high=high, low=low, **values)]
