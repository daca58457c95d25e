"""``make bench``: the figures that policyver stands by, as ratios against something run at the same time.

Each figure is the median of several runs that take turns with what they are compared with. Runs anywhere: on a
history made here from a seed, and on ../shared/corpora where that is present.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from policyver.diffing import compare
from policyver.document import parse
from policyver.locales.alignment import align
from policyver.model import Document
from tests import bench_notices
from tests.edits import EDITS, Draft, Editor, drafts_of, markdown_of
from tests.support import CORPORA, ROOT, SLICE_CONFIGURATION, GitRepo
from tests.test_alignment import bare, pairs, recall_and_precision, translations
from tests.test_corpora import CONFIGURATIONS, languages_told, laws_of
from tests.test_matching import GOAL, Tally, edited_texts
from tests.test_precedence import ALL, read

WORD_DIFF = ["log", "-p", "--word-diff", "--word-diff-regex=[[:alnum:]]+|[^[:space:]]", "--", "*.md"]
IMPORTS = "import git, typer, markdown_it, rich.console"


def timed(command: Sequence[str | Path], cwd: Path | None = None, **environment: str) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert done.returncode in (0, 1, 3), done.stderr
    return time.perf_counter() - start


def ratio(ours: Callable[[], float], theirs: Callable[[], float], runs: int = 5) -> tuple[float, float, float]:
    """Median of our time, of theirs, and of the ratios of the pairs."""
    pairs = [(ours(), theirs()) for _ in range(runs)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def row(what: str, figure: str, goal: str, *, met: bool) -> None:
    print(f"{'ok  ' if met else 'MISS'}  {what:<58} {figure:<34} goal {goal}", flush=True)


def policyver(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "policyver", *arguments]


SECTIONS, SECTION_BYTES = 13, 1_000
"""As long as the texts of the bundles are, on average."""


def synthetic(directory: Path, commits: int, share: float = 0, seed: int = 7) -> Path:
    """A policy repository grown from the sample policies by seeded edits, one or two texts a commit.

    A commit changes one to three sections of a long text, or, given a `share`, about that part of the sections of a
    text as long as real ones.
    """
    repo = GitRepo(directory)
    draw = random.Random(seed)
    sources = {
        f"policies/{policy}/{path.stem}.md": _lengthened(path, draw) if share else _repeated(path)
        for policy in ("privacy", "terms")
        for path in sorted((ROOT / "policies" / policy).glob("*.md"))
    }
    stream = [_commit(0, sources)]
    for number in range(1, commits):
        changed = {}
        for path in draw.sample(list(sources), k=draw.randint(1, 2)):
            editor = Editor(sources[path], draw.getrandbits(32))
            count = round(len(editor.drafts) * share) if share else draw.randint(1, 3)
            too_long = share and len(sources[path].encode()) > SECTIONS * SECTION_BYTES
            shunned = ("add", "split") if too_long else ("delete", "merge")
            kinds = [kind for kind in EDITS if kind not in shunned]
            editor.edited([draw.choice(kinds) for _ in range(count)])
            changed[path] = sources[path] = markdown_of(editor.drafts)
        stream.append(_commit(number, changed))
    subprocess.run(["git", "-C", str(directory), "fast-import", "--quiet"], input=b"".join(stream), check=True)
    repo.git("gc", "-q")
    return directory


def _repeated(path: Path) -> str:
    return markdown_of(drafts_of(parse(path.read_text(encoding="utf-8"))) * 4)


def _lengthened(path: Path, draw: random.Random) -> str:
    """A text with `SECTIONS` sections of its paragraphs, each rewritten, so that no two are the same."""
    editor = Editor(path.read_text(encoding="utf-8"), draw.getrandbits(32))
    paragraphs = [block for draft in editor.drafts for block in draft.blocks if draft.is_prose]
    drafts = []
    for _ in range(SECTIONS):
        draft = Draft(2, "", [])
        editor.rename(draft)
        while sum(len(block.encode()) for block in draft.blocks) < SECTION_BYTES:
            draft.blocks.append(draw.choice(paragraphs))
        editor.rewrite(draft)
        drafts.append(draft)
    return markdown_of(drafts)


def _commit(number: int, files: dict[str, str]) -> bytes:
    """A commit for git fast-import."""
    head = f"commit refs/heads/main\ncommitter B <b@example.org> {1_600_000_000 + number * 3600} +0000\ndata 1\nx\n"
    parts = [head.encode()]
    for path, text in files.items():
        content = text.encode()
        parts.append(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")
    return b"".join(parts) + b"\n"


def whole_history(name: str, clone: Path) -> None:
    with tempfile.TemporaryDirectory() as cache:

        def log(*options: str, cached: bool) -> float:
            if not cached:
                shutil.rmtree(cache, ignore_errors=True)
            return timed(policyver("log", "--format", "json", *options), clone, XDG_CACHE_HOME=cache)

        def git() -> float:
            return timed(["git", *WORD_DIFF], clone)

        for what, goal, ours in (
            ("log --jobs 1", 3.0, lambda: log("--jobs", "1", cached=False)),
            ("log, all cores", 2.0, lambda: log(cached=False)),
            ("log, repeated", 0.4, lambda: log(cached=True)),
        ):
            mine, theirs, share = ratio(ours, git, 3)
            row(f"{name}: {what}", f"{mine:.2f} s / git {theirs:.2f} s = {share:.2f}", f"≤ {goal}", met=share <= goal)


def text_of(size: int, seed: int) -> str:
    """About `size` bytes of policy."""
    draw = random.Random(seed)
    words = (ROOT / "policies/privacy/en.md").read_text(encoding="utf-8").split()
    words = [word for word in words if word.isalpha()]
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        parts.append(f"## {' '.join(draw.choices(words, k=4))}\n\n{' '.join(draw.choices(words, k=120))}.\n\n")
    return "".join(parts)


def one_diff(directory: Path) -> None:
    old = text_of(30_000, 1)
    editor = Editor(old, 5)
    editor.edited(["edit", "rename", "move", "typo", "edit"])
    (directory / "old.md").write_text(old)
    (directory / "new.md").write_text(markdown_of(editor.drafts))
    command = policyver("diff", "old.md", "new.md", "--format", "plain")
    mine, theirs, share = ratio(
        lambda: timed(command, directory), lambda: timed([sys.executable, "-c", IMPORTS], directory), 9
    )
    row("diff of two files of 30 kB", f"{mine:.3f} s / imports {theirs:.3f} s = {share:.2f}", "≤ 2", met=share <= 2)
    repo = GitRepo(directory / "repo")
    repo.commit(privacy_en=(directory / "old.md").read_text())
    repo.commit(privacy_en=(directory / "new.md").read_text())
    command = policyver("diff", "HEAD~1..HEAD")
    for what in ("diff of two commits, 30 kB", "the same with a configuration"):
        mine, theirs, share = ratio(
            lambda: timed(command, repo.path), lambda: timed([sys.executable, "-c", IMPORTS], directory), 9
        )
        row(what, f"{mine:.3f} s / imports {theirs:.3f} s = {share:.2f}", "≤ 2", met=share <= 2)
        repo.write("policyver.toml", 'source_locale = "en"\n[policies.privacy]\nprecedence = "local"\n')
    peak = memory(command, repo.path)
    row("diff, memory", f"{peak:.0f} MB", "≤ 80 MB", met=peak <= 80)
    mine, theirs, share = ratio(
        lambda: timed(policyver("--version")), lambda: timed([sys.executable, "-c", "import typer"]), 9
    )
    row("--version", f"{mine:.3f} s / import typer {theirs:.3f} s = {share:.2f}", "≤ 1.5", met=share <= 1.5)


def memory(command: Sequence[str | Path], cwd: Path, **environment: str) -> float:
    """Peak resident memory of a process in MB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, command)], cwd=cwd, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    return int(done.stdout.split()[-1]) / 1024


