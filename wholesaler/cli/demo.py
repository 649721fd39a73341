"""``wholesaler demo``: the whole pipeline over an invented county, offline."""

import shlex
import time

import typer

from wholesaler.cli.state import State
from wholesaler.errors import ExitCode
from wholesaler.home import make_home, private_files
from wholesaler.plural import counted

SEED = 1
TOP = 10


def demo(context: typer.Context) -> int:
    """The whole pipeline over the bundled sample county, offline."""
    state: State = context.obj
    settings = state.settings.model_copy(
        update={"geocoder_enabled": False, "alert_enable_email": False, "alert_enable_slack": False, "retries": 0}
    )
    from wholesaler.cli.render import print_json
    from wholesaler.markets import read_market
    from wholesaler.pipeline.run import Task, run
    from wholesaler.sample import add_mailings, generate
    from wholesaler.sample import write as write_files

    day = state.as_of
    folder = settings.home / "sample-county"
    make_home(settings.home)
    with private_files():
        county = generate(SEED, day)
        # a county that is chosen for all commands, this one perhaps, is not asked for by name
        path = write_files(county, folder, state.market if state.named_market else county.market)
        add_mailings(county, path, county.market, SEED)
        market = read_market(path)
    settings = settings.of_market(market.key)
    report = run(Task(settings, market, day, profile=state.profile, lock_until=time.monotonic() + state.wait_lock))
    # the sample is dirty on purpose, so that warnings are how it ends when all is well
    code = ExitCode.OK if report.exit_code is ExitCode.WARNINGS else report.exit_code
    if state.json:
        print_json(report.document())
        return code

    from wholesaler.cli.lead_table import leads_table
    from wholesaler.cli.render import program, write
    from wholesaler.cli.run_report import print_run, tier_table
    from wholesaler.db.engine import open_engine
    from wholesaler.leads.filters import Filters
    from wholesaler.leads.listing import leads
    from wholesaler.scoring.stored import tier_stats

    print_run(report)
    with open_engine(settings).connect() as connection:
        write(tier_table(tier_stats(connection, market.key)))
        best = leads(connection, market, Filters(), TOP)
    write(
        leads_table(
            best, f"The {len(best['leads'])} best of {counted(best['total'], 'lead')} (an invented county)", short=True
        )
    )
    if best["leads"]:
        name = program()
        write(
            # nothing stands behind a line: some shells take remarks for words of the command
            "Where to go next. To have this county, from now on, in this terminal:",
            f"  export WHOLESALER_MARKET={shlex.quote(str(market.path))}",
            "Its best leads, and all about one:",
            f"  {name} leads list --tier A",
            f"  {name} leads show {best['leads'][0]['parcel_id']}",
            f"To have the live county again (`{name} markets list` names those there are), and read it:",
            "  unset WHOLESALER_MARKET",
            f"  {name} run-all",
            "What runs that every night:",
            f"  {name} schedule --cron",
        )
    return code
