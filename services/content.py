"""What a file is, decided by its bytes and never by its name (contract section 4, PRD 2.7.3, 3.2.2, 3.7.2, 4.4.2).

puremagic knows the signatures. It looks at nothing else, so what makes a PDF, an archive or a text sound is looked at here; whether a
picture can be decoded, only `services.images` finds out.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

MEGABYTE = 1024 * 1024
PROLOG = 64 * 1024  # bytes within which the root element of XML begins
PDF_ENDS = 1024  # bytes at either end that readers of PDF search: ISO 32000-1, appendix H, notes 13 and 18
MOST_ENTRIES = 10_000  # of an archive; each costs memory to look at
MOST_BRACKETS = 200_000  # of JSON: twenty for each of 10,000 parts; millions of lists would take seconds to build


@dataclass(frozen=True)
class Type:
    """A type of file: its name, the words for one such file, its media type, and its extensions, the usual one first."""

    name: str
    words: str
    mime_type: str
    extensions: tuple[str, ...]

    @property
    def extension(self) -> str:
        """The one that a stored file gets, without a dot."""
        return self.extensions[0]


PDF = Type("PDF", "a PDF", "application/pdf", ("pdf",))
# Systems unpack what they are told is a ZIP; a Studio model should stay the one file that Studio opens.
STUDIO = Type("Studio model (.io)", "a ZIP archive", "application/octet-stream", ("io",))
CSV = Type("CSV", "a CSV text", "text/csv", ("csv",))
TXT = Type("TXT", "plain text", "text/plain", ("txt",))
XML = Type("XML", "an XML document", "application/xml", ("xml",))
JSON = Type("JSON", "a JSON document", "application/json", ("json",))
JPEG = Type("JPEG", "a JPEG picture", "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"))
PNG = Type("PNG", "a PNG picture", "image/png", ("png",))
WEBP = Type("WebP", "a WebP picture", "image/webp", ("webp",))
GIF = Type("GIF", "a GIF picture", "image/gif", ("gif",))
HEIC = Type("HEIC", "a HEIC picture", "image/heic", ("heic", "heif"))
TYPES = (PDF, STUDIO, CSV, TXT, XML, JSON, JPEG, PNG, WEBP, GIF, HEIC)


@dataclass(frozen=True)
class Kind:
    """What an upload may be for: the types that are accepted, and the largest size in bytes."""

    types: tuple[Type, ...]
    largest: int


_PHOTOGRAPHS = Kind((JPEG, PNG, WEBP, HEIC), 10 * MEGABYTE)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "instruction": Kind((PDF, STUDIO), 10 * MEGABYTE),
        "parts-list": Kind((CSV, XML, JSON, TXT, PDF), 10 * MEGABYTE),
        "thumbnail": _PHOTOGRAPHS,
        "gallery-image": _PHOTOGRAPHS,
        "image": _PHOTOGRAPHS,
        "wishlist-image": Kind((JPEG, PNG, WEBP), 5 * MEGABYTE),
        "avatar": Kind((JPEG, PNG, GIF), 2 * MEGABYTE),
    }
)

# What puremagic finds and nothing accepts, by its extension; where several match, the first here is the likeliest.
_OTHERS = {
    ".exe": "a Windows program",
    ".elf": "a Linux program",
    ".class": "a Java program",
    ".avif": "an AVIF picture",
    ".tif": "a TIFF picture",
    ".bmp": "a BMP picture",
    ".jp2": "a JPEG 2000 picture",
    ".mov": "a film",
    ".mp4": "a film",
    ".avi": "a film",
    ".mkv": "a film",
    ".mp3": "a sound recording",
    ".wav": "a sound recording",
    ".doc": "a Microsoft Office document",
    ".rar": "a RAR archive",
    ".7z": "a 7-Zip archive",
    ".gz": "a gzip archive",
}
_ZIPS = {  # members that show what else than a Studio model an archive is
    "[Content_Types].xml": "a Microsoft Office document",
    "META-INF/MANIFEST.MF": "a Java archive",
    "AndroidManifest.xml": "an Android package",
    "mimetype": "an OpenDocument text or an e-book",
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})  # ISO/IEC 23008-12, annex B
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|script|iframe)\b", re.IGNORECASE)


class ContentError(Exception):
    """The file is not what is accepted; the text tells the user what it is, and what would be."""


class TooLarge(ContentError):
    """The file has more bytes than its kind may have."""


def check(content: bytes, kind: str, filename: str) -> Type:
    """The type of an uploaded file, once it is one that `kind` accepts.

    Args:
        content: the whole file.
        kind: a key of `KINDS`.
        filename: as the user calls it. It only chooses between CSV and plain text, and makes the error clearer.

    Raises:
        TooLarge: the file is larger than the kind allows.
        ContentError: the file is empty, damaged or of a type that the kind does not accept.
    """
    rule = KINDS[kind]
    accepted = f"accepted {'is' if len(rule.types) == 1 else 'are'} {_listed(rule.types)}"
    if not content:
        raise ContentError(f"the file is empty; {accepted}")
    if len(content) > rule.largest:
        raise TooLarge(f"the file has {len(content):,} bytes; at most {rule.largest // MEGABYTE} MB are accepted")
    found = _judged(content, filename)
    if found in rule.types and isinstance(found, Type):
        return found
    words = found.words if isinstance(found, Type) else found
    named = next((it for it in rule.types if _extension(filename) in it.extensions), None)
    but = f", not {named.words}" if named and (isinstance(found, Type) or found in _OTHERS.values()) else ""
    raise ContentError(f"this is {words}{but}; {accepted}")


def recognised(content: bytes, filename: str = "") -> Type | None:
    """The type of a file; None for one that is damaged or that no kind of upload accepts. `filename` as in `check`."""
    found = _judged(content, filename)
    return found if isinstance(found, Type) else None


def decoded(content: bytes) -> str | None:
    """The text that a file holds: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252. None when it is no text."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROLS.search(text) else text
    return None


