"""The settings: values given in Python, then `PINCITE_*` and `OPENAI_*` in the environment, then the defaults."""

from __future__ import annotations

import logging
import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

_log = logging.getLogger(__name__)

DEFAULT_MODEL = "gpt-5-mini"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Of a user: a folder has it too."""
SHORTEST_PASSWORD = 8


class Settings(BaseSettings):
    """Every field is an argument, and an environment variable `PINCITE_` + its name in capitals.

    Raises `SettingsError` with one line a field that cannot be used.
    """

    model_config = SettingsConfigDict(
        env_prefix="PINCITE_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(default_factory=lambda: user_data_path("pincite"), description="the folder of the library")
    model: str | None = Field(
        default=None,
        description="the language model; unset with a key or base URL: "
        f"`{DEFAULT_MODEL}` at OpenAI, elsewhere the first that the server lists; with neither, or `none`: "
        "the embedded answerer",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("openai_api_key", "OPENAI_API_KEY"),
        description="the key of the model's server",
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("openai_base_url", "OPENAI_BASE_URL"),
        description="any server that speaks the OpenAI API",
    )
    embedding_model: str | None = Field(
        default=None, description="an embedding model of that server; unset: the embedded all-MiniLM-L6-v2"
    )
    chroma_url: SecretStr | None = Field(
        default=None,
        description="a Chroma server that holds the index; unset: it is kept in the folder of the library",
    )
    passages: int = Field(default=6, ge=1, le=50, description="passages read for an answer")
    passage_tokens: int = Field(default=220, ge=20, le=400, description="size of a passage in tokens")
    max_quotes: int = Field(default=3, ge=1, le=20, description="quotes in an answer of the embedded answerer")
    threshold: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="confidence below which the embedded answerer abstains; 0: it always answers",
    )
    retry: bool = Field(
        default=False, description="ask the model once more, told what was wrong, if nothing that it said is supported"
    )
    context_tokens: int = Field(default=4096, ge=512, description="the model's window: prompt and answer together")
    answer_tokens: int = Field(default=512, ge=16, description="the part of the window kept for the answer")
    auth: SecretStr | None = Field(
        default=None,
        description="who may use the chat, as `name:password,name:password`; each has documents and conversations of "
        "their own beside everybody's documents; unset: nobody logs in",
    )
    url: str | None = Field(
        default=None,
        description="the address of the chat where a proxy stands before it, `https://pincite.example.org`",
    )
    timeout: float = Field(default=120.0, gt=0, description="seconds that a model call may take")

    def __init__(self, **values: object) -> None:
        _warn_of_unknown_variables()
        try:
            super().__init__(**values)  # type: ignore[arg-type]  # checked by pydantic, field by field
        except ValidationError as error:
            raise SettingsError("; ".join(map(_line, error.errors()))) from error

    @model_validator(mode="after")
    def _the_answer_fits_the_window(self) -> Self:
        if self.answer_tokens > self.context_tokens // 2:
            raise ValueError("answer_tokens may be at most half of context_tokens")
        return self

    @field_validator("model")
    @classmethod
    def _none_is_no_model(cls, model: str | None) -> str | None:
        return None if model and model.casefold() == "none" else model

    @field_validator("chroma_url")
    @classmethod
    def _the_server_has_an_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not re.match(r"https?://[^/\s]", url.get_secret_value()):
            raise ValueError("must be an address such as http://127.0.0.1:8000")
        return url

    @field_validator("auth")
    @classmethod
    def _names_and_passwords(cls, auth: SecretStr | None) -> SecretStr | None:
        pairs = [pair.partition(":") for pair in auth.get_secret_value().split(",")] if auth else []
        for name, colon, password in pairs:
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"must be name:password, several with commas, which no password may hold; {name[:20]!r} is no name"
                )
            if not colon:
                raise ValueError(f"must be name:password, several with commas; {name} has no password")
            if len(password) < SHORTEST_PASSWORD:
                raise ValueError(f"the password of {name} has fewer than {SHORTEST_PASSWORD} characters")
        if len({name.lower() for name, _, _ in pairs}) < len(pairs):
            raise ValueError("two have the same name")  # also those that one folder would hold
        return auth

    @field_validator("url")
    @classmethod
    def _the_chat_has_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if not re.fullmatch(r"https?://[^/\s@?#]+/?", url, re.IGNORECASE) or not parts.hostname:
            raise ValueError("must be an address without a path, such as https://pincite.example.org")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = "" if parts.port in (None, {"http": 80, "https": 443}[parts.scheme]) else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}"  # as browsers name it

    @field_validator("home")
    @classmethod
    def _resolve_home(cls, home: Path) -> Path:
        return Path(os.path.abspath(home.expanduser()))  # noqa: PTH100  # takes `..` out

    @property
    def answerer(self) -> str | None:
        """The model to ask, "" for the first that the server lists, or None for the embedded answerer."""
        if self.model or "model" in self.model_fields_set:
            return self.model or None
        if self.openai_base_url:
            return ""
        return DEFAULT_MODEL if self.openai_api_key else None

    @property
    def model_name(self) -> str:
        """The model as it is shown to people and kept in answers."""
        return "embedded" if self.answerer is None else self.answerer or "the server's model"

    def sends_to(self, *, asking: bool) -> str:
        """The host that passages are sent to, by the embedder and, `asking`, by the model; "" if they stay here."""
        if self.embedding_model is None and not (asking and self.answerer is not None):
            return ""
        host = urlsplit(self.openai_base_url or "//api.openai.com").hostname or ""
        return "" if host in ("localhost", "::1") or host.startswith("127.") else host

    @property
    def passwords(self) -> dict[str, str]:
        """Of the users, by name."""
        pairs = self.auth.get_secret_value().split(",") if self.auth else []
        return {name: password for name, _, password in (pair.partition(":") for pair in pairs)}

    @property
    def key(self) -> str | None:
        return self.openai_api_key.get_secret_value() if self.openai_api_key else None


def _warn_of_unknown_variables() -> None:
    known = {f"PINCITE_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(variable for variable in os.environ if variable.startswith("PINCITE_")):
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.8)
            _log.warning("%s is no setting and changes nothing%s", name, f"; {near[0]} is one" if near else "")


def _line(problem: object) -> str:
    assert isinstance(problem, dict)
    field = ".".join(map(str, problem["loc"]))
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not field or "key" in field or field in ("auth", "chroma_url"):  # a key or password is never shown
        return f"{field}: {message}".removeprefix(": ")
    return f"{field}: {message} (given: {problem['input']!r})"
