"""How fast SecureChat is, measured beside what people would otherwise use: `python -m bench`.

In an environment of its own, in one line:

    python3 -m venv bench/.venv && bench/.venv/bin/pip install -q -r bench/requirements.txt \
&& bench/.venv/bin/python -m bench

The scenario `delivery` needs Chromium or Chrome, too.
"""
