"""The two pictures of the pages, drawn here: nothing is fetched, neither file nor address."""

from __future__ import annotations

from html import escape

_BLUE = "#3B86CC"  # reads on the light and on the dark ground
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    f'<rect width="32" height="32" rx="7" fill="{_BLUE}"/>'
    '<path d="M4 16 Q16 4 28 16 Q16 28 4 16Z" fill="#fff"/>'
    f'<circle cx="16" cy="16" r="5" fill="{_BLUE}"/></svg>'
)


def name(text: str) -> str:
    """The eye and the name of the system beside it, as SVG."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 32">'
        f'<path d="M2 16 Q14 4 26 16 Q14 28 2 16Z" fill="{_BLUE}"/>'
        '<circle cx="14" cy="16" r="4.5" fill="#fff"/>'
        f'<text x="34" y="22.5" font-size="18" font-weight="600" fill="{_BLUE}" '
        f'font-family="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif">{escape(text)}'
        "</text></svg>"
    )
