"""What a rule may ask: the catalog of facts, and the collector that answers from a case."""
