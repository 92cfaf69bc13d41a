"""What every room stands on: sources and spans, diagnostics, expected errors, instants, quantities."""
