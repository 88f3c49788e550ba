"""Canonical bytes, thumbprints and detached signatures: the RFCs' own vectors, joserfc as the oracle."""

import base64
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as oracle
from joserfc.jwk import OKPKey

from atalaya.custody.canonical import canonical_json
from atalaya.custody.hashing import HashingReader, content_hash, hash_chunks, require_hash
from atalaya.custody.jws import jwk_of, public_key_of, sign_detached, thumbprint, verify_detached
from atalaya.custody.tree_head import follows, make_head, verify_head
from atalaya.errors import InputError, IntegrityError
from atalaya.io.keys import KeySigner
from atalaya.model.custody import Json
from atalaya.model.instants import isoformat_z

RFC8037_SEED = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
RFC8037_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
KEY = Ed25519PrivateKey.from_private_bytes(RFC8037_SEED)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_canonical_json_is_that_of_rfc_8785():
    form: Json = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "€$\n" + chr(0x0F) + 'A\'B"\\\\"/',
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\n\\u000fA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_json(form) == expected.encode()


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800", {"a": b"bytes"}])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(InputError, match="canonical"):
        canonical_json([value])


def test_the_thumbprint_is_that_of_rfc_8037():
    assert jwk_of(KEY.public_key()) == RFC8037_JWK
    assert thumbprint(RFC8037_JWK) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
@given(st.binary(max_size=300))
def test_another_implementation_accepts_the_signature(payload):
    header, empty, signature = sign_detached(payload, KEY).split(".")
    body = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    compact = f"{header}.{body}.{signature}"
    found = oracle.deserialize_compact(
        compact, OKPKey.import_key(dict(RFC8037_JWK)), algorithms=["EdDSA", "Ed25519"]
    )
    assert empty == ""
    assert found.payload == payload
    assert found.headers() == {"alg": "EdDSA", "kid": thumbprint(RFC8037_JWK)}


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_signature_holds_for_its_own_bytes_in_its_own_spelling_only(payload, data):
    signature = sign_detached(payload, KEY)
    verify_detached(payload, signature, RFC8037_JWK)
    place = data.draw(st.integers(0, len(signature) - 1))
    flipped = (
        signature[:place]
        + chr(ord(signature[place]) ^ data.draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64])))
        + signature[place + 1 :]
    )
    with pytest.raises(IntegrityError):
        verify_detached(payload, flipped, RFC8037_JWK)
    with pytest.raises(IntegrityError):
        verify_detached(payload + b"x", signature, RFC8037_JWK)


@pytest.mark.parametrize("tail", ["=", " ", "\n", ".", "A"])
def test_no_second_spelling_of_a_signature_is_accepted(tail):
    with pytest.raises(IntegrityError):
        verify_detached(b"payload", sign_detached(b"payload", KEY) + tail, RFC8037_JWK)


def test_a_signature_by_another_key_is_refused_and_names_the_key():
    other = Ed25519PrivateKey.generate()
    with pytest.raises(IntegrityError, match="kPrK_qmx"):
        verify_detached(b"payload", sign_detached(b"payload", other), RFC8037_JWK)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {**RFC8037_JWK, "crv": "X25519"},
        {**RFC8037_JWK, "d": "c2VjcmV0"},
        {**RFC8037_JWK, "x": "AAAA"},
        {**RFC8037_JWK, "x": RFC8037_JWK["x"] + "="},
        {**RFC8037_JWK, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"},
    ],
)
def test_a_jwk_that_is_no_ed25519_public_key_in_its_one_spelling_is_refused(jwk):
    with pytest.raises(InputError):
        public_key_of(jwk)


def test_hashes_of_chunks_do_not_depend_on_the_cut():
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    reader = HashingReader()
    assert content_hash(b"abc") == expected == require_hash("test", expected)
    assert hash_chunks([b"a", b"", b"bc"]) == (expected, 3)
    assert b"".join(reader.through([b"ab", b"c"])) == b"abc"
    assert (reader.content(), reader.length) == (expected, 3)
    with pytest.raises(InputError, match="64 lower-case"):
        require_hash("test", expected.upper())


def test_a_head_holds_for_its_own_ledger_only():
    head = make_head(origin="here", size=3, root=b"\x01" * 32, at_utc=NOW, signer=KeySigner(KEY))
    verify_head(head, RFC8037_JWK)
    payload = canonical_json(
        {"at_utc": isoformat_z(NOW), "origin": "here", "root_hash": "01" * 32, "size": 3}
    )
    verify_detached(payload, head.signature, RFC8037_JWK)
    other = jwk_of(Ed25519PrivateKey.generate().public_key())
    with pytest.raises(IntegrityError, match="not"):
        verify_head(head, other)
    for changed in (
        {"size": 4},
        {"root_hash": "02" * 32},
        {"origin": "there"},
        {"at_utc": datetime.now(UTC)},
    ):
        with pytest.raises(IntegrityError, match="does not hold"):
            verify_head(replace(head, **changed), RFC8037_JWK)
    assert follows(replace(head, size=0), head, ())
    assert follows(head, head, ())
    assert not follows(head, replace(head, root_hash="02" * 32), ())
