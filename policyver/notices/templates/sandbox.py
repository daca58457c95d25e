"""Lays letters out in a Jinja2 sandbox; as a program (JSON on stdin and stdout), with limits on time and memory."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

import jinja2
import jinja2.debug  # loaded by jinja2 only when something goes wrong, and then no file can be opened any more
from jinja2.sandbox import ImmutableSandboxedEnvironment

_MEMORY = 1 << 30
_LARGEST = 4 << 20
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")


def lay_out(sources: dict[str, str], names: list[str], letters: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Each letter through each of the templates `names`; `sources` are all that they can include."""
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.DictLoader(sources),
        autoescape=lambda name: bool(name) and name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["redline"] = _redline
    environment.filters["md"] = _markdown
    templates = {name: environment.get_template(f"{name}.j2") for name in names}
    return [{name: _whole(template, letter) for name, template in templates.items()} for letter in letters]


def _whole(template: jinja2.Template, letter: dict[str, Any]) -> str:
    written, size = [], 0
    for piece in template.generate(letter):
        size += len(piece)
        if size > _LARGEST:
            raise jinja2.TemplateRuntimeError("it writes more than 4 MiB")
        written.append(piece)
    text = re.sub(r"\n{3,}", "\n\n", "".join(written))
    return text.strip() + "\n"


def _redline(runs: Iterable[dict[str, str]]) -> str:
    """Words before and after for a text without styles: ``[-30-]{+60+}``."""
    marks = {"delete": "[-{}-]", "insert": "{{+{}+}}", "equal": "{}"}
    return "".join(marks[run["op"]].format(run["text"]) for run in runs).strip()


def _markdown(text: str) -> str:
    """Words that show literally in Markdown, and mention nobody."""
    return _MARKDOWN.sub(r"\\\1", str(text)).replace("@", "@\u2060")


def _limit(seconds: int) -> None:
    try:
        import resource
    except ImportError:  # where there is no such thing, the parent's timeout is the limit
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def main() -> None:
    """Read the task, write the letters, or what is wrong and in which template."""
    task = json.load(sys.stdin.buffer)
    names = task["names"]
    lay_out(task["shipped"], names, task["letters"][:1])  # policyver's own first: loads all that is loaded late
    _limit(task["seconds"])
    try:
        answer: dict[str, Any] = {"letters": lay_out(task["shipped"] | task["own"], names, task["letters"])}
    except jinja2.TemplateSyntaxError as error:
        answer = {"what": f"line {error.lineno}: {error.message}", "where": error.name}
    except jinja2.TemplateError as error:
        answer = {"what": f"the template cannot be used: {error.message}"}
    except MemoryError:
        answer = {"what": "a template took too much memory"}
    except Exception as error:  # whatever a template of strangers does, it is the template that is wrong
        answer = {"what": f"the template cannot be used: {error}"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
