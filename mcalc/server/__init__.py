"""The server: one process that speaks HTTP in front, and processes that compute behind it.

FastAPI and what belongs to it are imported in this package alone.
"""
