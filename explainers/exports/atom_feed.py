"""The verdicts as an Atom feed (RFC 4287): what to follow to hear when one changes.

An entry's id depends on the claim, its outcome and the version of the data that decide it, so readers are told again
when one of these changes and left in peace when replies come in that bear on other claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from ..analysis.tables import data_version
from ..schema import Claim, Finding, Verdict
from ..text.escape import line
from ..text.formatting import full, headline, who
from ..verdicts.judge import experiments
from .citation import AUTHOR, found

ATOM = "http://www.w3.org/2005/Atom"
_OURS = UUID("6c0f4f3e-5a0b-5d1c-9a55-2f6f0f0c9d17")
"""The namespace of this feed's ids (RFC 9562), which need no address to be ours alone."""


def feed(
    verdicts: Mapping[str, Verdict], moments: Mapping[str, str], tables: Mapping[str, bytes], address: str
) -> bytes:
    """The feed's bytes: an entry for each verdict, the newest first.

    `moments` says when each came about (RFC 3339, UTC), by the slug of its claim. `tables` are those of replies, by
    file name; `address` is the site's, and may be empty.
    """
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    _say(root, "id", f"urn:uuid:{_OURS}")
    _say(root, "title", "Incompressible: verdicts")
    _say(root, "updated", updated(moments.values()))
    _say(_say(root, "author"), "name", AUTHOR)
    _say(root, "rights", "Apache License 2.0")
    _say(root, "link", rel="alternate", type="text/html", href=address or "./")
    if address:
        _say(root, "link", rel="self", type="application/atom+xml", href=f"{address}feed.xml")
    for slug in sorted(sorted(verdicts), key=lambda slug: moments[slug], reverse=True):
        _entry(root, verdicts[slug], moments[slug], tables, address)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def updated(moments: Iterable[str]) -> str:
    """When the newest of all verdicts came about (RFC 3339, UTC)."""
    return max(moments, default="1970-01-01T00:00:00Z")


def _entry(root: ET.Element, verdict: Verdict, moment: str, tables: Mapping[str, bytes], address: str) -> None:
    claim, entry = verdict.claim, _say(root, "entry")
    _say(entry, "id", f"urn:uuid:{uuid5(_OURS, f'{claim.slug} {verdict.measured} {_version(claim, tables)}')}")
    _say(entry, "title", f"{claim.title}: {found(verdict)}")
    _say(entry, "updated", moment)
    _say(entry, "link", rel="alternate", type="text/html", href=f"{address}claims/{claim.slug}/")
    _say(entry, "category", term=str(verdict.measured))
    _say(entry, "summary", headline(verdict))
    numbers = [_number(claim, one) for one in verdict.findings]
    _say(entry, "content", *numbers, f"In general: {verdict.general} ({verdict.reason}).", type="text")


def _version(claim: Claim, tables: Mapping[str, bytes]) -> str:
    named = [f"{name}.csv" for name in experiments(*claim.tests)]
    return data_version({name: tables[name] for name in named if name in tables})


def _number(claim: Claim, one: Finding) -> str:
    return f"{one.outcome}: {who(one)}, {claim.number}: {full(one.estimate, claim.test)}"


def _say(parent: ET.Element, name: str, *lines: str, **attributes: str) -> ET.Element:
    """A new element. XML cannot hold every character, not even as a reference, so that text goes in as plain lines."""
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = "\n".join(map(line, lines)) or None
    return element
