"""No secret gets through, whatever it looks like and wherever it stands; what is none stays readable."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.operations.bundle.facts import without_rows, without_values
from codemie.operations.bundle.redaction import Redactor
from tests.operations.bundle.secrets import SECRETS


@pytest.mark.parametrize(("secret", "text"), SECRETS, ids=[secret[:16] for secret, _ in SECRETS])
def test_a_secret_is_known_by_its_look_or_by_its_place(secret: str, text: str) -> None:
    assert secret in text

    assert secret not in Redactor()(f"before {text} after")


def test_so_many_kinds_are_planted() -> None:
    assert len(SECRETS) >= 40


WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=8, max_size=40)


@given(WORDS, st.text(max_size=20), st.text(max_size=20))
def test_a_secret_that_is_known_is_found_in_every_form(secret: str, before: str, after: str) -> None:
    redact = Redactor.knowing([secret])
    for written in (
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        secret.encode().hex(),
        b64encode(secret.encode()).decode(),
        urlsafe_b64encode(secret.encode()).decode(),
    ):
        assert written not in redact(f"{before}{written}{after}")
    inside = b64encode(f"user:{secret}".encode()).decode()
    core = b64encode(secret.encode()).decode()[4:-6]
    assert len(core) < 6 or core not in redact(inside)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30T07:00:00Z INFO request GET /v1/assistants 200 12 ms",
        "image registry.example.org/codemie@sha256:" + "0123456789abcdef" * 4,
        "commit 3775213f0b1c2d3e4f5061728394a5b6c7d8e9f0",
        "the password is wrong",
        "tokens=128 max_tokens: 4096",
        "FileNotFoundError: /var/lib/postgresql/data/some-rather-long-name-of-a-file/and/another",
        "token: null, secret: ********",
        "codemie.operations.bundle.redaction.Redactor.knowing",
        "request_id=5f0c6f1e-0c55-4d68-9d6b-0c3f1b1f3c11",
        "logs/codemie-production/codemie-production-worker-85f8b65856-m9fxk/worker.log",
        "CODEMIE_KNOWLEDGE_EMBEDDING_BATCH_SIZE_2X_MAX is not set",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_people_are_pseudonyms_that_are_the_same_everywhere() -> None:
    redact = Redactor()

    told = redact("ada@example.org wrote to Grace@example.org, then Ada@Example.org again; user_id=7c9e6679")

    words = told.split()
    assert "example.org" not in told
    assert "7c9e6679" not in told
    assert words[0] == told.split("then ")[1].split()[0]
    assert Redactor()("ada@example.org") != Redactor()("ada@example.org"), "no two archives share pseudonyms"


PERSON = "2ad893ee-0c55-4d68-9d6b-0c3f1b1f3c11"


@pytest.mark.parametrize(
    "field",
    ["user_id", "actor_id", "target_user_id", "userId", "owner_name", "created_by", "shared_by", "Author_ID"],
)
def test_whoever_stands_in_a_field_of_people_is_the_same_person_elsewhere(field: str) -> None:
    redact = Redactor()

    told = redact(f'{{"{field}": "{PERSON}"}} then /v1/users/{PERSON}, {PERSON.upper()} and {PERSON.replace("-", "")}')

    assert told.count("‹person-") == 4, told
    assert len({each[:8] for each in told.split("‹person-")[1:]}) == 1, told
    assert redact.without_people(f"before it was met: {PERSON}").endswith("›")


def test_what_is_nobody_stays() -> None:
    text = "user_id=all actor_id: None owner_id='system' entity_id=7c9e6679-0c55-4d68-9d6b-0c3f1b1f3c11"

    assert Redactor()(text) == text


@pytest.mark.parametrize(
    ("told", "secret"),
    [
        ("My password is Hunter2Hunter2!", "Hunter2Hunter2!"),
        ("pwd sunshine", "sunshine"),
        ("Passwort ist Sommer", "Sommer"),
        ("Das Passwort lautet: Geheim12", "Geheim12"),
        ("The password of Ada's account was sunshine", "sunshine"),
        ("the password was reset to Winter24!", "Winter24!"),
        ("I sign in with the password Hunter2Hunter2!", "Hunter2Hunter2!"),
        ("it is 'my words', the password is 'correct horse battery'", "correct horse battery"),
        ("password **sunshine**", "sunshine"),
        ("The API key is abcdefgh", "abcdefgh"),
        ("Le mot de passe est soleil", "soleil"),
    ],
)
def test_a_password_told_in_a_sentence_is_taken_out(told: str, secret: str) -> None:
    redact = Redactor()

    assert secret not in redact.of_words(told)
    assert redact.hits["password in a sentence"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "The password is wrong, but the password was accepted yesterday.",
        "Das Passwort ist falsch",
        "I forgot the password\n\nSummary2",
        "Passwords are hashed; the password field shows 3 errors, token is 128.",
        "The secret names of the chart, and a token that expired",
    ],
)
def test_what_is_said_about_passwords_stays(text: str) -> None:
    assert Redactor().of_words(text) == text


def test_addresses_stay_when_they_are_wanted() -> None:
    assert Redactor(keep_emails=True)("ada@example.org") == "ada@example.org"


def test_it_counts_what_it_took() -> None:
    redact = Redactor.knowing(["hunter2-known"])
    redact("hunter2-known and password=other-word")

    assert dict(redact.hits) == {"known secret": 1, "value of a secret name": 1}


@given(st.text(max_size=3000))
def test_no_text_breaks_it_and_twice_changes_nothing_more(text: str) -> None:
    redact = Redactor(keep_emails=True)
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize("text", [text for _, text in SECRETS])
def test_what_was_taken_out_once_is_not_taken_out_again(text: str) -> None:
    redact = Redactor()
    once = redact(text)
    assert redact(once) == once


def test_statements_lose_their_values_and_logs_their_rows() -> None:
    assert (
        without_values("SELECT a FROM t WHERE a = 'it''s secret' AND b = 42") == "SELECT a FROM t WHERE a = ? AND b = ?"
    )
    log = "ERROR:  duplicate key\nDETAIL:  Key (text)=(my diary) exists.\nSTATEMENT:  INSERT INTO m VALUES ('x')"
    assert "diary" not in without_rows(log)
    assert "INSERT" not in without_rows(log)
    assert "duplicate key" in without_rows(log)
