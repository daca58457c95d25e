"""Previews: every notice of a plan as files to look at, in all forms that channels get, with a page that lists them."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass
from pathlib import Path

from policyver.config import Channel, Settings
from policyver.errors import PolicyverError
from policyver.notices.composing import UNSUBSCRIBE, Content, Letter
from policyver.notices.notifying import Delivery, Plan, compose

_EXAMPLE = "subscriber@example.com"


@dataclass(frozen=True, slots=True)
class _Preview:
    name: str
    letter: Letter
    content: Content


def write_previews(found: Plan, settings: Settings, root: Path, today: dt.date, folder: Path) -> int:
    """Write the notices of a plan to `folder`; how many. Markets without subscribers are shown too, one a language.

    Raises `PolicyverError` where the folder cannot be written.
    """
    nobody = Channel("preview", per_subscriber=True)
    markets = [
        Delivery(one.change, nobody, one.audiences[0], one.territories, "mail", 0)
        for one in found.announcements
        if one.change.is_announced
    ]
    everything = Plan(found.announcements, (*found.deliveries, *markets), (), found.head_commit)
    previews: dict[tuple[str, ...], _Preview] = {}
    for _, draft, letter in compose(everything, settings, root, today):
        key = (draft.policy, draft.version, draft.language, draft.duty)
        name = "-".join((draft.policy, draft.locale, draft.label, "in", draft.language))
        previews.setdefault(key, _Preview(_file_name(name), letter, _for_example(draft.content, settings)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in previews.values():
            _write(folder, one, settings)
        (folder / "index.html").write_text(_index(list(previews.values())), encoding="utf-8")
    except OSError as error:
        raise PolicyverError(f"the previews cannot be written: {error.strerror}", where=str(folder),
                             cure="Name another folder.") from None  # fmt: skip
    return len(previews)


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip(".-")[:120]


def _for_example(content: Content, settings: Settings) -> Content:
    link = f"{settings.notices.base_url or 'https://example.com'}/unsubscribe?token=example"
    text, html_, markdown, push = (
        one.replace(UNSUBSCRIBE, link) for one in (content.text, content.html, content.markdown, content.push)
    )
    return Content(content.subject, text, html_, markdown, push, content.payload)


def _write(folder: Path, one: _Preview, settings: Settings) -> None:
    content = one.content
    files = {
        "html": content.html,
        "txt": f"Subject: {content.subject}\n\n{content.text}",
        "md": content.markdown,
        "push.txt": f"{content.subject}\n{content.push}",
        "json": content.payload,
    }
    for ending, text in files.items():
        (folder / f"{one.name}.{ending}").write_text(text, encoding="utf-8", errors="backslashreplace")
    if settings.notices.sender:
        (folder / f"{one.name}.eml").write_bytes(_mail(one, settings.notices.sender))


def _mail(one: _Preview, sender: str) -> bytes:
    from policyver.notices.channels.base import Outgoing
    from policyver.notices.channels.mail import Writer

    courtesy = bool(one.letter.unsubscribe_url)
    message = Outgoing("0" * 32, one.content, _EXAMPLE, "", one.letter.language, courtesy,
                       "https://example.com/unsubscribe?token=example" if courtesy else "", 0)  # fmt: skip
    return Writer(sender).write(message)


def _index(previews: list[_Preview]) -> str:
    rows = "\n".join(
        f'<tr><td><a href="{name}.html" lang="{one.letter.language}" dir="{one.letter.direction}">'
        f"{html.escape(one.content.subject)}</a></td><td>{html.escape(one.letter.language)}</td>"
        f"<td>{html.escape(one.letter.locale)}</td><td>"
        + " · ".join(f'<a href="{name}.{ending}">{ending}</a>' for ending in ("txt", "md", "push.txt", "json"))
        + "</td></tr>"
        for one in previews
        for name in [html.escape(one.name)]
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Previews of notices</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}
td,th{{text-align:start;padding:.4rem .6rem;border-bottom:1px solid #ccc}}</style>
</head><body><main><h1>Previews of notices</h1>
<table><thead><tr><th scope="col">Notice</th><th scope="col">Language</th><th scope="col">Text</th>
<th scope="col">Other forms</th></tr></thead><tbody>
{rows}
</tbody></table></main></body></html>
"""
