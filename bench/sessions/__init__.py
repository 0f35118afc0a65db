"""Open pages without a browser: what a browser would send to the server, and nothing drawn."""

from bench.sessions.bare_page import BarePage
from bench.sessions.base import OnToken, Session, padded
from bench.sessions.nicegui_page import NiceGuiPage
from bench.sessions.pupil_page import PupilPage
from bench.sessions.securechat_page import SecureChatPage
from bench.sessions.streamlit_page import StreamlitPage
from bench.sessions.teacher_page import TeacherPage

PROTOCOLS: dict[str, type[Session]] = {
    "bare": BarePage,
    "nicegui": NiceGuiPage,
    "pupil": PupilPage,
    "securechat": SecureChatPage,
    "streamlit": StreamlitPage,
}
"""How an open page speaks to its server, by the name that a contender gives."""

__all__ = ["PROTOCOLS", "OnToken", "PupilPage", "Session", "StreamlitPage", "TeacherPage", "padded"]
