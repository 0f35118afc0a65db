"""Join a class: by its code, under a friendly name; then the room that one sits in."""

from securechat.ui import frame, join, seats, whereabouts

frame.enter()
seats.draw(wanted=True)
classroom = join.asked_class()
if member := whereabouts.member():
    join.draw_room(member)
elif classroom:
    join.draw_entrance(classroom)
else:
    join.draw_code_form()
