"""``alert --test``: what of the alerts is no stage of a night."""

from wholesaler.cli.state import State
from wholesaler.errors import ExitCode


def try_channels(state: State) -> int:
    """Send a sample to every channel and show what each answered; ends with 3 where one refused."""
    settings, market, day = state.settings, state.market, state.as_of
    from wholesaler.cli.render import print_json, table, write
    from wholesaler.notify.trial import try_channels

    answers = try_channels(settings, (market.key, market.name), day)
    code = ExitCode.OK if all(answer.taken for _, answer in answers) else ExitCode.WARNINGS
    if state.json:
        channels = [{"channel": name, **vars(answer)} for name, answer in answers]
        print_json({"command": "alert --test", "market": market.key, "exit_code": int(code), "channels": channels})
    elif not (state.quiet and code is ExitCode.OK):
        rows = [
            (name, answer.recipient, "took it" if answer.taken else "refused", f"{answer.words} {answer.hint or ''}")
            for name, answer in answers
        ]
        write(table("A test message to every channel", ("channel", "recipient", "result", "answer"), rows))
    return int(code)
