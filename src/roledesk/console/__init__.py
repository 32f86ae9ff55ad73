"""The pages on which people look at access and change it.

Every page and button shows for those who may use it; the doors behind them ask again.
Not here: the rule (core/), doors and frames (web/), how a page looks (templates/).
"""
