"""What the plots of the labs have in common."""

BIG_LETTERS = {
    "axis": {"labelFontSize": 14, "titleFontSize": 15},
    "legend": {"labelFontSize": 15},
}
"""Settings for Vega-Lite: letters that can be read from the back row."""
