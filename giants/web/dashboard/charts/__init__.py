"""Charts as SVG, drawn on the server: titled, described, coloured by classes of the style sheet.

Colour never speaks alone: what a chart shows also stands in a table or a list beside it.
"""
