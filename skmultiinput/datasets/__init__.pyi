from ._make_customers import make_customers as make_customers

__all__ = [
    "make_customers",
]
