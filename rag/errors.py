"""Everything Pincite raises on purpose. Each message is one line that says what failed and what to do.

PinciteError
├── SettingsError        a setting has a value that cannot be used
├── DocumentError        a document cannot be read
│   └── ReadingFailed    it could not be read this time, and may be the next
├── QuestionError        a question cannot be asked
├── AnswerError          a saved answer cannot be read
├── EmbedderError        the embedder is missing, damaged or not the library's
├── LibraryError         the library cannot be opened or is damaged
│   └── LibraryLocked    another process owns it
└── ModelError           the model's server did not answer as it should
    └── PromptTooLong    the prompt does not fit the model's window
"""


class PinciteError(Exception):
    """The root of the tree."""


class SettingsError(PinciteError):
    """A setting has a value that cannot be used."""


class DocumentError(PinciteError):
    """A document cannot be read."""


class ReadingFailed(DocumentError):
    """A document could not be read this time, for no fault of its own that is known."""


class QuestionError(PinciteError):
    """A question cannot be asked."""


class AnswerError(PinciteError):
    """A saved answer cannot be read."""


class EmbedderError(PinciteError):
    """The embedder is missing, damaged or not the one that made the library."""


class LibraryError(PinciteError):
    """The library cannot be opened or is damaged."""


class LibraryLocked(LibraryError):
    """Another process owns the library."""


class ModelError(PinciteError):
    """The model's server did not answer as it should."""


class PromptTooLong(ModelError):
    """The prompt does not fit the model's window."""
