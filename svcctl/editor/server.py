"""The language server (LSP 3.17), the one door of pygls: what editors ask, answered from the rules as they stand."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from svcctl import __version__
from svcctl.desk.settings import CONFIG_FILE
from svcctl.editor.completing import suggestions
from svcctl.editor.meaning import meaning_at
from svcctl.editor.names import Mention, definitions, mention_at, references
from svcctl.editor.outline import outline
from svcctl.editor.positions import Lines
from svcctl.editor.project import Project, home_of
from svcctl.editor.protocol import (
    completion_item,
    diagnostic,
    document_symbol,
    location,
    path_of,
    range_of,
)
from svcctl.editor.renaming import expect_renamable, renamed
from svcctl.editor.view import View
from svcctl.foundation.errors import Refusal
from svcctl.foundation.source import Span
from svcctl.language.formatting import formatted

#: Seconds without a key before the rules are looked at.
PAUSE = 0.15
_REQUEST_FAILED = -32803
_Found = TypeVar("_Found")


class RulesServer(LanguageServer):
    """The projects of the files that are open, and what was last said of each file."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__("svcctl", __version__)
        self.environment = environment
        self.projects: dict[Path, Project] = {}
        self.said: dict[str, list[lsp.Diagnostic]] = {}
        self.waiting: dict[Path, asyncio.TimerHandle] = {}
        self.troubles: set[str] = set()

    def project_of(self, uri: str) -> Project:
        home = home_of(path_of(uri))
        if home not in self.projects:
            self.projects[home] = Project(home, self.environment)
        return self.projects[home]

    def at(self, uri: str, position: lsp.Position) -> tuple[View, str, int]:
        """The rules, the file and the character of a place."""
        project = self.project_of(uri)
        name, view = project.name_of(path_of(uri)), project.view
        if name not in view.sources:
            project.draft(path_of(uri), self.workspace.get_text_document(uri).source)
            view = project.view
        return view, name, Lines(view.sources[name].text).offset((position.line, position.character))

    def uri_of(self, project: Project, name: str) -> str:
        """The address of a file, as the editor wrote it where it is open."""
        path = project.path_of(name).resolve()
        opened = (uri for uri in self.workspace.text_documents if path_of(uri).resolve() == path)
        return next(opened, path.as_uri())

    def soon(self, project: Project) -> None:
        """Tell the editor what is found once nobody has typed for a moment."""
        waiting = self.waiting.pop(project.home, None)
        if waiting is not None:
            waiting.cancel()
        self.waiting[project.home] = asyncio.get_running_loop().call_later(PAUSE, self.tell, project)

    def tell(self, project: Project) -> None:
        """Tell the editor what is found in each file, where that has changed."""
        self.waiting.pop(project.home, None)
        view = project.view
        if project.trouble and project.trouble not in self.troubles:
            self.troubles.add(project.trouble)
            message = lsp.ShowMessageParams(lsp.MessageType.Warning, project.trouble)
            self.window_show_message(message)
        for name in view.sources:
            uri = self.uri_of(project, name)
            found = [diagnostic(view, finding, partial(self.uri_of, project)) for finding in view.findings_in(name)]
            if found or self.said.get(uri):
                self.said[uri] = found
                self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))


def serve(environment: Mapping[str, str]) -> None:
    """Serve one editor on stdin and stdout, until it says that it is done."""
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_no_refusal)
    # Copies, because the server closes what it has been given.
    with os.fdopen(os.dup(sys.stdin.fileno()), "rb") as asked, os.fdopen(os.dup(sys.stdout.fileno()), "wb") as told:
        _server(environment).start_io(asked, told)


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """Whether a line of the log is worth having: what was refused has been said to the editor."""
    return not (record.exc_info and isinstance(record.exc_info[1], JsonRpcException))


def _server(environment: Mapping[str, str]) -> RulesServer:
    made = RulesServer(environment)
    for name, answer in _ANSWERS.items():
        made.feature(name, _OPTIONS.get(name))(_refusing(answer))
    return made


