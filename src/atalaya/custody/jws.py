"""Detached signatures over bytes: compact JWS with Ed25519, in exactly one accepted spelling.

Source: RFC 7515 section 7.1 and appendix F (compact, detached), RFC 8037 (Ed25519), RFC 7638 (thumbprint).
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from atalaya.custody.canonical import canonical_json
from atalaya.errors import InputError, IntegrityError


def sign_detached(payload: bytes, key: Ed25519PrivateKey) -> str:
    """`header..signature` over the payload; the header names the key by its thumbprint."""
    header = _header(thumbprint(jwk_of(key.public_key())))
    return f"{header}..{_encode(key.sign(_signing_input(header, payload)))}"


def verify_detached(payload: bytes, signature: str, jwk: Mapping[str, str]) -> None:
    """Accept silently a signature of this key over this payload.

    Raises:
        InputError: the JWK is not an Ed25519 public key.
        IntegrityError: not a detached JWS in the one spelling, of another key, or it does not hold.
    """
    public, expected = public_key_of(jwk), _header(thumbprint(jwk))
    header, _, rest = signature.partition(".")
    if header != expected:
        raise IntegrityError(f"the signature is not by key {thumbprint(jwk)} (EdDSA, detached)")
    if not rest.startswith("."):
        raise IntegrityError("the signature is not a detached JWS: header..signature")
    try:
        public.verify(_decode("signature", rest[1:]), _signing_input(header, payload))
    except (InvalidSignature, InputError) as error:
        raise IntegrityError(f"the signature by key {thumbprint(jwk)} does not hold") from error


def jwk_of(key: Ed25519PublicKey) -> dict[str, str]:
    """The public key as a JWK: `{"crv": "Ed25519", "kty": "OKP", "x": …}`."""
    return {"crv": "Ed25519", "kty": "OKP", "x": _encode(key.public_bytes_raw())}


def public_key_of(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """The key of a JWK.

    Raises:
        InputError: it is not an Ed25519 public key of exactly the members crv, kty, x.
    """
    if set(jwk) != {"crv", "kty", "x"} or jwk["crv"] != "Ed25519" or jwk["kty"] != "OKP":
        raise InputError("a signer's JWK has exactly crv Ed25519, kty OKP and x")
    try:
        return Ed25519PublicKey.from_public_bytes(_decode("x", jwk["x"]))
    except ValueError as error:  # InputError is one
        raise InputError(f"a signer's JWK holds no Ed25519 point: {error}") from error


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638 thumbprint (SHA-256, base64url) of an Ed25519 public key; the key's id.

    Raises:
        InputError: it is not an Ed25519 public key.
    """
    public_key_of(jwk)
    return _encode(hashlib.sha256(canonical_json(dict(jwk))).digest())


def _header(key_id: str) -> str:
    return _encode(canonical_json({"alg": "EdDSA", "kid": key_id}))


def _signing_input(header: str, payload: bytes) -> bytes:
    return header.encode() + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(what: str, text: str) -> bytes:
    """Strict: padding, foreign characters and loose trailing bits are refused, so one spelling exists."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{what} is not base64url: {error}") from error
    if _encode(data) != text:
        raise InputError(f"{what} is not in the one base64url spelling")
    return data
