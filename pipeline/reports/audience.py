"""Whom a document is for, beside the office that makes it. Default deny: what is not named here
goes to the office alone.

The policy of the screen (`dashboards.access`: documents `all` or `own`) said for documents: those
of a node go to the node, those of the province to the roles named.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import reports

EVERYBODY = ("branch", "city", "union", "hq", "office", "head")
OFFICE = ("office", "head")


@dataclass(frozen=True)
class Audience:
    """Names for people, and the roles that get a document of the whole province."""

    zh: str
    en: str
    roles: tuple[str, ...] = OFFICE


AUDIENCES: dict[str, Audience] = {
    "circular": Audience("通报", "Circular", EVERYBODY),
}


def audience(document: str) -> Audience:
    """Of any document; an unknown one is the office's."""
    return AUDIENCES.get(document, Audience(document, document))


def may_have(role: str, node: str, document: str, code: str, stage: str) -> bool:
    """Whether `role` at `node` is sent `document`; `code`: the node it is made for, or empty.

    In the check period (stage preview) each sees its own figures; what is said of the whole
    province is not out yet.
    """
    if code:
        return document in reports.node_documents() and role in ("branch", "city") and code == node
    if document not in reports.documents():
        return False
    allowed = audience(document).roles if stage == "formal" else OFFICE
    return role in allowed
