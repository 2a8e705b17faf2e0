"""Sign-in: one way in for pages and files.

    gate ─▶ session by cookie ─▶ identity header of our own ─▶ st.user ─▶ Viewer, at every rerun

`gate` stands before everything; `routes` are its pages, `checking` says who somebody is (local,
`directory`, `provider`), `mapping` what they may be, `viewing` hands the viewer to Streamlit.
"""
