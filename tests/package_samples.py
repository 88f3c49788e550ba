"""One small package in all its layers, and where each of its bytes belongs."""

import io
import zipfile
from dataclasses import dataclass

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from atalaya.io.keys import KeySigner
from atalaya.io.seal import new_identity, seal
from atalaya.model.identifiers import RecipientId
from atalaya.release.manifest import PackageIdentity
from atalaya.release.package import make_inner, make_outer
from dossier_samples import view

SIGNER = KeySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
RECIPIENT = RecipientId("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
SECRET, PUBLIC = new_identity()
PAPERS = {
    "case-en.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 3,
    "case-es.pdf": b"%PDF-1.7\n" + bytes(range(255, -1, -1)) * 3,
    "custody.json": b'{"format":"atalaya-custody-1"}',
    "empty.txt": b"",
    "pictures/1.jpg": bytes(512),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The layers of one package, from the inside out."""

    identity: PackageIdentity
    inner: bytes
    outer: bytes


def identity() -> PackageIdentity:
    return PackageIdentity(view=view(), recipient_id=RECIPIENT, signer=SIGNER.public_jwk)


def sample(papers: dict[str, bytes] | None = None) -> Sample:
    about = identity()
    inner = make_inner(about, PAPERS if papers is None else papers, SIGNER)
    return Sample(identity=about, inner=inner, outer=around(inner))


def around(inner: bytes) -> bytes:
    """A valid outer layer around any inner bytes: what a thief of the signing machine could make."""
    return make_outer(identity(), seal(inner, PUBLIC), SIGNER)


def members(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def owner_of(package: bytes, offset: int) -> str:
    """The file whose data this byte is, else `zip structure`."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for info in archive.infolist():
            begin = info.header_offset + 30 + len(info.filename.encode())
            if begin <= offset < begin + info.file_size:
                return info.filename
    return "zip structure"


def is_checksum_of(package: bytes, offset: int) -> str | None:
    """The file whose checksum field in its own header this byte is."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for info in archive.infolist():
            if 14 <= offset - info.header_offset < 18:
                return info.filename
    return None


def flipped(data: bytes, offset: int, bit: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 1 << bit]) + data[offset + 1 :]


def places(size: int, count: int, seed: int) -> list[tuple[int, int]]:
    """Seeded (offset, bit) pairs all over a file of that size."""
    rng = np.random.default_rng(seed)
    return [(int(rng.integers(size)), int(rng.integers(8))) for _ in range(count)]
