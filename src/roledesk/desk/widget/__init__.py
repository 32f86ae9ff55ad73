"""The web chat: what a visitor's browser gets, and the doors it comes through.

Not here: what visitors may do (desk/visitors.py), making widgets (desk/pages/widgets.py).
"""
