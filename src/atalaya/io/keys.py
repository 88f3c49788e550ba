"""The workspace's own signing key on disk: made on first use, readable by its owner only."""

import os
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from atalaya.custody.jws import jwk_of, sign_detached, thumbprint
from atalaya.errors import ExternalError, InputError, IntegrityError

SIGNING_KEY = "signing-ed25519.pem"


class KeySigner:
    """Signs with one Ed25519 key; satisfies `app.ports.Signer`."""

    __slots__ = ("_key", "_key_id", "_public_jwk")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public_jwk = jwk_of(key.public_key())
        self._key_id = thumbprint(self._public_jwk)

    @property
    def key_id(self) -> str:
        """RFC 7638 thumbprint of the public key."""
        return self._key_id

    @property
    def public_jwk(self) -> dict[str, str]:
        """The public key as a JWK (OKP, Ed25519)."""
        return dict(self._public_jwk)

    def sign(self, payload: bytes) -> str:
        """Compact detached JWS (RFC 7515 appendix F, EdDSA) over the payload."""
        return sign_detached(payload, self._key)


class KeyRing:
    """The keys of one workspace: PKCS8 PEM, mode 0600, in one folder.

    Args:
        folder: made (mode 0700) when the first key is.
    """

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def signer(self) -> KeySigner:
        """The workspace's signing key; made where there is none yet.

        Two processes that come first at the same moment end with the same key.

        Raises:
            ExternalError: the key cannot be read or written.
            IntegrityError: the file is not an Ed25519 key, or others may read it.
        """
        path = self._folder / SIGNING_KEY
        try:
            if not path.exists():
                self._make(path)
            mode = stat.S_IMODE(path.stat().st_mode)
            pem = path.read_bytes()
        except OSError as error:
            raise ExternalError(f"the signing key {path} cannot be read or written: {error}") from error
        if mode & 0o077:
            raise IntegrityError(f"the signing key {path} may be read by others (mode {mode:04o}): chmod 600")
        return KeySigner(_load(pem, path))

    def _make(self, path: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder)  # mode 0600
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)  # atomic, and fails where somebody else was first
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)


def read_public_jwk(form: object) -> dict[str, str]:
    """A parsed JSON value as an Ed25519 public JWK.

    Raises:
        InputError: it is not one.
    """
    if not isinstance(form, dict) or not all(isinstance(value, str) for value in form.values()):
        raise InputError("a signer's JWK is a JSON object of texts")
    thumbprint(form)
    return dict(form)


def _load(pem: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IntegrityError(f"{path} is not a PKCS8 private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise IntegrityError(f"{path} is not an Ed25519 key")
    return key
