"""The verdicts as an Atom feed (RFC 4287): what to follow to hear when one changes.

An entry's id depends on the claim, its outcome and the version of the data that decide it, so readers are told again
when one of these changes and left in peace when replies come in that bear on other claims.
"""

from __future__ import annotations

from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from ..analysis.tables import data_version
from ..guide.guide import Guide
from ..schema import Claim, Finding
from ..text.escape import line
from ..text.formatting import full, headline, who
from ..verdicts.judge import experiments
from .citation import AUTHOR, found

ATOM = "http://www.w3.org/2005/Atom"
_OURS = UUID("6c0f4f3e-5a0b-5d1c-9a55-2f6f0f0c9d17")
"""The namespace of this feed's ids (RFC 9562), which need no address to be ours alone."""


def feed(guide: Guide) -> bytes:
    """The feed's bytes: an entry for each claim, the newest first."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    _say(root, "id", f"urn:uuid:{_OURS}")
    _say(root, "title", "Incompressible: verdicts")
    _say(root, "updated", updated(guide))
    _say(_say(root, "author"), "name", AUTHOR)
    _say(root, "rights", "Apache License 2.0")
    _say(root, "link", rel="alternate", type="text/html", href=guide.address or "./")
    if guide.address:
        _say(root, "link", rel="self", type="application/atom+xml", href=f"{guide.address}feed.xml")
    claims = sorted(guide.claims.values(), key=lambda claim: claim.slug)
    for claim in sorted(claims, key=lambda claim: moment(guide, claim), reverse=True):
        _entry(root, guide, claim)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def moment(guide: Guide, claim: Claim) -> str:
    """When the newest reply behind a verdict was given; without replies, when its rule was fixed."""
    return guide.newest(*experiments(*claim.tests)) or f"{claim.registered}T00:00:00Z"


def updated(guide: Guide) -> str:
    """When the newest of all verdicts came about (RFC 3339, UTC)."""
    return max((moment(guide, claim) for claim in guide.claims.values()), default="1970-01-01T00:00:00Z")


def _entry(root: ET.Element, guide: Guide, claim: Claim) -> None:
    verdict = guide.verdicts[claim.slug]
    entry = _say(root, "entry")
    _say(entry, "id", f"urn:uuid:{uuid5(_OURS, f'{claim.slug} {verdict.measured} {_version(guide, claim)}')}")
    _say(entry, "title", f"{claim.title}: {found(verdict)}")
    _say(entry, "updated", moment(guide, claim))
    _say(entry, "link", rel="alternate", type="text/html", href=f"{guide.address}claims/{claim.slug}/")
    _say(entry, "category", term=str(verdict.measured))
    _say(entry, "summary", headline(verdict))
    numbers = [_number(claim, one) for one in verdict.findings]
    _say(entry, "content", *numbers, f"In general: {verdict.general} ({verdict.reason}).", type="text")


def _version(guide: Guide, claim: Claim) -> str:
    named = [f"{name}.csv" for name in experiments(*claim.tests)]
    return data_version({name: guide.tables[name] for name in named if name in guide.tables})


def _number(claim: Claim, one: Finding) -> str:
    return f"{one.outcome}: {who(one)}, {claim.number}: {full(one.estimate, claim.test)}"


def _say(parent: ET.Element, name: str, *lines: str, **attributes: str) -> ET.Element:
    """A new element. XML cannot hold every character, not even as a reference, so that text goes in as plain lines."""
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = "\n".join(map(line, lines)) or None
    return element
