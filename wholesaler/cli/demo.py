"""``wholesaler demo``: the whole pipeline over an invented county, offline."""

import os
import shutil
import sys
from pathlib import Path

import typer

from wholesaler.cli.state import State
from wholesaler.errors import ExitCode
from wholesaler.home import make_home, private_files

SEED = 1
TOP = 10


def demo(context: typer.Context) -> int:
    """The whole pipeline over the bundled sample county, offline."""
    state: State = context.obj
    settings = state.settings.model_copy(
        update={"geocoder_enabled": False, "alert_enable_email": False, "alert_enable_slack": False, "retries": 0}
    )
    from wholesaler.cli.output import console, print_json
    from wholesaler.markets import read_market
    from wholesaler.pipeline.run import Task, run
    from wholesaler.sample import generate, write

    day = state.as_of
    folder = settings.home / "sample-county"
    make_home(settings.home)
    with private_files():
        market = read_market(write(generate(SEED, day), folder, state.market))
    report = run(Task(settings, market, day, profile=state.profile))
    # the sample is dirty on purpose, so that warnings are how it ends when all is well
    code = ExitCode.OK if report.exit_code is ExitCode.WARNINGS else report.exit_code
    if state.json:
        print_json(report.document())
        return code

    from wholesaler.cli.lead import leads_table
    from wholesaler.cli.summary import print_run, tier_table
    from wholesaler.leads.reading import leads
    from wholesaler.stages.score.stage import tier_stats

    out = console()
    print_run(report)
    with state.engine().connect() as connection:
        out.print(tier_table(tier_stats(connection, market.key)))
        best = leads(connection, market.key, [], only_new=False, limit=TOP)
    out.print(leads_table(best, f"The {len(best['leads'])} best of {best['total']:,} leads (an invented county)"))
    if best["leads"]:
        out.print("Where to go next:")
        program = _program()
        out.print(f"  {program} leads show {best['leads'][0]['parcel_id']} --market {market.path}")
        out.print(f"  {program} run-all    the live county; `{program} markets list` names those there are")
        out.print("  crontab.example    the same every night")
    return code


def _program() -> str:
    """How the user can call the program from where they are."""
    return "wholesaler" if shutil.which("wholesaler") else os.path.relpath(Path(sys.executable).with_name("wholesaler"))
