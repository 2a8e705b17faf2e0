"""The procedure behind a circular: rounds and their two keys, check period, appeals.

It is told from the manifest; a publication from before there was such a thing says nothing.
"""

from __future__ import annotations

from typing import Any

from pipeline.reports.blocks import Block, Heading, Sentence
from pipeline.reports.figures import Figures, Language
from pipeline.reports.words import word


def procedure(f: Figures, lang: Language) -> list[Block]:
    """Heading and sentences; nothing where the manifest has none of it."""
    manifest = f.publication.manifest
    said = [*_rounds(manifest, lang), *_check(manifest, lang), *_appeals(manifest, lang)]
    if not said:
        return []
    return [Heading(word(lang, "procedure")), *(Sentence(text) for text in said)]


def _rounds(manifest: dict[str, Any], lang: Language) -> list[str]:
    told = []
    for round in manifest.get("rounds", []):
        if round["state"] not in ("running", "sealed"):
            told.append(word(lang, "round_unsigned", round=round["round"]))
            continue
        key = "round_without_union" if round["without_union"] else "round_signed"
        told.append(word(lang, key, round=round["round"], editions=", ".join(round["editions"])))
        if round["state"] == "running":
            told.append(word(lang, "round_open", round=round["round"]))
        elif round["missing"]:
            told.append(word(lang, "round_missing", round=round["round"], n=round["missing"]))
    return told


def _check(manifest: dict[str, Any], lang: Language) -> list[str]:
    check = manifest.get("check")
    if not check:
        return []
    if check["until"] is None:
        return [word(lang, "check_none")]
    said = word(lang, "checked", done=check["confirmed"], all=check["branches"])
    if manifest["stage"] == "preview":
        return [said + word(lang, "check_until", until=check["until"])]
    return [said + word(lang, "check_waived")] if check["waived"] else [said]


def _appeals(manifest: dict[str, Any], lang: Language) -> list[str]:
    counts = manifest.get("appeals") or {}
    if not counts.get("filed"):
        return []
    return [word(lang, "appeals", **counts)]
