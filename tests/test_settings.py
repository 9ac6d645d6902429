"""Settings: where values come from, what is refused, and that the key stays secret."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.settings import DEFAULT_MODEL, Settings

KEY = "sk-secret-0123456789"
URL = "http://127.0.0.1:1/v1"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("PINCITE_", "OPENAI_")):
            monkeypatch.delenv(name)


def test_the_environment_sets_every_field(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "home": "/tmp/library",
        "model": "llama3",
        "openai_api_key": KEY,
        "openai_base_url": URL,
        "embedding_model": "embedding",
        "chroma_url": "http://user:secret@127.0.0.1:8000",
        "passages": 7,
        "passage_tokens": 100,
        "max_quotes": 2,
        "threshold": 0.5,
        "retry": True,
        "context_tokens": 8192,
        "answer_tokens": 256,
        "auth": "ann:long enough,ben:also:long",
        "url": "https://pincite.example.org",
        "timeout": 9.5,
    }
    assert set(values) == set(Settings.model_fields)
    for name, value in values.items():
        monkeypatch.setenv(name.upper() if name.startswith("openai") else f"PINCITE_{name.upper()}", str(value))
    settings = Settings()
    assert settings.model_dump() == {
        **values,
        "home": Path("/tmp/library"),
        "openai_api_key": settings.openai_api_key,
        "chroma_url": settings.chroma_url,
        "auth": settings.auth,
    }
    assert "secret" not in repr(settings)
    assert "long" not in repr(settings)
    assert settings.passwords == {"ann": "long enough", "ben": "also:long"}
    assert settings.key == KEY
    assert settings == Settings(**values)


def test_python_comes_before_the_environment_and_the_environment_before_the_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PINCITE_PASSAGES", "9")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://other/v1")
    assert (Settings().passages, Settings(passages=3).passages) == (9, 3)
    assert Settings(openai_base_url=URL).openai_base_url == URL
    monkeypatch.delenv("PINCITE_PASSAGES")
    assert Settings().passages == 6


NO_NAME = "auth: must be name:password, several with commas, which no password may hold; "


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ("ann", "auth: must be name:password, several with commas; ann has no password"),
        ("ann:short", "auth: the password of ann has fewer than 8 characters"),
        (
            "../ann:long enough",
            NO_NAME + "'../ann' is no name",
        ),
        (
            "ann:long enough,",
            NO_NAME + "'' is no name",
        ),
        ("ann:long enough,Ann:long enough", "auth: two have the same name"),
    ],
)
def test_logins_that_cannot_be_used_are_told_without_a_password(auth: str, message: str) -> None:
    with pytest.raises(SettingsError) as told:
        Settings(auth=auth)
    assert str(told.value) == message


def test_a_home_is_named_in_one_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(home=Path("../x/home")).home == tmp_path.parent / "x" / "home"


def test_the_address_of_the_chat_has_no_path() -> None:
    assert Settings(url="https://pincite.example.org/").url == "https://pincite.example.org"
    assert Settings(url="HTTPS://Pincite.Example.org:443").url == "https://pincite.example.org"
    assert Settings(url="http://[::1]:8443").url == "http://[::1]:8443"
    for wrong in (
        "https://ann@pincite.example.org",
        "https://pincite.example.org?a",
        "pincite.example.org",
        "https://pincite.example.org/chat",
        "ftp://pincite.example.org",
    ):
        with pytest.raises(SettingsError, match="url: must be an address without a path"):
            Settings(url=wrong)


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PINCITE_MODEL", "PINCITE_PASSAGES", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "")
    assert Settings() == Settings(home=Settings().home)
    assert Settings().answerer is None


@pytest.mark.parametrize(
    ("given", "answerer", "shown"),
    [
        ({}, None, "embedded"),
        ({"openai_api_key": KEY}, DEFAULT_MODEL, DEFAULT_MODEL),
        ({"openai_base_url": URL}, "", "the server's model"),
        ({"openai_base_url": URL, "openai_api_key": KEY}, "", "the server's model"),
        ({"model": "llama3"}, "llama3", "llama3"),
        ({"model": "llama3", "openai_base_url": URL}, "llama3", "llama3"),
        ({"model": None, "openai_base_url": URL, "openai_api_key": KEY}, None, "embedded"),
        ({"model": "", "openai_api_key": KEY}, None, "embedded"),
    ],
)
def test_who_answers(given: dict[str, str | None], answerer: str | None, shown: str) -> None:
    settings = Settings(**given)
    assert (settings.answerer, settings.model_name) == (answerer, shown)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({}, ""),
        ({"openai_api_key": KEY}, "api.openai.com"),
        ({"openai_api_key": KEY, "model": "none"}, ""),
        ({"openai_api_key": KEY, "model": None, "embedding_model": "e"}, "api.openai.com"),
        ({"openai_base_url": "http://127.0.0.1:11434/v1"}, ""),
        ({"openai_base_url": "http://localhost/v1"}, ""),
        ({"openai_base_url": "https://user:secret@models.example.org/v1"}, "models.example.org"),
    ],
)
def test_the_host_that_passages_go_to(given: dict[str, str | None], host: str) -> None:
    assert Settings(**given).sends_to(asking=True) == host
    embeds = given.get("embedding_model") is not None
    assert Settings(**given).sends_to(asking=False) == (host if embeds else "")


def test_a_model_of_none_in_python_outdoes_one_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_MODEL", "llama3")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert (Settings().answerer, Settings(model=None).answerer) == ("llama3", None)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"passages": 0}, r"^passages: Input should be greater than or equal to 1 \(given: 0\)$"),
        ({"passages": "many"}, r"^passages: Input should be a valid integer, .* \(given: 'many'\)$"),
        ({"passage_tokens": 500}, r"^passage_tokens: Input should be less than or equal to 400 \(given: 500\)$"),
        ({"threshold": 1.5}, r"^threshold: .* \(given: 1\.5\)$"),
        ({"timeout": 0}, r"^timeout: .* \(given: 0\)$"),
        ({"context_tokens": 100}, r"^context_tokens: .* \(given: 100\)$"),
        ({"answer_tokens": 3000}, r"^answer_tokens may be at most half of context_tokens$"),
        ({"modle": "x"}, r"^modle: .* \(given: 'x'\)$"),
        ({"passages": 0, "max_quotes": 0}, r"^passages: .* \(given: 0\); max_quotes: .* \(given: 0\)$"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_line_that_names_its_field(given: dict[str, object], line: str) -> None:
    with pytest.raises(SettingsError, match=line) as caught:
        Settings(**given)
    assert "\n" not in str(caught.value)


def test_a_variable_that_cannot_be_used_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_PASSAGES", "0")
    with pytest.raises(SettingsError, match=r"^passages: .* \(given: '0'\)$"):
        Settings()


def test_the_key_is_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = Settings()
    assert settings.key == KEY
    for text in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "sk-secret" not in text


@pytest.mark.parametrize(
    "bad",
    [
        {"passages": 0},
        {"answer_tokens": 3000},
        {"openai_api_key": [KEY]},
        {"openai_api_key": KEY.encode() + b"\xff"},
        {"api_key": KEY},
    ],
)
def test_the_key_is_in_no_error(bad: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"^[^\n]+$") as caught:
        Settings(**{"openai_api_key": KEY, **bad})
    assert "sk-secret" not in str(caught.value)
    assert "sk-secret" not in "".join(traceback.format_exception(caught.value))


def test_settings_do_not_change() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.passages = 3


def test_a_home_below_the_users_is_found_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings(home="~/library").home == tmp_path / "library"


def test_a_misspelt_variable_is_told_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PINCITE_TRESHOLD", "0.5")
    assert Settings().threshold == 0.3
    assert caplog.messages == ["PINCITE_TRESHOLD is no setting and changes nothing; PINCITE_THRESHOLD is one"]
