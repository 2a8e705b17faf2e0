"""What all documents of a publication have around their blocks. Times are the publication's."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.reports.blocks import Block, Document, Layout, Note, Sentence
from pipeline.reports.figures import Figures, Language
from pipeline.reports.saying import date_words, period_words, say, whole
from pipeline.reports.words import word

_HASH = 16  # of the content hash this many characters are printed


def document(
    f: Figures,
    lang: Language,
    id: str,
    title: str,
    blocks: Sequence[Block],
    layout: Layout = "official",
) -> Document:
    """The document with its title, revision, stage, issuer and day."""
    manifest = f.publication.manifest
    day = str(manifest.get("created_at", ""))[:10]
    stage = word(lang, str(manifest.get("stage", "preview")))
    return Document(
        id=id,
        title=title,
        subtitle=word(lang, "subtitle", revision=f.publication.revision, stage=stage),
        issuer=word(lang, "issuer"),
        date=date_words(day, lang) if day else "",
        period=f.period,
        revision=f.publication.revision,
        language=lang,
        blocks=(*over_formal(f, lang), *blocks),
        layout=layout,
        meta={"date": day},
    )


def over_formal(f: Figures, lang: Language) -> list[Sentence]:
    """Of a preview made after a formal revision: which of the two holds."""
    if not f.publication.manifest.get("over_formal"):
        return []
    formal = whole(f.told("over_formal"))
    return [say(lang, "over_formal", revision=str(f.publication.revision), formal=formal)]


def titled(f: Figures, lang: Language, key: str, **slots: str) -> str:
    """A title that names the period."""
    return word(lang, key, period=period_words(f.period, lang), **slots)


def taken_from(f: Figures, lang: Language) -> Note:
    """The same in a word, for a document without an annex; the workbook has the content hash."""
    stage = word(lang, str(f.publication.manifest.get("stage", "preview")))
    revision = str(f.publication.revision)
    period = period_words(f.period, lang)
    return Note(say(lang, "about_period", period=period, revision=revision, stage=stage).text)


def source(f: Figures, lang: Language) -> Note:
    """Which publication it is all from."""
    manifest = f.publication.manifest
    said = say(
        lang,
        "about_revision",
        period=f.period,
        revision=str(f.publication.revision),
        stage=word(lang, str(manifest.get("stage", "preview"))),
        hash=str(manifest.get("content_hash", ""))[:_HASH],
    )
    return Note(said.text)
