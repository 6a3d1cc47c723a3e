"""Halfshake."""
