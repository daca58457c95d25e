"""Every JSON report fits the schema that the package publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

import policyver as package
from policyver.samples import build_repository
from tests.support import GitRepo, policyver

SCHEMAS = Path(package.__file__).parent / "schemas"


def validator(name: str) -> Draft202012Validator:
    loaded = [json.loads(file.read_text()) for file in SCHEMAS.glob("*.json")]
    registry: Registry[Any] = Registry().with_resources((one["$id"], Resource.from_contents(one)) for one in loaded)
    schema = next(one for one in loaded if one["$id"] == f"urn:policyver:{name}:1")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("samples")
    build_repository(directory)
    return directory


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        ("diff", ["diff", "privacy@1.0.0..privacy@2.0.0"]),
        ("diff", ["diff", "HEAD~3..HEAD"]),
        ("diff", ["diff"]),
        ("diff", ["diff", "--last"]),
        ("diff", ["diff", "policies/privacy/en.md", "policies/privacy/de.md"]),
        ("log", ["log"]),
        ("log", ["log", "--section", "cookies", "--since", "2025-01-01"]),
        ("show", ["show", "privacy", "--locale", "ja"]),
        ("show", ["show", "privacy", "--at", "1.1.0"]),
        ("sections", ["sections", "policies/privacy/ar.md"]),
        ("status", ["status"]),
        ("status", ["status", "--on", "2020-01-01", "--territory", "PL"]),
        ("resolve", ["resolve", "privacy", "--territory", "PL", "--language", "pl"]),
        ("resolve", ["resolve", "privacy", "--territory", "PL", "--on", "2020-01-01"]),
        ("precedence", ["precedence", "policies/privacy/ja.md", "--language", "ja"]),
        ("precedence", ["precedence", "policies/privacy/ja.md", "--language", "sw"]),
    ],
)
def test_reports_fit_their_schemas(samples: Path, schema: str, arguments: list[str]) -> None:
    ran = policyver(*arguments, "--format", "json", cwd=samples)
    assert ran.status == 0, ran.err
    validator(schema).validate(ran.json)


@pytest.mark.slow
def test_findings_and_baselines_fit_their_schemas(samples: Path) -> None:
    ran = policyver("check", "--format", "json", "--write-baseline", str(samples / "known.json"), cwd=samples)
    assert ran.status == 0, ran.err
    assert ran.json["findings"]
    validator("check").validate(ran.json)
    validator("baseline").validate(json.loads((samples / "known.json").read_text(encoding="utf-8")))


def test_a_version_that_cannot_be_read_fits_too(repo: GitRepo) -> None:
    repo.commit(privacy_en=b"# caf\xe9\n")
    validator("log").validate(policyver("log", "--format", "json", cwd=repo.path).json)


@pytest.mark.slow
def test_the_schemas_refuse_what_is_not_theirs(samples: Path) -> None:
    report = policyver("diff", "HEAD~1..HEAD", "--format", "json", cwd=samples).json
    report["texts"][0]["changes"][0]["kinds"] = ["rewritten"]
    assert not validator("diff").is_valid(report)
