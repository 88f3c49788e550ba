"""Prove an Atalaya package without Atalaya: standard library and cryptography only.

    atalaya-verify PACKAGE [--identity AGE-KEY-FILE] [--signer KEY-ID|JWK-FILE] [--json]

Without an identity it proves the sealed bytes by the outer signature; with it, every file inside.
Exit code 0: proved. 1: not proved; each line names the file. 2: wrong usage, or a file that cannot be read.
It shares no code with the program that writes packages. The format: docs/reference/package.md.
"""

import argparse
import base64
import hashlib
import hmac
import json
import re
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CHUNK = 64 * 1024 + 16


class NotProvedError(Exception):
    """One reason, with the file it is about."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file


def canonical_members(data: bytes, layer: str) -> dict[str, bytes]:
    """The files of a zip of which every byte is as the format prescribes."""
    members: dict[str, bytes] = {}
    central, at = b"", 0
    while data[at : at + 4] == b"PK\x03\x04" and len(data) >= at + 30:
        crc, _, size, name_size = struct.unpack("<LLLH", data[at + 14 : at + 28])
        name_bytes = data[at + 30 : at + 30 + name_size]
        body = data[at + 30 + name_size : at + 30 + name_size + size]
        name = name_bytes.decode("ascii", "replace")
        head = struct.pack("<HHHHHLLLHH", 20, 2048, 0, 0, 33, crc, size, size, name_size, 0)
        step = b"PK\x03\x04" + head + name_bytes
        first_difference(step, data[at : at + len(step)], at, layer)
        if len(body) != size or not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", name, re.ASCII):
            raise NotProvedError(f"{layer} zip structure at offset {at + 18}", "not as it was written")
        first_difference(b"PK", data[at + len(step) + size :][:2], at + len(step) + size, layer)
        if zlib.crc32(body) != crc:
            raise NotProvedError(name, "its bytes do not fit its checksum")
        if members and name <= next(reversed(members)):
            raise NotProvedError(f"{layer} zip structure at offset {at + 30}", "names are not in order")
        central += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHLL", 0, 0, 0, 0, at)
        central += name_bytes
        members[name] = body
        at += len(step) + size
    tail = struct.pack("<HHHHLLH", 0, 0, len(members), len(members), len(central), at, 0)
    first_difference(central + b"PK\x05\x06" + tail, data[at:], at, layer)
    return members


def first_difference(wanted: bytes, found: bytes, offset: int, layer: str) -> None:
    """Raise with the offset of the first byte that differs."""
    if wanted == found:
        return
    shorter = min(len(wanted), len(found))
    place = next((i for i in range(shorter) if wanted[i] != found[i]), shorter)
    raise NotProvedError(f"{layer} zip structure at offset {offset + place}", "not as it was written")


def from_base64url(text: str) -> bytes:
    """Unpadded base64url in its one spelling."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(data) != text:
        raise ValueError("not base64url")
    return data


