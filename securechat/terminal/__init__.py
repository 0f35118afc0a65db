"""The terminal: sealed rooms without a browser, and a relay without Streamlit."""