def _refusing(answer: Callable[[RulesServer, Any], _Found]) -> Callable[[RulesServer, Any], _Found]:
    """The same, with refusals as what the protocol calls a failed request."""

    def answered(ls: RulesServer, params: Any) -> _Found:
        try:
            return answer(ls, params)
        except Refusal as refusal:
            told = f"{refusal.message}: {refusal.help}" if refusal.help else refusal.message
            raise JsonRpcException(message=told, code=_REQUEST_FAILED) from None

    return answered


# ------------------------------------------------------------------- documents


def _opened(ls: RulesServer, params: lsp.DidOpenTextDocumentParams) -> None:
    project = ls.project_of(params.text_document.uri)
    project.draft(path_of(params.text_document.uri), params.text_document.text)
    ls.tell(project)


def _changed(ls: RulesServer, params: lsp.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    project = ls.project_of(uri)
    project.draft(path_of(uri), ls.workspace.get_text_document(uri).source)
    ls.soon(project)


def _saved(ls: RulesServer, params: lsp.DidSaveTextDocumentParams) -> None:
    project = ls.project_of(params.text_document.uri)
    project.reread()
    ls.tell(project)


def _closed(ls: RulesServer, params: lsp.DidCloseTextDocumentParams) -> None:
    project = ls.project_of(params.text_document.uri)
    project.draft(path_of(params.text_document.uri), None)
    ls.tell(project)


def _files_changed(ls: RulesServer, params: lsp.DidChangeWatchedFilesParams) -> None:
    for project in {id(each): each for each in (ls.project_of(event.uri) for event in params.changes)}.values():
        project.reread()
        ls.tell(project)


# -------------------------------------------------------------------- questions


def _completion(ls: RulesServer, params: lsp.CompletionParams) -> lsp.CompletionList:
    view, name, offset = ls.at(params.text_document.uri, params.position)
    lines = Lines(view.sources[name].text)
    items = [completion_item(lines, place, each) for place, each in enumerate(suggestions(view, name, offset))]
    return lsp.CompletionList(is_incomplete=False, items=items)


def _hover(ls: RulesServer, params: lsp.HoverParams) -> lsp.Hover | None:
    view, name, offset = ls.at(params.text_document.uri, params.position)
    found = meaning_at(view, name, offset)
    if found is None:
        return None
    content = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.text)
    return lsp.Hover(content, range_of(Lines(view.sources[name].text), found.span))


def _mentioned(ls: RulesServer, params: Any) -> tuple[Project, View, Mention | None]:
    view, name, offset = ls.at(params.text_document.uri, params.position)
    return ls.project_of(params.text_document.uri), view, mention_at(view, name, offset)


def _definition(ls: RulesServer, params: lsp.DefinitionParams) -> list[lsp.Location]:
    project, view, meant = _mentioned(ls, params)
    if meant is None:
        view, name, offset = ls.at(params.text_document.uri, params.position)
        return list(_imported(ls, project, view, name, offset))
    return [location(view, each.span, partial(ls.uri_of, project)) for each in definitions(view, meant)]


def _imported(ls: RulesServer, project: Project, view: View, name: str, offset: int) -> Iterator[lsp.Location]:
    for each in view.parsed[name].module.imports:
        target = (project.path_of(name).parent / each.path).resolve()
        if each.span.start <= offset <= each.span.end and target.is_file():
            start = lsp.Position(0, 0)
            yield lsp.Location(ls.uri_of(project, project.name_of(target)), lsp.Range(start, start))


def _references(ls: RulesServer, params: lsp.ReferenceParams) -> list[lsp.Location]:
    project, view, meant = _mentioned(ls, params)
    if meant is None:
        return []
    found = (each for each in references(view, meant) if params.context.include_declaration or not each.defines)
    return [location(view, each.span, partial(ls.uri_of, project)) for each in found]


