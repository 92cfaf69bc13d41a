"""The checks of the rules language, one module a kind of block; `svcctl.language.checker` is their door."""
