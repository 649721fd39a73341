"""Where the single file goes on once it is unpacked: the process is made what it would be without it."""

import os
import sys
from pathlib import Path

#: where the machine's own certificates of authorities are, for the OpenSSL that is in the file: Debian's and Ubuntu's
CERTIFICATES = "/usr/lib/ssl/certs"


def make_plain() -> None:
    """Take back what the bootloader has changed for programs that are started, and name the file that was called."""
    # else psql, crontab and ps would load our libraries in place of the machine's
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before:
        os.environ["LD_LIBRARY_PATH"] = before
    for name in [name for name in os.environ if name.startswith("_PYI_")]:
        del os.environ[name]
    sys.argv[0] = os.environ.pop("_WHOLESALER_FILE", sys.argv[0])


def trust_somebody() -> None:
    """Where the machine keeps no certificates, or keeps them elsewhere, those that came along are trusted."""
    if "SSL_CERT_FILE" in os.environ or "SSL_CERT_DIR" in os.environ:
        return
    try:
        with os.scandir(CERTIFICATES) as entries:
            known = any(entries)
    except OSError:
        known = False
    if not known:
        os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("certifi") / "cacert.pem")


make_plain()
trust_somebody()
from wholesaler.__main__ import main  # noqa: E402

main()
