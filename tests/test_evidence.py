"""The evidence: whatever is done to a row is found and named."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from policyver.notices import evidence
from policyver.notices.evidence import Entry, verify
from policyver.notices.store import Store
from tests.noticing import opened


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return opened(tmp_path)


def filled(store: Store, count: int = 6) -> Store:
    for n in range(count):
        with store.writing() as connection:
            entry = Entry(f"{n:032x}", "privacy", "c" * 40, "DE/de", "d" * 64, "r" * 40, "mail", "sent", "")
            evidence.append(store, connection, [entry], 1_000 + n)
    return store


def change(store: Store, *statements: str) -> None:
    database = sqlite3.connect(str(store.engine.url.database))
    with database:
        for one in statements:
            database.execute(one)
    database.close()


def test_an_untouched_chain_holds(store: Store) -> None:
    found = verify(filled(store))
    assert (found.count, found.problems) == (6, ())


@pytest.mark.parametrize(("statements", "says"), [
    (["UPDATE evidence SET result = 'failed' WHERE seq = 3"], "row 3 altered"),
    (["UPDATE evidence SET at = 5 WHERE seq = 4"], "row 4 altered"),
    (["DELETE FROM evidence WHERE seq = 2"], "row 2 removed"),
    (["DELETE FROM evidence WHERE seq IN (2, 3)"], "rows 2 to 3 removed"),
    (["DELETE FROM evidence WHERE seq >= 5"], "rows 5 to 6 removed at the end"),
    (["UPDATE evidence SET seq = 99 WHERE seq = 2", "UPDATE evidence SET seq = 2 WHERE seq = 3",
      "UPDATE evidence SET seq = 3 WHERE seq = 99"], "row 2 altered, or put in another's place"),
    (["DELETE FROM evidence WHERE seq = 6", "UPDATE evidence_head SET seq = 5"], "the head does not belong to row 5"),
    (["DELETE FROM evidence_head"], "the head is gone"),
])  # fmt: skip
def test_what_is_done_to_a_row_is_found_and_named(store: Store, statements: list[str], says: str) -> None:
    change(filled(store), *statements)
    assert any(one.startswith(says) for one in verify(store).problems), verify(store).problems


def test_a_chain_written_anew_without_the_key_is_found(store: Store) -> None:
    filled(store)
    with store.reading() as connection:
        rows = list(evidence.rows(connection))
    before, statements = evidence.START, []
    for row in rows:
        entry = Entry(**{**{name: getattr(row.entry, name) for name in Entry.__dataclass_fields__}, "result": "dead"})
        before = evidence.row_hash(before, row.seq, row.at, entry)
        statements.append(f"UPDATE evidence SET result = 'dead', hash = '{before}' WHERE seq = {row.seq}")
    change(store, *statements, f"UPDATE evidence_head SET hash = '{before}'")
    assert verify(store).problems == (
        "the head is not signed with this key: the chain was written anew by somebody else",
    )


def test_a_head_that_was_noted_must_still_be_there(store: Store) -> None:
    noted = verify(filled(store)).head
    filled(store)
    assert verify(store, noted).problems == ()
    assert "is not in the chain" in verify(store, "0" * 63 + "1").problems[0]


def test_anyone_can_compute_the_chain_again_from_an_export(store: Store, tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as out:
        assert evidence.write(filled(store), out) == 6
    before = "0" * 64
    for line in (tmp_path / "out").read_text().splitlines():
        row = json.loads(line)
        names = ("message", "policy", "version", "audience", "digest", "recipient", "channel", "result", "detail")
        fields = [before, row["seq"], row["at"], *(row[name] for name in names)]
        before = hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
        assert before == row["hash"]
