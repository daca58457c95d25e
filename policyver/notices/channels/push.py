"""Any apprise URL: ntfy, gotify, Matrix, MQTT, Slack, Teams, Discord, web push, json:// and the rest.

Each service gets the form that it shows best (HTML, Markdown or text), cut to the length that it takes between words.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

import apprise
from apprise import NotifyFormat

from policyver.notices.channels.base import DELIVERED, Outgoing, Receipt, Status, from_http_status
from policyver.notices.channels.watch import Seen, watched
from policyver.notices.composing import UNSUBSCRIBE, Content
from policyver.notices.fitting import fit

_LINK = 400
"""Room for the reader's own link, which is put in when the message is sent."""


class PushSender:
    """Sends through one apprise URL, or with `plugin` None through the URL that is each message's address."""

    def __init__(self, plugin: Any | None, *, public_only: bool) -> None:
        self._plugin = plugin
        self._public_only = public_only

    def send(self, message: Outgoing) -> Receipt:
        plugin = self._plugin or instantiate(message.address)
        if plugin is None:
            return Receipt(Status.REFUSED, "the address is no apprise URL any more")
        title, body, form = laid_out(message, plugin)
        seen, heard = Seen(), _Heard()
        log = logging.getLogger("apprise")
        log.addHandler(heard)
        try:
            with watched(seen, public_only=self._public_only):
                taken = bool(
                    plugin.notify(body=body, title=title, body_format=form, notify_type=apprise.NotifyType.INFO)
                )
        except Exception as error:  # a plugin is somebody else's code: whatever it raises, the message was not taken
            return Receipt(Status.DEFERRED, f"the service could not be used: {type(error).__name__}")
        finally:
            log.removeHandler(heard)
        return _receipt(taken, seen, heard)

    def close(self) -> None:
        pass


class _Heard(logging.Handler):
    """Keeps whether apprise could not connect; its words can hold parts of the URL, so they are not kept."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines = 0
        self.no_connection = False

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += 1
        self.no_connection = self.no_connection or "onnection" in record.getMessage()


def _receipt(taken: bool, seen: Seen, heard: _Heard) -> Receipt:
    if taken:
        return DELIVERED
    worst = seen.worst
    if worst is not None and worst[0] >= 300:
        return from_http_status(*worst, dt.datetime.now(dt.UTC))
    if heard.no_connection or not seen.answers:
        return Receipt(Status.DEFERRED, "no connection to the service, or an address that is not allowed",
                       channel_down=True)  # fmt: skip
    return Receipt(Status.DEFERRED, "the service did not take it")


def laid_out(message: Outgoing, plugin: Any) -> tuple[str, str, NotifyFormat]:
    """Title and body in the form and length that a service takes."""
    content = message.content
    forms = plugin._formats() if hasattr(plugin, "_formats") else (plugin.notify_format,)
    title = fit(content.subject, plugin.title_maxlen) if plugin.title_maxlen > 0 else ""
    room = plugin.body_maxlen - (len(content.subject) + 2 if not title else 0)
    form, body = _form(content, forms, room)
    link = "" if UNSUBSCRIBE in body or not message.is_courtesy else f"\n\n{message.unsubscribe_url}"
    body = body.replace(UNSUBSCRIBE, message.unsubscribe_url).strip()
    return title or content.subject, (fit(body, room - len(link)) if form is NotifyFormat.TEXT else body) + link, form


def _form(content: Content, forms: Sequence[NotifyFormat], room: int) -> tuple[NotifyFormat, str]:
    """The fullest form that a service shows and has room for; marked-up forms are not cut, the short text is."""
    room -= _LINK
    if NotifyFormat.MARKDOWN in forms and len(content.markdown) <= room:
        return NotifyFormat.MARKDOWN, content.markdown
    if NotifyFormat.TEXT not in forms and NotifyFormat.HTML in forms and len(content.html) <= room:
        return NotifyFormat.HTML, content.html
    if len(content.text) <= room and NotifyFormat.MARKDOWN not in forms:
        return NotifyFormat.TEXT, content.text
    return NotifyFormat.TEXT, content.push


def instantiate(url: str) -> Any | None:
    """apprise's plugin for a URL; None for one that it cannot use. Nothing of the URL is logged."""
    log = logging.getLogger("apprise")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        asset = apprise.AppriseAsset(
            app_id="policyver", app_desc="policyver", app_url="", async_mode=False, http_redirects=False,
            image_url_mask="", image_url_logo="", plugin_paths=None, pgp_autogen=False, pem_autogen=False,
        )  # fmt: skip
        return apprise.Apprise.instantiate(url, asset=asset)
    except Exception:  # a plugin is somebody else's code: what it cannot take apart is no URL of its service
        return None
    finally:
        log.setLevel(level)
