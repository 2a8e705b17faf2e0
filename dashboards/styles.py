"""The look beyond the framework's settings, and words of its own that are drawn over."""

from __future__ import annotations

import streamlit as st

from dashboards.words import Words

# Buttons and chosen things keep one blue on both themes: white on the light blue of the dark theme
# cannot be read.
# Narrow screens: less frame, tiles that wrap. The bar over a table offers search, download and
# full screen under English names only; the pages have search and download of their own. "Press
# Enter to apply" in a box is English as well.
_LAYOUT = """
[data-testid="stMainBlockContainer"] {padding-top: 3.2rem; padding-bottom: 2rem;}
[data-testid="stElementToolbar"], [data-testid="InputInstructions"] {display: none;}
[data-testid="stMetricValue"] > div, [data-testid="stMetricLabel"] p
    {white-space: normal; overflow-wrap: anywhere;}
[data-testid="stCaptionContainer"] {color: inherit; opacity: .78;}
[data-testid="stMain"] [role="toolbar"] {flex-wrap: wrap; row-gap: .3rem;}
[data-testid="stBaseButton-primary"]:not(:disabled),
    [data-testid="stBaseButton-primaryFormSubmit"]:not(:disabled),
    [data-testid="stMultiSelect"] [data-tag]
    {background-color: #1B5E9B !important; color: #FFFFFF !important;}
[data-testid="stRadio"] label > div > div:first-child {border-color: #76839A !important;}
h1, h2, h3, p, li {line-break: strict; text-wrap: pretty;}
[class*="_tiles"] {align-items: stretch !important;}
[class*="_tiles"] > * {height: auto !important;}
[class*="_tiles"] > * > *, [class*="_tiles"] [data-testid="stMetric"] {height: 100%;}
@media (max-width: 640px) {
    [data-testid="stMainBlockContainer"] {padding: 4.2rem .9rem 2rem;}
    [data-testid="stHorizontalBlock"] {row-gap: .6rem;}
}
"""


def draw(words: Words) -> None:
    """Writes the style sheet; once in each run."""
    texts = {k: _quoted(words(f"upload.{k}")) for k in ("browse", "drop")}
    # a Chinese font draws English quotation marks as wide as a character
    narrow = (
        ".stApp, [role=dialog] {font-variant-east-asian: proportional-width;}"
        if words.lang == "en"
        else ""
    )
    st.html(f"<style>{_LAYOUT}{_built_in(texts)}{narrow}</style>")


def _quoted(text: str) -> str:
    return "".join(c for c in text if c not in '"\\<')


def _built_in(texts: dict[str, str]) -> str:
    """The upload box says what to do in English and cannot be told otherwise."""
    return f"""
[data-testid="stFileUploaderDropzoneInstructions"] > * {{display: none;}}
[data-testid="stFileUploaderDropzoneInstructions"]::after
    {{content: "{texts["drop"]}"; font-size: .9rem;}}
[data-testid="stFileUploaderDropzone"] button p {{font-size: 0;}}
[data-testid="stFileUploaderDropzone"] button p::after
    {{content: "{texts["browse"]}"; font-size: .9rem;}}
"""
