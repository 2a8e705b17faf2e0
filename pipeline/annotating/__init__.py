"""The annotated return: an OOXML workbook is patched in place, so that all the rest stays."""
