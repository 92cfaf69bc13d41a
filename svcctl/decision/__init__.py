"""Rules to decisions: the rulebook, its compiler and index, the evaluators, the reasons."""
