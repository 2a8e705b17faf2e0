"""How a publication came about, in a line under its figures: rounds, check period, appeals.

For every reader: it holds counts and outcomes, and nobody's name.
"""

from __future__ import annotations

import streamlit as st

from dashboards import queries
from dashboards.views import Context


def line(context: Context) -> None:
    """Draws nothing for a publication that says nothing of it."""
    words, told = context.words, queries.manifest(context.publication)
    said = []
    for round in told.get("rounds", []):
        signed = round["state"] in ("running", "sealed")
        how = "without_union" if round["without_union"] else "signed" if signed else "unsigned"
        said.append(words(f"procedure.{how}", round=round["round"]))
    check, appeals = told.get("check"), told.get("appeals") or {}
    if check and check["until"]:
        said.append(words("procedure.checked", done=check["confirmed"], all=check["branches"]))
        if told["stage"] == "preview":
            said.append(words("procedure.until", until=check["until"]))
    if check and check["waived"]:
        said.append(words("procedure.waived"))
    if appeals.get("filed"):
        said.append(words("procedure.appeals", **appeals))
    if said:
        st.caption(words.joined(said))
