"""The desk's pages: what agents see and do in a browser.

Every page and button shows for those who may use it; the doors behind them ask again, and
the command behind a door asks once more about the thing itself.
Not here: the commands and lists (desk/), how a page looks (templates/).
"""
