"""Callbacks of the grammar for the tables of tests: each row is the test once more, with fields and expectations."""

from typing import Any

from svcctl.foundation.source import Span
from svcctl.language import scenario_block, tree
from svcctl.language.build import Clause, Shapes, over
from svcctl.language.tree import Word

_RULE, _ACCEPTED = "rule", "accepted"
_MISSING = "missing"


class TableBuilder(Shapes):
    """Makes rows of test blocks."""

    def row(self, c: list[Any]) -> Clause:
        given, _, expected = c
        return Clause("row", (given, expected), over(given[0], expected[-1]))

    def table(self, c: list[Any]) -> Clause:
        keyword, given, _, expected, clauses, end = c
        rows = []
        for clause in clauses:
            cells = clause.value
            if (len(cells[0]), len(cells[1])) == (len(given), len(expected)):
                rows.append(self._row(given, expected, cells, clause.span))
                continue
            counts = f"{len(given)} -> {len(expected)}"
            self.report(
                "uneven-row",
                f"this row has {len(cells[0])} -> {len(cells[1])} cells, and the table {counts} columns",
                clause.span,
                "write a cell for each column; `missing` for what the ticket does not say",
            )
        return Clause("table", tuple(rows), over(keyword, end))

    def _row(
        self, given: list[Word], expected: list[Word], cells: tuple[list[tree.Literal], list[tree.Literal]], span: Span
    ) -> scenario_block.Row:
        fields = tuple(
            ((path,), cell) for path, cell in zip(given, cells[0], strict=True) if not _is_word(cell, _MISSING)
        )
        ticket = scenario_block.Given("ticket", None, fields, span=span)
        expects = (self._expected(path, cell) for path, cell in zip(expected, cells[1], strict=True))
        return scenario_block.Row(ticket, tuple(expects), span=span)

    def _expected(self, path: Word, cell: tree.Literal) -> scenario_block.Expectation:
        if path == _RULE and isinstance(cell.value, str):
            return scenario_block.ExpectRule(Word(str(cell.value), cell.span), span=cell.span)
        if path == _ACCEPTED and isinstance(cell.value, bool):
            return scenario_block.ExpectAccepted(cell.value, span=cell.span)
        if _is_word(cell, _MISSING):
            cell = tree.Literal(None, span=cell.span)
        return scenario_block.ExpectField(path, cell, span=cell.span)


def _is_word(cell: tree.Literal, word: str) -> bool:
    return isinstance(cell.value, Word) and cell.value == word and not cell.quoted
