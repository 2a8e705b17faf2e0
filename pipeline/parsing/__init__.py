"""Parts of recognising and parsing: from addressed text to typed, addressed values."""
