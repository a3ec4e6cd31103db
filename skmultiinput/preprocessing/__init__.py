"""Transformers for the step from the raw table to the typed frame."""

from skmultiinput.preprocessing._tokens import TokenEncoder

__all__ = ["TokenEncoder"]
