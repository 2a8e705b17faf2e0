"""From what a provider says about a person to role and node; what no rule names is nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboards.access import ROLES, ROLES_WITH_NODE, Viewer
from pipeline.office.accounts import Account
from pipeline.sign_in_settings import Rule, SignIn


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    """The values of a claim as text; a claim may be a list."""
    told = claims.get(name)
    several = told if isinstance(told, list | tuple) else [] if told is None else [told]
    return [str(v) for v in several if isinstance(v, str | int) and not isinstance(v, bool)]


def wanted(rules: Iterable[Rule], claims: Mapping[str, Any]) -> dict[str, Any]:
    """Of the claims only what the rules ask for: nothing else is kept."""
    names = {n for r in rules for n in (r.claim, r.node_claim) if n}
    return {n: _values(claims, n) for n in sorted(names) if n in claims}


def mapped(rules: Iterable[Rule], claims: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """Role and node by the first rule that holds; None if none does, or the node is not one."""
    for rule in rules:
        if rule.value not in _values(claims, rule.claim):
            continue
        if rule.role not in ROLES_WITH_NODE:
            return rule.role, rule.node
        nodes = [rule.node] if rule.node else _values(claims, rule.node_claim or "")
        return (rule.role, nodes[0]) if len(nodes) == 1 and nodes[0] else None
    return None


def viewer_of(account: Account, claims: Mapping[str, Any], settings: SignIn) -> Viewer | None:
    """Who looks, by the account as it is now; None if it has no role (any more).

    What the security administrator gave goes before what the provider says.
    """
    if account.disabled:
        return None
    found: tuple[str, str | None] | None = (account.role or "", account.node)
    if account.role is None:
        provider = settings.oidc if account.source == "oidc" else settings.ldap
        found = mapped(provider.rules, claims) if provider else None
    if found is None or found[0] not in ROLES:
        return None
    role, node = found
    return Viewer(role, node, account=account.id, name=account.name)
