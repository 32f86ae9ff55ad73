"""What the desk remembers: the only place of the desk where SQL is written.

Functions take a connection and the organization; who may is asked before they are called.
"""
