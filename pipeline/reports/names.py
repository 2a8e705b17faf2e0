"""Names of peer groups and of the province as a text of either language calls them.

Names of branches and cities are proper names and stay as the register has them.
"""

from __future__ import annotations

from pipeline.reports.figures import Figures, Language
from pipeline.reports.words import word

# Groups are the office's to name; those usual in the field are known in English, others stay.
_GROUPS = {
    "旗舰网点": "flagship branches",
    "综合网点": "full-service branches",
    "基础网点": "basic branches",
    "社区网点": "community branches",
    "城区": "urban",
    "城区网点": "urban branches",
    "县域": "county",
    "县域网点": "county branches",
    "乡镇网点": "township branches",
}
_OF_BRANCHES = " branches"


def group_name(lang: Language, group: str | None) -> str:
    """A peer group (同类网点组) by the name that the register gives it."""
    if not group:
        return ""
    return group if lang == "zh" else _GROUPS.get(group, group)


def kind_name(lang: Language, group: str | None) -> str:
    """The same in a column of groups, where it need not be said that they are of branches."""
    return group_name(lang, group).removesuffix(_OF_BRANCHES)


def node_name(f: Figures, lang: Language, code: str) -> str:
    """A node or peer group; the province by what it is, since a reader knows which one it is."""
    if code == f.root:
        return word(lang, "whole_province")
    name = f.name(code)
    return group_name(lang, name) if f.levels.get(code) == "peer_group" else name
