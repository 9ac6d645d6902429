"""The command `pincite`: every task in the terminal, and the way to the chat in the browser."""

from __future__ import annotations

import contextlib
import logging
import re
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from rag import (
    Answer,
    AnswerEvent,
    IngestReport,
    LibraryLocked,
    Passage,
    PinciteError,
    Quote,
    Scope,
    Settings,
    Statement,
    StatementEvent,
    Verification,
    connect,
    evaluate,
    examine,
    example_questions,
    ingest_seeds,
    read_answer,
    read_documents,
    read_questions,
)
from rag import backup as write_backup
from rag import restore as restore_backup
from rag import verify as verify_answer
from ui.console import count, err, ingest_bar, out, print_json, printable, progress_bar
from ui.evaluation import compare, print_comparison, print_notices, print_problems, read_baseline, to_json
from ui.quotations import list_remarks, split_struck

app = typer.Typer(
    help="Answers from your own documents, every sentence with the exact words that prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RETRY_MILLISECONDS = 3_000  # between tries for a library that another process has

Question = Annotated[list[str], typer.Argument(help="In words, with or without quotation marks.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Documents = Annotated[list[str] | None, typer.Option(help="Ask only this document, by its id; may be given again.")]
Publishers = Annotated[list[str] | None, typer.Option(help="Ask only what it published; may be given again.")]
Since = Annotated[str, typer.Option(help="Ask only what is dated from then on: 2001, 2001-05 or 2001-05-03.")]
Until = Annotated[str, typer.Option(help="Ask only what is dated until then.")]


def main() -> None:
    """Run the command; what went wrong on purpose is one line on stderr and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="pincite: %(message)s", stream=sys.stderr)
    logging.getLogger("chromadb").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character shows "?"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: what is open is closed
    try:
        app()
    except PinciteError as error:
        err.print(f"pincite: {printable(str(error))}", soft_wrap=True)
        sys.exit(1)
    except OSError as error:
        err.print(f"pincite: {printable(str(error))}", soft_wrap=True)
        with contextlib.suppress(OSError):
            sys.stdout.close()  # or Python would try again to write what is left, and fail with a traceback
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def chat(
    port: Annotated[
        int | None, typer.Option(help="The port; without it 7860 or the next free one.", min=1, max=65535)
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen at; 0.0.0.0 for all of this machine.")] = "127.0.0.1",
    without_login: Annotated[
        bool,
        typer.Option("--without-login", help="Let everybody in who reaches an address that is not this machine's."),
    ] = False,
) -> None:
    """Ask in the browser."""
    from ui.server import open_port, require_login, serve  # Gradio takes seconds to import: no other waits for it

    settings = settings_told(asking=True)
    require_login(host, settings, without=without_login)
    with open_port(port, host=host) as listener, connect(settings) as assistant:
        ingest_seeds(assistant)
        serve(
            assistant,
            settings,
            listener,
            examples=example_questions(assistant),
            on_ready=lambda url: err.print(f"Pincite is at {url}"),
        )


@app.command()
def ask(
    question: Question,
    as_json: Json = False,
    document: Documents = None,
    publisher: Publishers = None,
    since: Since = "",
    until: Until = "",
) -> None:
    """Answer a question, with the quotes that prove it."""
    scope = Scope(tuple(document or ()), tuple(publisher or ()), since, until)
    with connect(settings_told(asking=True)) as assistant:
        ingest_seeds(assistant)
        if as_json:
            print_json(asdict(assistant.answer(" ".join(question), scope=scope)))
            return
        for event in assistant.stream(" ".join(question), scope=scope):
            if isinstance(event, StatementEvent):
                print_statement(event.statement)
            elif isinstance(event, AnswerEvent):
                print_rest(event.answer)


@app.command()
def search(
    question: Question,
    k: Annotated[int, typer.Option("-k", help="How many passages.", min=1)] = 5,
    as_json: Json = False,
    document: Documents = None,
    publisher: Publishers = None,
    since: Since = "",
    until: Until = "",
) -> None:
    """Show the passages nearest to a question."""
    scope = Scope(tuple(document or ()), tuple(publisher or ()), since, until)
    with connect(settings_told()) as assistant:
        hits = assistant.search(" ".join(question), k=k, scope=scope)
        if as_json:
            print_json([asdict(hit) for hit in hits])
            return
        for hit in hits:
            out.print(Text(f"{hit.rank}  {hit.score:.2f}  {printable(hit.passage.title)}", style="bold"))
            out.print(Padding(Text(printable(origin_of(hit.passage)), style="dim"), (0, 0, 0, 3)))
            out.print(Padding(Text(" ".join(printable(hit.passage.text).split())), (0, 0, 1, 3)))
        if not hits:
            err.print("The library is empty: `pincite ingest PATH` fills it.")


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, and folders with all that is in them.")],
    watch: Annotated[bool, typer.Option("--watch", help="Go on: whatever changes is ingested, until Ctrl-C.")] = False,
) -> None:
    """Add files and folders to the library; what changed is replaced, what left a folder is removed."""
    try:
        report = ingest_once(paths)
        if watch:
            err.print("watching; Ctrl-C ends it")
            keep_ingesting(paths, report.failed)
    except KeyboardInterrupt:
        err.print("stopped; what was ingested is kept, and the next time goes on from there")
        raise
    if report.failed:
        raise typer.Exit(1)


def ingest_once(paths: Sequence[Path]) -> IngestReport:
    with connect(settings_told()) as assistant, ingest_bar() as on_progress:
        report = assistant.ingest(paths, on_progress=on_progress)
    print_report(report)
    return report


def keep_ingesting(paths: Sequence[Path], failed: Sequence[tuple[str, str]]) -> None:
    """Tell of each change, and of what did not fail before.

    Between two changes the library is free for others; while they have it, a change waits.
    """
    from watchfiles import watch

    is_behind, told = True, ""  # something may have changed while the first ingest went on
    for changes in watch(*paths, yield_on_timeout=True, rust_timeout=RETRY_MILLISECONDS):
        is_behind = is_behind or bool(changes)
        if not is_behind:
            continue
        try:
            with connect(Settings()) as assistant:
                report = assistant.ingest(paths)
        except LibraryLocked as error:
            if str(error) != told:
                told = str(error)
                err.print(f"pincite: waiting: {printable(told)}", soft_wrap=True)
            continue
        for outcome in ("added", "updated", "removed"):
            for source in getattr(report, outcome):
                err.print(f"{outcome}: {printable(source)}", soft_wrap=True)
        print_failed(failure for failure in report.failed if failure not in failed)
        is_behind, told, failed = False, "", report.failed


@app.command(name="list")
def list_documents(as_json: Json = False) -> None:
    """List the documents of the library."""
    with connect(Settings()) as assistant:
        documents = assistant.documents()
    if as_json:
        print_json(
            [{name: value for name, value in asdict(document).items() if name != "text"} for document in documents]
        )
        return
    for document in documents:
        about = ", ".join(
            part for part in (document.author, document.publisher, document.date or "", document.source) if part
        )
        out.print(
            Text(f"{printable(document.id)}  {printable(document.title or 'no title')}  ({printable(about)})"),
            soft_wrap=True,
        )
    err.print(
        f"{count(len(documents), 'document')}" if documents else "The library is empty: `pincite ingest PATH` fills it."
    )


@app.command()
def remove(ids: Annotated[list[str], typer.Argument(help="Ids as `pincite list` shows them.")]) -> None:
    """Remove documents from the library; the files stay."""
    with connect(Settings()) as assistant:
        unknown = [id for id in ids if not assistant.remove(id)]
    if len(unknown) < len(ids):
        removed = count(len(ids) - len(unknown), "document")
        err.print(f"{removed} removed; an ingest of a file that is still there brings it back")
    if unknown:
        err.print(
            f"pincite: no document has the id {printable(', '.join(unknown))}; `pincite list` shows the ids",
            soft_wrap=True,
        )
        raise typer.Exit(1)


@app.command()
def verify(
    answer: Annotated[Path, typer.Argument(metavar="ANSWER.json", help="What `pincite ask --json` printed.")],
    files: Annotated[list[Path] | None, typer.Argument(help="Documents, or folders of them; else the library.")] = None,
    as_json: Json = False,
) -> None:
    """Hold a saved answer against the documents as they are now: exit code 1 if a word of a quote has changed."""
    saved = read_answer(answer)
    if files:
        verification = verify_answer(saved, read_documents(files))
    else:
        with connect(Settings()) as assistant:
            verification = assistant.verify(saved)
    if as_json:
        print_json(asdict(verification))
    else:
        print_verification(verification)
    if verification.faults:
        raise typer.Exit(1)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look for faults in the library; exit code 1 if there are any."""
    with progress_bar("looking up", "passages") as on_progress:
        examination = examine(Settings(), on_progress=on_progress)
    if as_json:
        print_json(asdict(examination))
    else:
        for fault in examination.faults:
            out.print(Text(printable(f"{fault.what}; {fault.remedy}")), soft_wrap=True)
        looked_at = f"{count(examination.documents, 'document')} in {count(examination.passages, 'passage')}"
        err.print(f"{looked_at}: {count(len(examination.faults), 'fault') if examination.faults else 'no fault'}")
    if examination.faults:
        raise typer.Exit(1)


@app.command()
def rebuild() -> None:
    """Make the index anew from the catalog; with another embedder in the settings, embed the whole library anew."""
    with connect(settings_told(), rebuild=True) as assistant, progress_bar("rebuilding", "passages") as on_progress:
        assistant.rebuild(on_progress=on_progress)
    err.print("rebuilt")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="To be written: one file, documents and vectors in it.")]) -> None:
    """Copy the library to a file; the chat may go on meanwhile."""
    write_backup(file, Settings())
    err.print(f"written: {printable(str(file))}")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `pincite backup` wrote.")]) -> None:
    """Put a backup in place of the library, which is kept beside it."""
    kept = restore_backup(file, Settings())
    with connect(Settings()) as assistant:
        err.print(f"restored: {count(len(assistant.documents()), 'document')}")
    if kept:
        err.print(f"what it took the place of is kept in {printable(str(kept))}", soft_wrap=True)


