"""What SecureChat shows: the only modules beside `app.py` and `pages/` that import Streamlit."""
