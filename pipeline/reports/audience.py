"""Whom a document is sent to. Who may have it at all stands in the catalogue of documents.

A document of a node goes to that node: a branch has its own, a city its own (the pages of its
branches it finds on the screen, or in its package).
"""

from __future__ import annotations

from pipeline import reports

OFFICE = ("office", "head")


def name_of(document: str, lang: str) -> str:
    """The name of a document for people."""
    for entry in reports.catalogue():
        if entry.id == document:
            return entry.zh if lang == "zh" else entry.en
    return document


def may_have(role: str, node: str, document: str, code: str, stage: str) -> bool:
    """Whether `role` at `node` is sent `document`; `code`: the node it is made for, or empty.

    In the check period (stage preview) each sees its own figures; what is said of the whole
    province is not out yet. Default deny: what the catalogue does not name nobody gets.
    """
    entry = next((e for e in reports.catalogue() if e.id == document), None)
    if entry is None or role not in entry.roles or bool(code) != bool(entry.levels):
        return False
    if code:
        return code == node
    return stage == "formal" or role in OFFICE
