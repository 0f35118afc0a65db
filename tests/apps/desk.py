"""The app with one address more, at which a test does what a teacher would: see `tests/classes.py`."""

from __future__ import annotations

import json
import os

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from securechat import frames
from securechat.application import Application, Bounds
from securechat.classroom import SealRule
from securechat.rooms.policy import Actor
from securechat.settings import APP_FOLDER, Settings
from securechat.ui import serving, state
from tests import sealing

NAMES = {"Actor": Actor, "SealRule": SealRule, "frames": frames, "sealing": sealing}


async def _desk(request: Request) -> JSONResponse:
    """Evaluate the Python that a test asks for, in which `room` is the class that it names."""
    asked = json.loads(request.query_params["ask"])
    shared = state.application()
    room = shared.classrooms.by_id(asked["class"])
    return JSONResponse(eval(asked["do"], {"application": shared, "room": room, **NAMES}))  # noqa: S307


bounds = Bounds(**json.loads(os.environ["TEST_BOUNDS"]))
state.use(Application(Settings.load(os.environ, {}), bounds=bounds))
app = st.App(APP_FOLDER / "app.py", **serving.start(Route("/desk", _desk)))
