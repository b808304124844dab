"""The hands: one module per kind of thing that is touched."""
