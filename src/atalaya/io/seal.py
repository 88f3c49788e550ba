"""Sealing bytes for one recipient, and opening them again: age v1 with X25519."""

from pathlib import Path

from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt, encrypt, x25519

from atalaya.errors import ExternalError, InputError, IntegrityError


def check_recipient(age_public_key: str) -> None:
    """Accept silently an age X25519 public key.

    Raises:
        InputError: it is not one.
    """
    try:
        x25519.Recipient.from_str(age_public_key)
    except RecipientError as error:
        raise InputError(f"not an age public key (age1…): {error}") from error


def seal(plain: bytes, age_public_key: str) -> bytes:
    """The bytes so that only the holder of that key can open them.

    Raises:
        InputError: not an age X25519 public key.
        ExternalError: sealing failed.
    """
    check_recipient(age_public_key)
    try:
        return bytes(encrypt(plain, [x25519.Recipient.from_str(age_public_key)]))
    except EncryptError as error:
        raise ExternalError(f"age could not seal: {error}") from error


def open_sealed(sealed: bytes, age_secret_key: str) -> bytes:
    """The bytes that were sealed for this identity, proved whole.

    Raises:
        InputError: not an age X25519 identity.
        IntegrityError: sealed for another identity, or changed since.
    """
    try:
        identity = x25519.Identity.from_str(age_secret_key)
    except IdentityError as error:
        raise InputError("not an age identity (AGE-SECRET-KEY-1…)") from error
    try:
        return bytes(decrypt(sealed, [identity]))
    except DecryptError as error:
        reason = "it is not sealed for this identity" if "No matching keys" in str(error) else str(error)
        raise IntegrityError(f"sealed bytes cannot be opened: {reason}") from error


def new_identity() -> tuple[str, str]:
    """A new partner's key: (AGE-SECRET-KEY-1…, age1…). Partners make their own with `age-keygen`."""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def read_identity(path: Path) -> str:
    """The secret key of an age key file, as `age-keygen` writes it (lines with # are remarks).

    Raises:
        ExternalError: the file cannot be read.
        InputError: it does not hold exactly one identity.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ExternalError(f"the identity {path} cannot be read: {error}") from error
    found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if len(found) != 1 or not found[0].startswith("AGE-SECRET-KEY-1"):
        raise InputError(f"{path} must hold exactly one AGE-SECRET-KEY-1…")
    return found[0]
