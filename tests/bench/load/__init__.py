"""Many people at once, by a client of Streamlit's own protocol: `make load`."""