def _prepare_rename(ls: RulesServer, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder:
    _, view, meant = _mentioned(ls, params)
    meant = expect_renamable(view, meant)
    lines = Lines(view.sources[meant.span.source].text)
    return lsp.PrepareRenamePlaceholder(range_of(lines, meant.span), meant.name)


def _rename(ls: RulesServer, params: lsp.RenameParams) -> lsp.WorkspaceEdit:
    project, view, meant = _mentioned(ls, params)
    found = renamed(view, meant, params.new_name)
    edits = {}
    for name, fixes in found.edits.items():
        lines = Lines(view.sources[name].text)
        edits[ls.uri_of(project, name)] = [lsp.TextEdit(range_of(lines, fix.span), fix.text) for fix in fixes]
    settings = project.calendar_in_settings() if found.calendar is not None else None
    if settings is not None:
        text, span = settings
        edits[ls.uri_of(project, CONFIG_FILE)] = [lsp.TextEdit(range_of(Lines(text), span), found.calendar or "")]
    return lsp.WorkspaceEdit(changes=edits)


def _formatting(ls: RulesServer, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
    view, name, _ = ls.at(params.text_document.uri, lsp.Position(0, 0))
    source = view.sources[name]
    after = formatted(source)
    if after == source.text:
        return []
    return [lsp.TextEdit(range_of(Lines(source.text), Span(name, 0, len(source.text))), after)]


def _code_actions(ls: RulesServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    view, name, first = ls.at(params.text_document.uri, params.range.start)
    lines = Lines(view.sources[name].text)
    last = lines.offset((params.range.end.line, params.range.end.character))
    project = ls.project_of(params.text_document.uri)
    actions = []
    for finding in view.findings_in(name):
        span = finding.primary.span
        if finding.fix is None or span.end < first or span.start > last:
            continue
        edit = lsp.TextEdit(range_of(lines, finding.fix.span), finding.fix.text)
        actions.append(
            lsp.CodeAction(
                title=finding.help[0] if finding.help else f"write `{finding.fix.text}`",
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[diagnostic(view, finding, partial(ls.uri_of, project))],
                edit=lsp.WorkspaceEdit(changes={params.text_document.uri: [edit]}),
                is_preferred=True,
            )
        )
    return actions


def _symbols(ls: RulesServer, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    view, name, _ = ls.at(params.text_document.uri, lsp.Position(0, 0))
    lines = Lines(view.sources[name].text)
    return [document_symbol(lines, each) for each in outline(view, name)]


_ANSWERS: Mapping[str, Callable[[RulesServer, Any], Any]] = {
    lsp.TEXT_DOCUMENT_DID_OPEN: _opened,
    lsp.TEXT_DOCUMENT_DID_CHANGE: _changed,
    lsp.TEXT_DOCUMENT_DID_SAVE: _saved,
    lsp.TEXT_DOCUMENT_DID_CLOSE: _closed,
    lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: _files_changed,
    lsp.TEXT_DOCUMENT_COMPLETION: _completion,
    lsp.TEXT_DOCUMENT_HOVER: _hover,
    lsp.TEXT_DOCUMENT_DEFINITION: _definition,
    lsp.TEXT_DOCUMENT_REFERENCES: _references,
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: _prepare_rename,
    lsp.TEXT_DOCUMENT_RENAME: _rename,
    lsp.TEXT_DOCUMENT_FORMATTING: _formatting,
    lsp.TEXT_DOCUMENT_CODE_ACTION: _code_actions,
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: _symbols,
}
_OPTIONS: Mapping[str, Any] = {
    lsp.TEXT_DOCUMENT_COMPLETION: lsp.CompletionOptions(trigger_characters=[".", " "]),
    lsp.TEXT_DOCUMENT_RENAME: lsp.RenameOptions(prepare_provider=True),
    lsp.TEXT_DOCUMENT_CODE_ACTION: lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix]),
}
