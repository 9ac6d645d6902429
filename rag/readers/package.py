"""Look into the package of an office file: its main part, its relations and its properties."""

from __future__ import annotations

import posixpath
from typing import NamedTuple
from urllib.parse import unquote

from rag.errors import DocumentError
from rag.readers.archives import NEEDS_PASSWORD, Archive, open_archive, wrong_kind
from rag.readers.elements import Element, attribute, children, local_name, words_of
from rag.readers.properties import Properties, clean_properties

CORE_PROPERTIES = "docProps/core.xml"

_ENDINGS = {"word": ".docx", "ppt": ".pptx", "xl": ".xlsx", "text": ".odt", "spreadsheet": ".ods"}


class Relation(NamedTuple):
    """What a part refers to by an id: a part of this kind, such as `slide`."""

    kind: str
    target: str


def open_package(content: bytes, *, main_part: str) -> tuple[Archive, str]:
    """The archive and the name of its main part, which is this one unless the package says otherwise.

    Raises DocumentError if it cannot be opened, or is a package of another kind.
    """
    archive = open_archive(content)
    stated = parts_of_kind(read_relations(archive, ""), "officeDocument")
    folder = main_part.partition("/")[0]
    for part in (*stated, main_part):
        if part in archive.names and part.startswith(f"{folder}/"):
            return archive, part
    raise wrong_kind(archive, wanted=_ENDINGS[folder])


def read_relations(archive: Archive, part: str) -> dict[str, Relation]:
    """What a part refers to within the package, by id, in the order of the file."""
    folder, name = posixpath.split(part)
    relations: dict[str, Relation] = {}
    for each in children(archive.parse(posixpath.join(folder, "_rels", f"{name}.rels")), "Relationship"):
        if attribute(each, "TargetMode") != "External":
            kind = attribute(each, "Type").rpartition("/")[2]
            relations[attribute(each, "Id")] = Relation(kind, resolve(folder, attribute(each, "Target")))
    return relations


def resolve(folder: str, target: str) -> str:
    """The name of the part that a reference in this folder leads to."""
    return posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")


def parts_of_kind(relations: dict[str, Relation], kind: str) -> list[str]:
    return [relation.target for relation in relations.values() if relation.kind == kind]


def read_properties(archive: Archive) -> Properties:
    """The day is that of the last change: the first day is often the template's."""
    try:
        root = archive.parse(CORE_PROPERTIES)
    except DocumentError:  # the text is worth more than what is said of it
        return Properties()
    said: dict[str, str] = {}
    for each in () if root is None else root:
        said.setdefault(local_name(each), words_of(each))
    return clean_properties(
        said.get("title", ""),
        authors=[said.get("creator", "")],
        dates=[said.get("modified", ""), said.get("created", "")],
    )


def relation_id(element: Element, name: str = "id") -> str:
    """The value of an attribute such as `r:id`, which stands beside a plain `id`."""
    return next((str(value) for key, value in element.items() if key.endswith("}" + name)), "")


def open_opendocument(content: bytes, *, body: str) -> tuple[Archive, Element]:
    """The archive and the root of its content, whose body must be of this kind: `text`, `spreadsheet`.

    Raises DocumentError if it cannot be opened, needs a password, or is of another kind.
    """
    archive = open_archive(content)
    manifest = "META-INF/manifest.xml"
    if manifest in archive.names and b"encryption-data" in archive.read(manifest):
        raise DocumentError(NEEDS_PASSWORD)
    root = archive.parse("content.xml")
    if root is None or not children(root, "body", body):
        raise wrong_kind(archive, wanted=_ENDINGS[body])
    return archive, root


def read_meta(archive: Archive) -> Properties:
    """What `read_properties` reads of an Office package, of an OpenDocument file."""
    try:
        metas = children(archive.parse("meta.xml"), "meta")
    except DocumentError:
        return Properties()
    said = {local_name(each): words_of(each) for meta in metas for each in meta}
    return clean_properties(
        said.get("title", ""),
        authors=[said.get("initial-creator") or said.get("creator", "")],
        dates=[said.get("date", ""), said.get("creation-date", "")],
    )
