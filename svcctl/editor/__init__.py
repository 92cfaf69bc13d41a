"""What editors ask of rule files: diagnostics, completion, meanings, places of names, new names, form, colours."""
