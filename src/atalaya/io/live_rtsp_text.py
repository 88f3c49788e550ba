"""The words of RTSP: requests, answers, session descriptions, and how to say who asks.

Source: RFC 2326 (RTSP 1.0), RFC 4566 (SDP), RFC 7616 and RFC 7617 (digest and basic authentication).
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urljoin

KLV_ENCODING = "SMPTE336M"
METADATA_ENCODINGS = frozenset({KLV_ENCODING, "MP2T"})
_STATIC_TRANSPORT_TYPE = "33"


@dataclass(frozen=True, slots=True)
class RtspAnswer:
    """What a server answers.

    Args:
        status: 200 is good. reason: for people. headers: names in lower case. body: as it came.
    """

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


def request_bytes(method: str, url: str, number: int, headers: dict[str, str]) -> bytes:
    """One request without a body."""
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {number}", "User-Agent: atalaya"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def read_answer(data: bytes) -> tuple[RtspAnswer, int] | None:
    """An answer at the start of the bytes, and how many bytes it takes; None while it is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = data[:end].decode("utf-8", "replace").split("\r\n")
    words = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    stop = end + 4 + _number(headers.get("content-length", ""))
    if len(data) < stop:
        return None
    return RtspAnswer(
        _number(words[1] if len(words) > 1 else ""), words[-1], headers, data[end + 4 : stop]
    ), stop


@dataclass(frozen=True, slots=True)
class MetadataPart:
    """A part of a session that carries KLV or a transport stream.

    Args:
        control: URL under which it is set up. clock_hz: ticks of its RTP clock; None where it does not say.
    """

    control: str
    clock_hz: int | None


def metadata_parts(description: str, base_url: str) -> list[MetadataPart]:
    """The parts of a session that carry KLV or a transport stream.

    Args:
        description: SDP.
        base_url: what its `control` lines are relative to.
    """
    found: list[MetadataPart] = []
    for part in re.split(r"^m=", description.replace("\r", ""), flags=re.MULTILINE)[1:]:
        kinds = part.split("\n", 1)[0].split()[3:]
        named = re.findall(r"^a=rtpmap:\d+ +([^/\s]+)(?:/(\d+))?", part, re.MULTILINE)
        clocks = {name.upper(): clock for name, clock in named if name.upper() in METADATA_ENCODINGS}
        if not clocks and _STATIC_TRANSPORT_TYPE not in kinds:
            continue
        control = re.search(r"^a=control:(\S+)", part, re.MULTILINE)
        place = _joined(base_url, control.group(1) if control else "*")
        clock = clocks.get(KLV_ENCODING, "")
        found.append(MetadataPart(place, _number(clock) or None))
    return found


def _joined(base_url: str, control: str) -> str:
    if control == "*":
        return base_url
    if "://" in control:
        return control
    try:
        return urljoin(base_url if base_url.endswith("/") else f"{base_url}/", control)
    except ValueError:  # brackets that are no address
        return base_url


def _number(text: str) -> int:
    """A number of up to nine digits; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def authorization(challenge: str, method: str, url: str, user: str, password: str) -> str:
    """The answer to a server that asks who we are; empty where its question is not understood."""
    if challenge.lower().startswith("basic"):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    fields = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge.partition(" ")[2]))
    if not challenge.lower().startswith("digest") or "nonce" not in fields:
        return ""
    realm, nonce = fields.get("realm", ""), fields["nonce"]
    who, what = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{url}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
        f'response="{_md5(f"{who}:{nonce}:{what}")}"'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()  # the protocol's own choice
