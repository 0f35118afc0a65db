"""The outcome of the last action on the page Join."""

from securechat.ui.outcome import Outcome

outcome = Outcome("join")