@app.command(name="eval")
def evaluate_questions(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", help="A question a line, as JSON.")],
    as_json: Json = False,
    baseline: Annotated[
        Path | None, typer.Option(help="What --json printed before: with less quality the exit code is 1.")
    ] = None,
    tolerance: Annotated[float, typer.Option(help="How far below the baseline is still well.", min=0, max=1)] = 0.02,
) -> None:
    """Ask your own questions and measure the answers."""
    asked = read_questions(questions)
    before = read_baseline(baseline, asked) if baseline else None
    with connect(settings_told(asking=True)) as assistant, progress_bar("asking", "questions") as on_progress:
        evaluation = evaluate(assistant, asked, on_progress=on_progress)
    comparison = compare(evaluation, before, tolerance=tolerance)
    if as_json:
        print_json(to_json(evaluation))
    else:
        print_comparison(comparison)
        print_problems(comparison)
    print_notices(comparison)
    if comparison.fallen:
        raise typer.Exit(1)


def settings_told(*, asking: bool = False) -> Settings:
    """The settings; where by them passages leave this machine, that is said on stderr before."""
    settings = Settings()
    if host := printable(settings.sends_to(asking=asking)):
        kept = "unset PINCITE_EMBEDDING_MODEL" if settings.embedding_model else "set PINCITE_MODEL=none"
        also = " and set PINCITE_MODEL=none" if settings.embedding_model and settings.answerer is not None else ""
        err.print(f"pincite: passages of your documents go to {host}; {kept}{also} to keep them here", soft_wrap=True)
    return settings


