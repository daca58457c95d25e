"""Configured channels opened: their secrets read, their URLs checked, the right kind of sender made."""

from __future__ import annotations

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from policyver.config import Channel, NoticeSettings
from policyver.errors import ConfigurationError, UsageError
from policyver.notices.channels.base import Sender
from policyver.notices.channels.mail import Maildir, MailSender, Smtp, Writer, dkim_signer
from policyver.notices.channels.push import PushSender, instantiate
from policyver.notices.channels.webhook import WebhookSender, parsed_secrets
from policyver.notices.environment import expanded

_MAIL = ("mailto", "mailtos", "maildir")
SCHEMES = ("discord", "gotify", "gotifys", "json", "jsons", "matrix", "matrixs", "msteams", "ntfy", "ntfys", "slack",
           "vapid", "xml", "xmls")  # fmt: skip
"""The apprise URLs that a channel takes from subscribers unless it names others: services reached over HTTP."""
_NAMES_A_FILE = {
    "attach",
    "keyfile",
    "subfile",
    "pgpkey",
    "pgppub",
    "pgpprv",
    "template",
    "cert",
    "key_file",
    "vapidkey",
}


def with_environment(channel: Channel) -> str | None:
    """The channel's URL with what comes from the environment. Raises `ConfigurationError`."""
    return expanded(channel.url, f"channels.{channel.name}.url") if channel.url else None


def scheme_of(url: str) -> str:
    return url.partition("://")[0].lower()


def check_channel(channel: Channel, settings: NoticeSettings, root: Path) -> None:
    """Refuse a channel that cannot work, before anything is queued for it. Raises `ConfigurationError`."""
    open_sender(channel, settings, root).close()


def open_sender(channel: Channel, settings: NoticeSettings, root: Path) -> Sender:
    """The sender for a channel. Raises `ConfigurationError` where its URL or secret cannot be used."""
    key = f"channels.{channel.name}"
    url = with_environment(channel)
    if url is None:
        return PushSender(None, public_only=not channel.allow_private)
    if channel.kind == "webhook":
        return _webhook(channel, url, settings, key)
    if channel.per_subscriber:
        if scheme_of(url) not in _MAIL:
            raise _unusable(key, "a channel for subscribers is mailto://, mailtos:// or maildir://")
        return _mail(url, settings, root, key)
    plugin = instantiate(url)
    if plugin is None:
        raise _unusable(key, "apprise cannot use it")
    return PushSender(plugin, public_only=False)


def _unusable(key: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"`{key}.url` is no address that notices can be sent to: {why}", where=key,
        cure="Correct it, or the variable that it names; the URL itself is not shown, since it may hold secrets.",
    )  # fmt: skip


def _webhook(channel: Channel, url: str, settings: NoticeSettings, key: str) -> Sender:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _unusable(key, "a webhook is https://")
    if parts.scheme == "http" and not channel.allow_private:
        raise _unusable(key, "without allow_private = true a webhook is https://")
    assert channel.secret is not None
    secrets = parsed_secrets(expanded(channel.secret, f"{key}.secret"), f"{key}.secret")
    return WebhookSender(url, secrets, settings.base_url or "policyver", allow_private=channel.allow_private)


def _mail(url: str, settings: NoticeSettings, root: Path, key: str) -> Sender:
    if settings.sender is None:
        cure = 'Add sender = "Example Privacy Team <privacy@example.com>" to [notices].'
        raise ConfigurationError("mails need a sender", where="notices.sender", cure=cure)
    sign = None
    if settings.dkim is not None:
        secret = expanded(settings.dkim.key, "notices.dkim.key").replace("\\n", "\n")
        sign = dkim_signer(settings.dkim.domain, settings.dkim.selector, secret)
    writer = Writer(settings.sender, settings.reply_to, sign)
    if scheme_of(url) == "maildir":
        return MailSender(writer, Maildir(root / url.partition("://")[2]))
    return MailSender(writer, Smtp(_smtp_settings(url, settings.sender, key)))


def _smtp_settings(url: str, sender: str, key: str) -> dict[str, Any]:
    """apprise's settings of the connection that a mailto:// URL describes."""
    if "from=" not in url:
        url += ("&" if "?" in url else "?" if url.count("/") > 2 else "/?") + f"from={quote(parseaddr(sender)[1])}"
    plugin = instantiate(url)
    if plugin is None or not plugin.smtp_host:
        raise _unusable(key, "apprise cannot use it")
    return {
        "host": plugin.smtp_host,
        "port": plugin.port,
        "secure_mode": plugin.secure_mode if plugin.secure else "insecure",
        "user": plugin.user,
        "password": plugin.password,
        "verify_certificate": plugin.verify_certificate,
        "socket_connect_timeout": plugin.socket_connect_timeout,
    }


def address_of(written: str, schemes: tuple[str, ...] = SCHEMES) -> tuple[str, str]:
    """A subscriber's address as ``(kind, address)``: ``mail`` with a canonical address, or ``apprise`` with a URL.

    Raises `UsageError` with what is wrong, without the address.
    """
    address = written.strip()
    if not address:
        raise UsageError("the address is empty")
    if not address.isprintable():
        raise UsageError("the address has a control character")
    if "://" in address and not address.lower().startswith("mailto:"):
        return "apprise", _apprise_address(address, schemes)
    return "mail", _mail_address(address.removeprefix("mailto://").removeprefix("mailto:"))


_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?!-)[\w-]{1,63}(?<!-)(\.(?!-)[\w-]{1,63}(?<!-))*")


def _mail_address(address: str) -> str:
    """An address of RFC 5321's everyday form; the domain in lower case, since only it ignores case."""
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        raise UsageError("the address is no e-mail address")
    if not _DOMAIN.fullmatch(domain):
        raise UsageError("the domain of the address is none")
    return f"{local}@{domain.lower()}"


def _apprise_address(address: str, schemes: tuple[str, ...]) -> str:
    scheme = scheme_of(address)
    if scheme not in schemes:
        raise UsageError(f"{scheme[:20]}:// is not taken from subscribers")
    query = {name.lower() for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True)}
    if named := sorted(query & _NAMES_A_FILE):
        raise UsageError(f"the address names a file of this machine ({named[0]}=)")
    if instantiate(address) is None:
        raise UsageError("the address is no apprise URL")
    return address
