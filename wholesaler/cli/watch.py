"""``status``, ``doctor``, ``config show``: what a person or a monitor asks of the nights and of the machine."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wholesaler.cli.durations import seconds_of
from wholesaler.cli.state import State
from wholesaler.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

config_app = typer.Typer(help="The settings that are in force.")


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command()(status)
    app.command()(doctor)
    app.add_typer(config_app, name="config")


def status(
    context: typer.Context,
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="26h", help="A stage is overdue after so many hours (90m, 26h, 2d).")
    ] = "26h",
) -> int:
    """Whether the nights go well: stages, sources, leads, disk, next run.

    Ends with 0, with 3 where a stage ended with warnings, with 1 where one failed or is overdue.
    """
    state: State = context.obj
    limit = timedelta(seconds=seconds_of("--max-age", max_age))
    market = state.market
    from wholesaler.pipeline.status import status as read_status

    with state.engine().connect() as connection:
        found = read_status(connection, state.market_settings, market, limit)
    from wholesaler.cli.render import note_result, print_json, write

    if state.json:
        print_json(found)
    elif not (state.quiet and found["exit_code"] == 0):
        write(*_sheet(found))
    note_result("; ".join(f"{one['subject']} {one['message']}" for one in found["problems"][:1]))
    return int(found["exit_code"])


def doctor(context: typer.Context) -> int:
    """Look for what would spoil a night, and say what to do about it.

    Settings, rights, disk, database, clock, every address, cron. Ends with 0, with 3 for warnings, with 1 for errors.
    """
    state: State = context.obj
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.config import load_settings_leniently
    from wholesaler.pipeline.doctor import diagnose

    settings, fault = load_settings_leniently()
    state.configure_logs(settings)
    found = diagnose(settings, fault, [county.named_market or settings.market for county in state.counties])
    outcomes = {diagnosis.outcome for diagnosis in found}
    code = ExitCode.FAILED if "error" in outcomes else ExitCode.WARNINGS if "warning" in outcomes else ExitCode.OK
    if state.json:
        print_json({"command": "doctor", "exit_code": int(code), "checks": [vars(diagnosis) for diagnosis in found]})
    elif not (state.quiet and code is ExitCode.OK):
        rows = [(one.subject, one.outcome, f"{one.message} {one.hint or ''}".rstrip()) for one in found]
        write(table(None, ("about", "result", "what, and what to do"), rows))
    return int(code)


@config_app.command("show")
def config_show(context: typer.Context) -> None:
    """Every setting with the place it is from; secrets are hidden."""
    state: State = context.obj
    from wholesaler.cli.render import print_json, show, table, write

    settings = state.settings
    effective = settings.effective()
    if state.json:
        print_json({"command": "config show", "settings": effective, "warnings": settings.warnings})
        return
    rows = [(key, "–" if of["value"] is None else show(of["value"]), of["origin"]) for key, of in effective.items()]
    write(table(None, ("setting", "value", "from"), rows), *(f"  warning: {warning}" for warning in settings.warnings))


def acknowledge_warning(state: State, name: str | None, until: str | None) -> int:
    """Write down, or take back, that a warning is known; say so."""
    if name is None or until is None:
        raise UsageError("--acknowledge NAME and --until DATE go together.")
    market, settings, today = state.market, state.settings, state.as_of
    from wholesaler.cli.render import print_json, write
    from wholesaler.db.known import acknowledge, forget
    from wholesaler.stages.check.names import expect_name, read_until

    expect_name(name, market, settings)
    day = read_until(until, today)
    with state.engine().begin() as connection:
        if day >= today:
            acknowledge(connection, market.key, name, day)
            said = f"{name} of {market.name} is known until {day:%-d %b %Y}: it makes no exit code 3 and no message."
        elif forget(connection, market.key, name):
            said = f"{name} of {market.name} is not acknowledged any more."
        else:
            said = f"{name} of {market.name} was not acknowledged."
    if state.json:
        known = day if day >= today else None
        print_json({"command": "check --acknowledge", "market": market.key, "name": name, "until": known})
    else:
        write(said)
    return 0


def _sheet(found: dict[str, Any]) -> "list[RenderableType]":
    from wholesaler.cli.render import table
    from wholesaler.pipeline.status import show_age

    def age(hours: float | None) -> str:
        return "never" if hours is None else f"{show_age(hours)} ago"

    stages = [
        (stage["stage"], stage["status"], stage["as_of"], age(stage["age_hours"]), stage["seconds"])
        for stage in found["stages"]
    ]
    sources = [
        (
            source["source"],
            source["status"],
            age(source["age_hours"]),
            _newest(source),
            "" if source["join_rate"] is None else f"{source['join_rate']:.0%}",
        )
        for source in found["sources"]
    ]
    return [
        table(found["market_name"], ("stage", "status", "day", "last success", "seconds"), stages, ("seconds",)),
        table(None, ("source", "status", "last success", "newest record", "join rate"), sources, ("join rate",)),
        "\n".join([*_facts(found), "", *_problems(found)]),
    ]


def _newest(source: dict[str, Any]) -> str:
    if source["newest_record"] is None:
        return ""
    stale = " (stale, which is known)" if source["stale_is_known"] else " (stale)"
    return f"{source['newest_record']}{stale if source['stale'] else ''}"


def _facts(found: dict[str, Any]) -> list[str]:
    from wholesaler.cli.render import show
    from wholesaler.pipeline.missed import name_days
    from wholesaler.pipeline.status import MISSED_DAYS

    leads, disk, database, due = (found[name] for name in ("leads", "disk", "database", "next_run_expected_at"))
    lines = []
    if leads is not None:
        changes = leads["changes"] or dict.fromkeys(leads["tier_counts"], 0)
        tiers = ", ".join(
            f"{tier} {count:,}" + (f" ({changes[tier]:+,})" if changes[tier] else "")
            for tier, count in leads["tier_counts"].items()
        )
        since = f" (changes since {leads['day_before']})" if leads["changes"] else ""
        lines.append(f"Leads on {leads['as_of']}: {tiers}; {leads['new_tier_a']:,} new in A{since}")
    if found["missed_days"]:
        days = found["missed_days"]
        lines.append(f"Days without a finished run: {len(days)} in the last {MISSED_DAYS} ({name_days(days)})")
    waiting = [f"{channel} {show(of['pending'])}" for channel, of in found["pending_alerts"].items()]
    refused = [f"{channel} {show(of['refused'])}" for channel, of in found["refused_alerts"].items()]
    seen = f"; refused: {', '.join(refused)} (`wholesaler alerts list`)" if refused else ""
    lines.append(f"Alerts that wait: {', '.join(waiting) or 'none'}{seen}")
    place = "private database" if database["private"] else "database"
    free = f"{disk['free_bytes'] / 1e9:,.1f} of {disk['total_bytes'] / 1e9:,.1f} GB free at {disk['path']}"
    lines.append(f"Disk: {free}; {place} {database['size_bytes'] / 1e6:,.0f} MB (PostgreSQL {database['version']})")
    if found["acknowledged"]:
        names = ", ".join(f"{name} until {day}" for name, day in found["acknowledged"].items())
        lines.append(f"Acknowledged: {names}")
    if due is not None:
        nobody = ", but no crontab or timer that this user can see starts it: `wholesaler schedule --cron` prints one"
        lines.append(
            f"Next run expected: {show(due)}, a day after the last one began{'' if found['started_by'] else nobody}"
        )
    return lines


def _problems(found: dict[str, Any]) -> list[str]:
    if not found["problems"]:
        return ["All is well."]
    return [
        f"{problem['severity']}: {problem['subject']}: {problem['message']} {problem['hint'] or ''}".rstrip()
        for problem in found["problems"]
    ]