def flat_memory(directory: Path) -> None:
    repo = GitRepo(directory)
    text = text_of(20_000, 3)
    peaks = []
    done = 0
    for commits in (100, 400):
        for number in range(done, commits):
            repo.commit(privacy_en=text.replace("data", f"data{number}", 3))
        done = commits
        command = policyver("log", "--format", "json", "--jobs", "1")
        peaks.append(memory(command, repo.path, POLICYVER_NO_CACHE="1"))
    grown = peaks[1] - peaks[0]
    row("memory of log, 100 and 400 commits", f"{peaks[0]:.0f} MB, {peaks[1]:.0f} MB", "grows ≤ 10 MB", met=grown <= 10)


def shuffled(size: int) -> tuple[str, str]:
    text = text_of(size * 300_000, 2)
    sections = text.split("## ")[1:]
    random.Random(4).shuffle(sections)
    return text, "".join(f"## {one}" for one in sections)


def rewritten(size: int) -> tuple[str, str]:
    draw = random.Random(5)
    vocabulary = [f"w{number}" for number in range(3000)]
    old = draw.choices(vocabulary, k=50_000 * size)
    new = [draw.choice(vocabulary) if draw.random() < 0.5 else word for word in old]
    return f"## A\n\n{' '.join(old)}\n", f"## A\n\n{' '.join(new)}\n"


