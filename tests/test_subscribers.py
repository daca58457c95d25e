"""Subscribers: CSVs as they come, addresses that nobody can read, one person shown and erased on request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.noticing import changed_repo, configure, run, subscribers_csv
from tests.support import GitRepo
from tests.test_schemas import validator

SPAN = "privacy@1.0.0..privacy@2.0.0"
HEADER = "address,territory,language,policies,name\n"


@pytest.fixture
def desk(repo: GitRepo) -> GitRepo:
    configure(changed_repo(repo), '[channels.mail]\nurl = "maildir://mail"\nper_subscriber = true\n')
    return repo


def imported(desk: GitRepo, tmp_path: Path, content: bytes, *options: str) -> tuple[int, str, str]:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    ran = run(desk, "subscribers", "import", path, *options)
    return ran.status, ran.out, ran.err


ROW = "anna@example.org,DE,de,privacy,Anna Grün\n"


@pytest.mark.parametrize("content", [
    (HEADER + ROW).encode(),
    (HEADER + ROW).encode("utf-8-sig"),
    (HEADER + ROW).encode("utf-16"),
    (HEADER + ROW).replace(",", ";").encode(),
    (HEADER + ROW).replace(",", "\t").replace("\n", "\r\n").encode(),
    "name,ADDRESS,Territory\nAnna Grün, anna@example.org ,germany\n".encode(),
    (HEADER.strip() + "," + ",".join(f"extra{n}" for n in range(35)) + "\n" + ROW.strip() + "," * 35 + "\n").encode(),
], ids=["utf-8", "bom", "utf-16", "semicolons", "tabs", "other order", "40 columns"])  # fmt: skip
def test_a_csv_is_read_as_programs_write_it(desk: GitRepo, tmp_path: Path, content: bytes) -> None:
    status, out, err = imported(desk, tmp_path, content)
    assert (status, "1 subscribers of 1 rows; 0 left out" in out) == (0, True), err
    [person] = run(desk, "subscribers", "list", "--people", "--format", "json").json["subscribers"]
    assert (person["address"], person["name"], person["territory"]) == ("anna@example.org", "Anna Grün", "DE")


def test_bad_rows_are_reported_by_line_and_left_out_and_the_others_count(desk: GitRepo, tmp_path: Path) -> None:
    rows = [
        "anna@example.org,DE,de,,", "nobody,DE,de,,", "omar@example.org,,ar,,", "x@example.org,XX,de,,",
        'y@example.org,DE,de,,"two\nlines"', "z@example.org,DE,notalanguage,,", "a@example.org,DE,de,,,,,",
        "b@example.org,DE,de,,Bad\x07Bell", f"c@example.org,DE,de,,{'n' * 5000}", "ok@example.org,AT,de,,",
    ]  # fmt: skip
    status, out, err = imported(desk, tmp_path, (HEADER + "".join(f"{row}\n" for row in rows)).encode())
    assert status == 1
    assert "2 subscribers of 10 rows; 8 left out" in out
    assert [int(line.split("list.csv:")[1].split(":")[0]) for line in err.splitlines() if "left out" in line] == [
        3, 4, 5, 6, 8, 9, 10, 11,
    ]  # fmt: skip
    assert "nobody" not in err


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02\x03", b"mail,country\na@b.example,DE\n", b"address,address\na,b\n"]
)
def test_a_file_that_is_no_list_is_refused(desk: GitRepo, tmp_path: Path, content: bytes) -> None:
    status, _, err = imported(desk, tmp_path, content)
    assert status == 3
    assert "list.csv" in err


def test_importing_again_updates_and_adds_nobody_twice(desk: GitRepo, tmp_path: Path) -> None:
    imported(desk, tmp_path, (HEADER + ROW).encode())
    imported(desk, tmp_path, (HEADER + ROW + "Anna@Example.ORG,DE,de,,\nanna@EXAMPLE.org,AT,de,,\n").encode())
    people = run(desk, "subscribers", "list", "--people", "--format", "json").json["subscribers"]
    assert [(one["address"], one["territory"]) for one in people] == [
        ("anna@example.org", "AT"),
        ("Anna@example.org", "DE"),
    ]


def test_nobody_reads_an_address_in_the_store_and_another_key_opens_nothing(desk: GitRepo, tmp_path: Path) -> None:
    imported(desk, tmp_path, (HEADER + ROW).encode())
    run(desk, "notify", SPAN)
    for file in (desk.path / "store").iterdir():
        content = file.read_bytes()
        assert b"anna" not in content
        assert "Grün".encode() not in content
    other = run(desk, "subscribers", "list", POLICYVER_SECRET_KEY="A" * 43 + "=")
    assert other.status == 2
    assert "another key" in other.err
    none = run(desk, "subscribers", "import", tmp_path / "list.csv", POLICYVER_SECRET_KEY="")
    assert none.status == 2
    assert "`policyver subscribers key` makes one" in none.err


def test_a_person_is_shown_all_and_erased_and_the_evidence_holds(desk: GitRepo, tmp_path: Path) -> None:
    imported(desk, tmp_path, (HEADER + ROW + "omar@example.org,EG,ar,,\n").encode())
    run(desk, "notify", SPAN)
    shown = json.loads(run(desk, "subscribers", "export", "anna@EXAMPLE.org").out)
    validator("subscriber").validate(shown)
    for options in ([], ["--people"]):
        validator("subscribers").validate(run(desk, "subscribers", "list", *options, "--format", "json").json)
    assert shown["subscriber"]["name"] == "Anna Grün"
    assert [one["state"] for one in shown["messages"]] == ["sent"]
    assert [one["result"] for one in shown["evidence"]] == ["sent"]
    assert run(desk, "subscribers", "erase", "anna@example.org").status == 0
    gone = json.loads(run(desk, "subscribers", "export", "anna@example.org").out)
    assert gone["subscriber"] is None
    assert run(desk, "subscribers", "erase", "anna@example.org").status == 2
    assert "The evidence holds: 2 rows" in run(desk, "evidence", "verify").out
    assert "anna" not in run(desk, "outbox", "list").out


def test_erasing_cancels_what_waits(desk: GitRepo, tmp_path: Path) -> None:
    imported(desk, tmp_path, (HEADER + ROW).encode())
    run(desk, "notify", SPAN, "--queue-only")
    assert "1 waiting messages cancelled" in run(desk, "subscribers", "erase", "anna@example.org").out
    run(desk, "outbox", "run")
    assert not (desk.path / "mail" / "new").exists() or not list((desk.path / "mail" / "new").iterdir())


def test_courtesy_notices_reach_only_those_who_asked_until_they_unsubscribe(desk: GitRepo, tmp_path: Path) -> None:
    toml = (desk.path / "policyver.toml").read_text()
    (desk.path / "policyver.toml").write_text(toml + '[policies.privacy.notices]\nmaterial = "courtesy"\n')
    rows = "".join(f"{name}@example.org,DE,de,,\n" for name in ("anna", "bert", "carl"))
    imported(desk, tmp_path, (HEADER + rows).encode())
    assert "0 messages to subscribers" in run(desk, "notify", SPAN, "--dry-run").out
    for name in ("anna", "bert"):
        token = run(desk, "subscribers", "token", f"{name}@example.org").out.strip()
        assert run(desk, "subscribers", "confirm", token).out == "Confirmed.\n"
    leave = run(desk, "subscribers", "token", "bert@example.org", "--to", "unsubscribe").out.strip()
    assert run(desk, "subscribers", "unsubscribe", leave).status == 0
    run(desk, "notify", SPAN)
    [mail] = list((desk.path / "mail" / "new").iterdir())
    text = mail.read_text()
    assert "To: anna@example.org" in text
    link = text.split("List-Unsubscribe: <")[1].split(">")[0]
    assert link.startswith("https://sender.example/policies/unsubscribe?token=")
    assert (
        run(desk, "subscribers", "unsubscribe", link.split("token=")[1]).out == "Unsubscribed from courtesy notices.\n"
    )
    for wrong in (leave[:-2], "nonsense", token):
        assert run(desk, "subscribers", "unsubscribe", wrong).status == 2


def test_policies_and_people_of_other_channels_are_left_alone(desk: GitRepo, tmp_path: Path) -> None:
    rows = "terms@example.org,DE,de,terms,\nboth@example.org,DE,de,terms privacy,\nall@example.org,DE,de,,\n"
    imported(desk, tmp_path, (HEADER + rows + "ntfys://ntfy.example/topic,DE,de,,\n").encode())
    done = run(desk, "notify", SPAN)
    assert "2 messages queued" in done.out
    assert "No channel serves the 1 subscribers with an apprise URL of their own" in done.err


def test_what_is_older_than_the_limit_is_pruned_and_the_evidence_stays(desk: GitRepo, tmp_path: Path) -> None:
    import sqlite3

    imported(desk, tmp_path, (HEADER + ROW + "omar@example.org,EG,ar,,\n").encode())
    run(desk, "notify", SPAN)
    assert run(desk, "subscribers", "prune").status == 2
    store = sqlite3.connect(desk.path / "store" / "store.db")
    old = 86_400_000 * 40
    with store:
        store.execute("UPDATE subscribers SET updated_at = updated_at - ? WHERE territory = 'DE'", [old])
        store.execute("UPDATE messages SET updated_at = updated_at - ? WHERE id = 1", [old])
    store.close()
    assert run(desk, "subscribers", "prune", "--days", "30").out.startswith("1 subscribers, 1 messages, 0 notices")
    assert "The evidence holds: 2 rows" in run(desk, "evidence", "verify").out
    assert subscribers_csv(tmp_path / "x.csv", []).exists()
