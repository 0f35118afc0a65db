"""Key exchange: how A and B get one key while Eve listens, and what Mallory in the middle can do."""

import streamlit as st

from securechat.ui import frame, seats
from securechat.ui.exchange import drawing, play
from securechat.ui.exchange.room import draw_room

frame.enter()
room = seats.current_place()

with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.header("Key exchange", anchor=False, width="content")
    revealed = play.draw_switches(room)
exchange = play.current_exchange()
play.draw_controls()
drawing.draw_step(exchange, revealed=revealed)
with st.container():  # always there, so that an earlier step that is open stays open at the end
    if play.is_over():
        drawing.draw_closing(exchange)
        draw_room(room, exchange)
drawing.draw_earlier_steps(exchange, revealed=revealed)