def many_sections(size: int) -> tuple[str, str]:
    draw = random.Random(6)
    words = [f"word{number}" for number in range(2000)]
    bodies = [" ".join(draw.choices(words, k=20)) for _ in range(5000 * size)]
    old = "".join(f"## Section {n}\n\n{body}\n\n" for n, body in enumerate(bodies))
    changed = [body.replace("word1", "term1") if n % 3 == 0 else body for n, body in enumerate(bodies)]
    return old, "".join(f"## Part {n + 7}\n\n{body}\n\n" for n, body in enumerate(changed))


def one_word(size: int) -> tuple[str, str]:
    return f"## A\n\n{'data ' * 100_000 * size}\n", f"## A\n\n{'data ' * (100_000 * size - 777)} end\n"


def same_heading(size: int) -> tuple[str, str]:
    draw = random.Random(8)
    words = [f"word{number}" for number in range(400)]
    bodies = [" ".join(draw.choices(words, k=15)) for _ in range(1000 * size)]
    old = "".join(f"## Note\n\n{body}\n\n" for body in bodies)
    draw.shuffle(bodies)
    return old, "".join(f"## Note\n\n{body} too\n\n" for body in bodies)


def worst_cases() -> None:
    for name, make in (
        ("300 kB, all sections shuffled", shuffled),
        ("50,000-word section rewritten", rewritten),
        ("5,000 sections", many_sections),
        ("one word 100,000 times", one_word),
        ("1,000 sections with one heading", same_heading),
    ):
        seconds = []
        for size in (1, 2):
            old, new = make(size)
            start = time.perf_counter()
            compare(parse(old), parse(new), "en")
            seconds.append(time.perf_counter() - start)
        once, twice = seconds
        growth = twice / once
        figure = f"{once:.2f} s, twice as much {twice:.2f} s = ×{growth:.2f}"
        row(name, figure, "≤ 3 s, ×2.5", met=once <= 3 and (growth <= 2.5 or twice < 0.3))


def matching(name: str, files: Sequence[Path], seeds: Sequence[int]) -> None:
    every, touched = Tally(), Tally()
    for edit in EDITS:
        for edited in edited_texts(list(files), edit, seeds, more=5):
            every.add(edited, touched_only=False)
            touched.add(edited, touched_only=True)
    for what, tally in (("all sections", every), ("edited sections", touched)):
        figure = f"precision {tally.precision:.4f}, recall {tally.recall:.4f}"
        goal = min(tally.precision, tally.recall) >= GOAL
        row(f"{name}: matching, {what} ({tally.true})", figure, f"≥ {GOAL}", met=goal)


def clauses() -> None:
    """Sentences about precedence that the word lists were not made from, and near misses."""
    right = total = false = near = 0
    for language, prevails, sentence in ALL:
        found = "".join(read(sentence, language)) or "-"
        if prevails == "-":
            near += 1
            false += found != "-"
        else:
            total += 1
            right += found == prevails
    figure = f"{right} of {total} right, {false} of {near} near misses taken"
    met = right / total >= 0.95 and false / near <= 0.02
    row("precedence clauses, 36 languages", figure, "≥ 0.95, ≤ 0.02", met=met)


def across_languages(name: str, texts: Sequence[tuple[Document, Document]]) -> None:
    """Alignment of translations of one date and shape, bare of ids and numbers."""
    right = total = 0
    for source, local in texts:
        right += len(pairs(bare(source), bare(local)) & {(n, n) for n in range(len(source.sections))})
        total += len(source.sections)
    row(
        f"{name}: alignment without ids and numbers",
        f"{right} of {total} sections",
        "≥ 0.97",
        met=right / total >= 0.97,
    )
    recall, precision = recall_and_precision(iter(texts), 5, 1, 2)
    row(f"{name}: the same, 1 and 2 sections missing", f"precision {precision:.3f}, recall {recall:.3f}", "", met=True)


