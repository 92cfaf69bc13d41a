"""The model, the events that change it, and what follows from them."""
