"""A Streamlit page with one line of text and no timer: what Streamlit itself costs."""

import streamlit as st

st.text("hello")