def languages(clone: Path) -> None:
    right, total = languages_told(clone)
    figure = f"{right} of {total} = {right / total:.4f}"
    row("slice: language of paragraphs", figure, "≥ 0.98", met=right / total >= 0.98)


def many_to_align() -> None:
    """Thousands of sections without ids: no more than their number makes of it."""
    seconds = []
    for size in (2500, 5000):
        source, local = (
            parse("".join(f"## {word} {n}\n\n{word} {n * 7} {word * (n % 9)}.\n\n" for n in range(size)))
            for word in ("data", "daten")
        )
        start = time.perf_counter()
        align(source, local)
        seconds.append(time.perf_counter() - start)
    half, whole = seconds
    figure = f"{whole:.2f} s, half as much {half:.2f} s = ×{whole / half:.2f}"
    row("alignment of 5,000 sections", figure, "×2.5", met=whole / half <= 2.5)


def checking(clone: Path) -> None:
    """`policyver check`, the whole process, in units of what its imports take."""
    (clone / "policyver.toml").write_text(SLICE_CONFIGURATION)
    with tempfile.TemporaryDirectory() as cache:

        def check(*options: str, cached: bool) -> float:
            if not cached:
                shutil.rmtree(cache, ignore_errors=True)
            command = policyver("check", "--format", "json", *options)
            return timed(command, clone, XDG_CACHE_HOME=cache)

        def unit() -> float:
            return timed([sys.executable, "-c", IMPORTS], clone)

        one = ("--policy", "websites_privacy_notice")
        for what, goal, ours in (
            ("check, cold", 30, lambda: check(cached=False)),
            ("check, repeated", 10, lambda: check(cached=True)),
            ("check of one policy, cold", 6, lambda: check(*one, cached=False)),
            ("check of one policy, repeated", 6, lambda: check(*one, cached=True)),
        ):
            mine, theirs, share = ratio(ours, unit, 5)
            row(
                f"slice: {what}", f"{mine:.2f} s / imports {theirs:.3f} s = {share:.1f}", f"≤ {goal}", met=share <= goal
            )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=PARTS, help="one part")
    only = options.parse_args().only
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory(prefix="policyver-bench-") as folder:
        home = Path(folder)
        os.environ["HOME"] = folder
        if only in (None, "diff"):
            (home / "diff").mkdir()
            one_diff(home / "diff")
        if only in (None, "worst"):
            worst_cases()
        if only in (None, "memory"):
            flat_memory(home / "memory")
        clones = {name: _cloned(name, home) for name in CONFIGURATIONS if CORPORA.is_dir()}
        if only in (None, "right"):
            matching("samples", sorted(ROOT.glob("policies/*/*.md")), range(3))
            for name, clone in clones.items():
                matching(name, sorted(clone.glob("*/*.md")), [1])
                laws = laws_of(clone)
                figure = f"{laws.sections} sections of {laws.pairs} pairs, {len(laws.broken)} broken"
                row(f"{name}: hunks rebuild both sides", figure, "0 broken", met=not laws.broken)
        if only in (None, "governs"):
            clauses()
            many_to_align()
            across_languages("samples", list(translations(ROOT / "policies", "*/en.md", "file")))
            if SLICE in clones:
                across_languages("slice", list(translations(clones[SLICE], "en/*.md", "folder")))
                languages(clones[SLICE])
                checking(_cloned(SLICE, home / "checked"))
        if only in (None, "notices"):
            bench_notices.run(row)
        if only in (None, "log"):
            whole_history("synthetic, small changes", synthetic(home / "synthetic", 4000))
            whole_history("synthetic, a third new", synthetic(home / "thirds", 1500, share=0.4))
            for name, clone in clones.items():
                whole_history(name, clone)


SLICE = "mozilla-legal-slice"
PARTS = ("diff", "log", "worst", "memory", "right", "governs", "notices")


def _cloned(name: str, home: Path) -> Path:
    clone = home / name
    home.mkdir(exist_ok=True)
    subprocess.run(["git", "clone", "-q", CORPORA / f"{name}.bundle", clone], check=True)
    (clone / "policyver.toml").write_text(CONFIGURATIONS[name])
    return clone


if __name__ == "__main__":
    main()
