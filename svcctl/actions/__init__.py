"""What a rule may do: the catalog of actions, and the applier that turns a decision into events and messages."""