def from_base64(text: str) -> bytes:
    """Unpadded base64 in its one spelling: bits that mean nothing are zero, as age wants them."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if base64.b64encode(data).decode().rstrip("=") != text:
        raise ValueError("not base64")
    return data


def to_base64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def key_id(jwk: dict[str, str]) -> str:
    """RFC 7638 thumbprint of an Ed25519 public key."""
    if set(jwk) != {"crv", "kty", "x"} or (jwk["crv"], jwk["kty"]) != ("Ed25519", "OKP"):
        raise ValueError("not an Ed25519 public key")
    text = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": jwk["x"]}, separators=(",", ":"))
    return to_base64url(hashlib.sha256(text.encode()).digest())


def signed_manifest(files: dict[str, bytes], name: str, form: str, signer: str | None) -> dict[str, Any]:
    """The manifest, once its detached JWS holds under the key it names and that was asked for."""
    signature_name = name.replace(".json", ".jws")
    for part in (name, signature_name):
        if part not in files:
            raise NotProvedError(part, "missing")
    try:
        manifest: dict[str, Any] = json.loads(files[name])
        jwk, said = manifest["signer"]["jwk"], manifest["signer"]["key_id"]
        identity, public = key_id(jwk), Ed25519PublicKey.from_public_bytes(from_base64url(jwk["x"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotProvedError(name, f"cannot be read ({type(error).__name__})") from error
    if manifest.get("format") != form:
        raise NotProvedError(name, f"format is not {form}")
    if said != identity or signer not in {None, identity}:
        raise NotProvedError(name, f"signed by key {identity}, not by {signer or said}")
    header = to_base64url(f'{{"alg":"EdDSA","kid":"{identity}"}}'.encode())
    try:
        given, empty, signature = files[signature_name].decode("ascii").split(".")
        if given != header or empty:
            raise NotProvedError(signature_name, f"not a detached signature by key {identity}")
        public.verify(from_base64url(signature), f"{header}.{to_base64url(files[name])}".encode())
    except (ValueError, InvalidSignature) as error:
        raise NotProvedError(f"{name}, {signature_name}", "the signature does not hold") from error
    return manifest


def check_files(files: dict[str, bytes], lines: Any, manifest_name: str) -> list[str]:
    """All listed files have the signed bytes, none is missing, none is there beside them."""
    own = {manifest_name, manifest_name.replace(".json", ".jws")}
    try:
        listed = {str(line["name"]): (line["length"], line["sha256"]) for line in lines}
    except (TypeError, KeyError) as error:
        raise NotProvedError(manifest_name, "lists no files") from error
    wrong = [f"{name}: missing" for name in sorted(set(listed) - set(files))]
    wrong += [f"{name}: not listed" for name in sorted(set(files) - set(listed) - own)]
    for name in sorted(set(listed) & set(files)):
        if listed[name] != (len(files[name]), hashlib.sha256(files[name]).hexdigest()):
            wrong.append(f"{name}: its bytes are not the signed ones")
    return wrong


def read_identity(text: str) -> X25519PrivateKey:
    """The one AGE-SECRET-KEY-1… of a key file (bech32, BIP 173)."""
    keys = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(keys) != 1 or not re.fullmatch(r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}", keys[0]):
        raise ValueError("the identity file must hold exactly one AGE-SECRET-KEY-1…")
    prefix, values = "age-secret-key-", [BECH32.index(letter) for letter in keys[0][16:].lower()]
    check = 1
    for value in [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *values]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    bits = "".join(f"{value:05b}" for value in values[:-6])
    if check != 1 or "1" in bits[256:]:
        raise ValueError("the identity is mistyped: its checksum does not hold")
    return X25519PrivateKey.from_private_bytes(int(bits[:256], 2).to_bytes(32, "big"))


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256, 32 bytes."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def age_file_key(stanzas: list[tuple[list[str], bytes]], identity: X25519PrivateKey) -> bytes | None:
    """The file key, where one X25519 stanza is for this identity."""
    mine = identity.public_key().public_bytes_raw()
    for arguments, body in stanzas:
        if arguments[0] != "X25519" or len(arguments) != 2 or len(body) != 32:
            continue
        share = from_base64(arguments[1])
        secret = identity.exchange(X25519PublicKey.from_public_bytes(share))
        key = derive(secret, share + mine, b"age-encryption.org/v1/X25519")
        try:
            return ChaCha20Poly1305(key).decrypt(bytes(12), body, None)
        except InvalidTag:
            continue
    return None


def age_open(sealed: bytes, identity: X25519PrivateKey) -> bytes:
    """The plain bytes of an age v1 file (age-encryption.org/v1, X25519 recipients)."""
    try:
        header_end = sealed.index(b"\n--- ") + 4
        line_end = sealed.index(b"\n", header_end)
        mac = from_base64(sealed[header_end + 1 : line_end].decode("ascii"))
        intro, *lines = sealed[: header_end - 4].decode("ascii").split("\n")
        stanzas: list[tuple[list[str], bytes]] = []
        while lines:
            arguments, wrapped = lines.pop(0).split(" ")[1:], ""
            while lines and not lines[0].startswith("-> "):
                wrapped += lines.pop(0)
            stanzas.append((arguments, from_base64(wrapped)))
        file_key = age_file_key(stanzas, identity)
    except (ValueError, IndexError) as error:
        raise NotProvedError("sealed.age", "not an age file") from error
    if intro != "age-encryption.org/v1" or len(sealed) < line_end + 33:
        raise NotProvedError("sealed.age", "not an age file of version 1, or cut off")
    if file_key is None:
        raise NotProvedError("sealed.age", "wrong key: it is not sealed for this identity")
    if not hmac.compare_digest(
        hmac.digest(derive(file_key, b"", b"header"), sealed[:header_end], "sha256"), mac
    ):
        raise NotProvedError("sealed.age", "its header was changed")
    return age_payload(sealed[line_end + 1 :], file_key)


def age_payload(payload: bytes, file_key: bytes) -> bytes:
    """The STREAM of 64 KiB chunks; the last one says that it is the last."""
    cipher = ChaCha20Poly1305(derive(file_key, payload[:16], b"payload"))
    plain = bytearray()
    chunks = [payload[at : at + CHUNK] for at in range(16, len(payload), CHUNK)]
    for counter, chunk in enumerate(chunks):
        last = counter == len(chunks) - 1
        try:
            plain += cipher.decrypt(counter.to_bytes(11, "big") + bytes([last]), chunk, None)
        except InvalidTag as error:
            raise NotProvedError("sealed.age", f"chunk {counter} was changed or cut off") from error
    return bytes(plain)


def prove(package: bytes, identity: X25519PrivateKey | None, signer: str | None) -> dict[str, Any]:
    """Everything that can be proved; `problems` is empty where all of it holds."""
    report: dict[str, Any] = {"proved": False, "opened": False, "problems": []}
    try:
        files = canonical_members(package, "outer")
        outer = signed_manifest(files, "outer.json", "atalaya-sealed/1", signer)
        report |= {part: outer.get(part) for part in ("release_id", "recipient_id", "synthetic")}
        report["signer"] = outer["signer"]["key_id"]
        report["problems"] = check_files(files, [outer.get("sealed")], "outer.json")
        if identity and not report["problems"]:
            inner = canonical_members(age_open(files["sealed.age"], identity), "inner")
            report["opened"] = True
            manifest = signed_manifest(inner, "manifest.json", "atalaya-package/1", signer)
            report["problems"] = check_files(inner, manifest.get("files"), "manifest.json")
            for part in ("release_id", "recipient_id", "synthetic", "signer"):
                if manifest.get(part) != outer.get(part):
                    report["problems"].append(f"manifest.json: {part} is not the one outer.json names")
            report["files"] = sorted(inner)
    except NotProvedError as error:
        report["problems"].append(str(error))
    report["proved"] = not report["problems"]
    return report


def told(report: dict[str, Any], signer: str | None) -> str:
    """The report in words."""
    if not report["proved"]:
        return printable(["NOT PROVED", *report["problems"]])
    lines = [f"PROVED  release {report['release_id']} for recipient {report['recipient_id']}"]
    lines += ["SYNTHETIC / SINTÉTICO"] if report["synthetic"] else []
    hint = "" if signer else " (compare it with the key you were given, or use --signer)"
    lines.append(f"signed by key {report['signer']}{hint}")
    if report["opened"]:
        return printable([*lines, f"every file inside is as signed ({len(report['files'])} files)"])
    return printable([*lines, "the sealed bytes are as signed; the inside was not opened (no --identity)"])


def printable(lines: list[str]) -> str:
    """The lines, with whatever could forge another line or steer a terminal shown as `?`."""
    return "\n".join("".join(letter if letter.isprintable() else "?" for letter in line) for line in lines)


def asked_signer(value: str | None) -> str | None:
    """A key id as it is, or the id of the JWK in that file."""
    return key_id(json.loads(Path(value).read_text("utf-8"))) if value and Path(value).is_file() else value


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="atalaya-verify", description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("--identity", type=Path, help="age key file of the recipient")
    parser.add_argument("--signer", help="key id, or file with the JWK, that must have signed it")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    given = parser.parse_args()
    try:
        signer = asked_signer(given.signer)
        identity = read_identity(given.identity.read_text("utf-8")) if given.identity else None
        package = given.package.read_bytes()
    except (OSError, ValueError, TypeError) as error:
        parser.error(str(error))
    report = prove(package, identity, signer)
    sys.stdout.write((json.dumps(report, indent=2) if given.json else told(report, signer)) + "\n")
    sys.exit(0 if report["proved"] else 1)


if __name__ == "__main__":
    main()
