"""A page with nothing on it: what a first load costs before anything is shown."""

import streamlit as st

st.write("empty")