def _judged(content: bytes, filename: str) -> Type | str:
    """The type, or words for what the file is instead."""
    start = content.find(b"%PDF-", 0, PDF_ENDS)
    if start >= 0 and _harmless(content[:start]):
        return PDF if b"%%EOF" in content[-PDF_ENDS:] else "a PDF that is cut off: its end (%%EOF) is missing"
    text = decoded(content)
    return _binary(content) if text is None else _written(content, text, filename)


def _harmless(preface: bytes) -> bool:
    """Whether what stands before the header of a PDF makes it nothing else besides: a program, an archive, a page."""
    begun = preface.removeprefix(codecs.BOM_UTF8).lstrip()
    return not begun or not (begun.startswith((b"<", b"#!", b"PK")) or _signatures(preface))


def _binary(content: bytes) -> Type | str:
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    if content[4:8] == b"ftyp" and _HEIC_BRANDS & _brands(content):
        return HEIC
    found = _signatures(content)
    for picture in (JPEG, PNG, WEBP, GIF):
        if f".{picture.extension}" in found:
            return picture
    return next((words for extension, words in _OTHERS.items() if extension in found), "of a type that is not known")


def _signatures(content: bytes) -> frozenset[str]:
    """The extensions of every type whose signature the file begins with, as puremagic knows them."""
    import puremagic  # noqa: PLC0415 - it reads a thousand signatures, which a start without uploads should not pay

    try:
        matches = puremagic.magic_string(content)
    except puremagic.PureError:
        return frozenset()
    # A signature at the end of a file says little: anything may be appended to anything.
    return frozenset(".elf" if "ELF" in match.name else match.extension for match in matches if match.offset >= 0)


def _brands(content: bytes) -> frozenset[bytes]:
    """The brands that a file of the ISO base media format declares itself to be of: the major one, and the compatible ones."""
    declared = content[8 : min(int.from_bytes(content[:4]), 256)]
    return frozenset(declared[at : at + 4] for at in range(0, len(declared), 4) if at != 4)  # noqa: PLR2004 - the minor version


def _archive(content: bytes) -> Type | str:
    from zipfile import BadZipFile, ZipFile  # noqa: PLC0415 - as in _signatures

    damaged = "a damaged ZIP archive"
    if content.count(b"PK\x01\x02") > MOST_ENTRIES:
        return f"a ZIP archive of more than {MOST_ENTRIES:,} files"
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries, directory = archive.infolist(), archive.start_dir
    except (BadZipFile, NotImplementedError, OSError, ValueError):
        return damaged
    for entry in entries:  # many of them are encrypted, as Studio does; the directory is not
        start = entry.header_offset
        if content[start : start + 4] != b"PK\x03\x04" or start + 30 + entry.compress_size > directory:
            return damaged
    names = {entry.filename for entry in entries}
    return next((words for name, words in _ZIPS.items() if name in names), STUDIO if names else "an empty ZIP archive")


def _written(content: bytes, text: str, filename: str) -> Type | str:
    beginning = text.lstrip()
    if not beginning:
        return "blank"
    if beginning.startswith("#!"):
        return "a script"
    if beginning.startswith("{\\rtf"):
        return "a Rich Text document"
    if beginning[0] == "<":
        return "an HTML page" if _HTML.match(beginning) else _markup(content)
    if beginning[0] in "{[":
        return _notation(text)
    named = next((it for it in (CSV, TXT) if _extension(filename) in it.extensions), None)
    return named or (CSV if re.search("[,;\t]", beginning.partition("\n")[0]) else TXT)


def _markup(content: bytes) -> Type | str:
    """XML by its prolog, which is where entities that grow without end are declared; the rest is for its reader."""
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - as in _signatures

    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - as above
    from defusedxml.ElementTree import XMLParser  # noqa: PLC0415 - as above

    root = _Root()
    try:
        XMLParser(target=root, forbid_dtd=True).feed(content[:PROLOG])
    except DefusedXmlException:
        return "XML with a document type declaration, which is refused"
    except ParseError as error:
        line, column = error.position
        return f"XML that does not parse at line {line}, column {column + 1}"
    except (LookupError, ValueError):  # an encoding that there is not, or that is not this one
        return "XML in an encoding that is not known"
    if root.name == "svg":
        return "an SVG picture"
    if root.name == "html":
        return "an HTML page"
    return XML if root.name else f"XML whose root does not begin in the first {PROLOG:,} bytes"


class _Root:
    """Takes what a parser of XML tells, and remembers the name of the root, in small letters and without its namespace."""

    name = ""

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self.name = self.name or tag.rpartition("}")[2].lower()


def _notation(text: str) -> Type | str:
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        return f"JSON of more than {MOST_BRACKETS:,} objects and lists"
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"JSON that does not parse at line {error.lineno}, column {error.colno}"
    return JSON


def _extension(filename: str) -> str:
    return PurePath(filename).suffix[1:].lower()


def _listed(types: tuple[Type, ...]) -> str:
    names = [it.name for it in types]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
