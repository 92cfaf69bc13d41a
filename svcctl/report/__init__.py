"""Values in, text out: tables, diagnostics, explanations, figures, pages."""
