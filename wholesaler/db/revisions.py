"""Which revision the database is at, and which one this version needs: asked at every start, so without Alembic."""

import re
from pathlib import Path

from sqlalchemy import Engine, text

_REVISION = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


def migrations_folder() -> Path:
    """Where the migrations are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def newest_revision() -> str:
    """The revision that no other migration comes after."""
    found = [
        dict(_REVISION.findall(path.read_text("utf-8"))) for path in (migrations_folder() / "versions").glob("*.py")
    ]
    (newest,) = {one["revision"] for one in found} - {one.get("down_revision") for one in found}
    return str(newest)


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at; none before the first migration."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        revision: str | None = connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
        return revision


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The revision the database is at, and the one this version of the program needs."""
    return current_revision(engine), newest_revision()