def print_statement(statement: Statement) -> None:
    """One statement a line, its citations behind it; a mark and the reason where it is not plainly supported."""
    line = Text()
    for part, struck in split_struck(statement):
        plain = re.sub(r"\[(\d+)\]", r"(\1)", re.sub(r" +", " ", printable(part)))  # no document forges a citation
        line.append(plain, style="strike" if struck else "")
    for quote in statement.quotes:
        line.append(f" [{quote.number}]", style="bold cyan")
    if statement.reason:
        line.append(f"  ({statement.verdict}: {printable(statement.reason)})", style="yellow")
    out.print(line)
    for remark in list_remarks(statement):
        out.print(Padding(Text(printable(remark), style="yellow"), (0, 0, 0, 3)))


def print_rest(answer: Answer) -> None:
    """What follows the statements: the quotes, or the abstention with the nearest passages, and every notice."""
    if answer.abstained:
        out.print(Text(printable(answer.text), style="bold"))
        for hit in answer.hits[:3]:
            text = " ".join(printable(hit.passage.text).split())
            about = ", ".join(part for part in (hit.passage.title, origin_of(hit.passage)) if part)
            out.print(Text(f"\nnearest: {printable(about)}", style="dim"))
            out.print(Padding(Text(text[:300] + ("…" if len(text) > 300 else ""), style="dim"), (0, 0, 0, 3)))
        if not answer.hits:
            err.print("The library is empty: `pincite ingest PATH` fills it.")
    for quote in answer.quotes:
        out.print()
        print_quote(quote)
    if not answer.abstained:
        out.print(Text(f"\nconfidence {answer.confidence:.0%}", style="dim"))
    for notice in (*answer.notes, answer.incomplete):
        if notice:
            err.print(f"pincite: {printable(notice)}", soft_wrap=True)


def print_quote(quote: Quote) -> None:
    about = ", ".join(part for part in (quote.title, origin_of(quote)) if part)
    out.print(Text.assemble((f"[{quote.number}] ", "bold cyan"), f"“{' '.join(printable(quote.text).split())}”"))
    out.print(Padding(Text(printable(about), style="dim"), (0, 0, 0, 4)))


def origin_of(words: Quote | Passage) -> str:
    """Author, publisher, date, page and source, as far as they are known."""
    number = words.page if isinstance(words, Quote) else words.page_at(words.start)
    page = f"page {number}" if number else ""
    return ", ".join(part for part in (words.author, words.publisher, words.date or "", page, words.source) if part)


def print_verification(verification: Verification) -> None:
    """A line for each fault and note, or that all holds."""
    for fault in verification.faults:
        out.print(Text(printable(fault)), soft_wrap=True)
    for note in verification.notes:
        err.print(f"pincite: {printable(note)}", soft_wrap=True)
    if not verification.faults:
        says = f"{count(verification.quotes, 'quote')} verified, word for word"
        out.print(says if verification.quotes else "an abstention: it quotes nothing")


def print_report(report: IngestReport) -> None:
    """The counts on one line, and a line for each failure."""
    named = {name: len(getattr(report, name)) for name in ("added", "updated", "unchanged", "removed", "failed")}
    err.print(", ".join(f"{number} {name}" for name, number in named.items() if number) or "nothing to ingest")
    print_failed(report.failed)


def print_failed(failed: Iterable[tuple[str, str]]) -> None:
    for source, reason in failed:
        err.print(f"failed: {printable(source)}: {printable(reason)}", soft_wrap=True)
