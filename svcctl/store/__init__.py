"""Where events and documents are kept. The contract, and the JSON store that keeps it."""
