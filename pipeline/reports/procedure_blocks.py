"""The procedure behind a circular: rounds and their two keys, check period, appeals.

It is told from the manifest; a publication from before there was such a thing says nothing.
"""

from __future__ import annotations

from typing import Any

from pipeline.publishing.awaiting import KINDS
from pipeline.reports.blocks import Block, Reckoned, Sentence
from pipeline.reports.figures import Figures, Language
from pipeline.reports.saying import date_words, join, period_words, say, whole
from pipeline.reports.words import word

_COUNTS = ("filed", "upheld", "partly", "rejected", "pending", "withdrawn")


def procedure(f: Figures, lang: Language) -> list[Block]:
    """Sentences; nothing where the manifest has none of it."""
    return [*rounds(f, lang), *check(f, lang), *appeals(f, lang)]


def rounds(f: Figures, lang: Language) -> list[Sentence]:
    """Under which edition each round ran, and who signed it."""
    told = []
    for at, round in enumerate(f.publication.manifest.get("rounds", [])):
        name = round["round"]
        if round["state"] not in ("running", "sealed"):
            told.append(say(lang, "round_unsigned", round=name))
            continue
        key = "round_without_union" if round["without_union"] else "round_signed"
        editions = word(lang, "and").join(round["editions"])
        said = say(lang, key, round=name, editions=editions)
        if round["state"] == "running":
            said = join(lang, said, say(lang, "round_open", round=name))
        elif round["missing"]:
            n = whole(Reckoned(round["missing"], f"manifest.json: rounds.{at}.missing"))
            said = join(lang, said, say(lang, "round_missing", round=name, n=n))
        told.append(said)
    return told


def check(f: Figures, lang: Language) -> list[Sentence]:
    """How many branches confirmed, and whether the check period was waited for."""
    manifest: dict[str, Any] = f.publication.manifest
    standing = manifest.get("check")
    if not standing:
        return []
    if standing["until"] is None:
        return [say(lang, "check_none")]
    counts = {
        slot: whole(f.told("check", key))
        for slot, key in (("done", "confirmed"), ("all", "branches"))
    }
    said = say(lang, "checked", **counts)
    if manifest.get("stage") == "preview":
        until = date_words(standing["until"], lang)
        return [join(lang, said, say(lang, "check_until", until=until))]
    return [join(lang, said, say(lang, "check_waived"))] if standing["waived"] else [said]


def awaiting(f: Figures, lang: Language) -> list[Sentence]:
    """How many visits office and union have not decided on together; nothing where the publication
    is from before that was recorded, or has no visits."""
    told = f.publication.manifest.get("reviews")
    if not told or f.rows("visit_score", period=f.months).is_empty():
        return []
    more = _ranked(f, lang)
    if not told["visits"]:
        return [join(lang, say(lang, "s_none_awaiting"), *more)]
    counts = {k: whole(f.told("reviews", k)) for k in ("visits", "branches")}
    kinds = {k: whole(f.told("reviews", k)) for k in KINDS if told[k]}
    kind = "both" if len(kinds) > 1 else next(iter(kinds))
    said, then = say(lang, f"awaiting_{kind}", **kinds), word(lang, f"then_{kind}")
    return [join(lang, say(lang, "s_awaiting", kinds=said, then=then, **counts), *more)]


def _ranked(f: Figures, lang: Language) -> list[Sentence]:
    """Of the visits on which ranks rest more may wait than of the period's own."""
    told = f.publication.manifest["reviews"]
    ranked = told.get("ranked")
    if not ranked or ranked["visits"] <= told["visits"]:
        return []
    counts = {k: whole(f.told("reviews", "ranked", k)) for k in ("visits", "branches")}
    since = period_words(ranked["since"], lang)
    return [say(lang, "s_ranked_awaiting", since=since, **counts)]


def appeals(f: Figures, lang: Language) -> list[Sentence]:
    """The office's own register of appeals on visits of the period."""
    counts = f.publication.manifest.get("appeals") or {}
    if not counts.get("filed"):
        return []
    return [say(lang, "appeals", **{k: whole(f.told("appeals", k)) for k in _COUNTS})]
