"""Transformers for the step from the raw table to the typed frame."""

__all__: list[str] = []
