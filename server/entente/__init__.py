"""Entente: what five policy texts claim, who holds it, and what contradicts it."""

__version__ = "0.1.0"
