"""Text to rules: grammar, syntax tree, parser, types, checker. The vocabulary of tickets is an argument."""
