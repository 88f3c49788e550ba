"""A package of 20 MB: built, and proved by both verifiers, beside the least that any program would do."""

import hashlib
import io
import zipfile

import numpy as np
import pyrage
import pytest

import atalaya_verify
from atalaya.app.verify_package import verify_package
from atalaya.io.seal import seal
from atalaya.release.package import make_inner, make_outer
from package_samples import PUBLIC, SECRET, SIGNER, identity

FILES, FILE_BYTES = 10, 2_000_000
MEGABYTES = FILES * FILE_BYTES / 1e6


@pytest.fixture(scope="module")
def papers():
    rng = np.random.default_rng(31)
    return {f"evidence/picture-{number:02d}.jpg": rng.bytes(FILE_BYTES) for number in range(FILES)}


def built(papers):
    about = identity()
    return make_outer(about, seal(make_inner(about, papers, SIGNER), PUBLIC), SIGNER)


def zipped_and_sealed(papers):
    """A stored zip with the hash of each file beside it, sealed by age; nothing signed, nothing canonical."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, data in papers.items():
            archive.writestr(name, data)
            archive.writestr(f"{name}.sha256", hashlib.sha256(data).hexdigest())
    return pyrage.encrypt(whole.getvalue(), [pyrage.x25519.Recipient.from_str(PUBLIC)])


def unsealed_and_tested(sealed):
    plain = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(SECRET)])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        names = [name for name in archive.namelist() if not name.endswith(".sha256")]
        return all(
            hashlib.sha256(archive.read(name)).hexdigest() == archive.read(f"{name}.sha256").decode()
            for name in names
        )


def test_building_a_package(race, job, papers):
    race.run(
        f"package of {MEGABYTES:.0f} MB built: signed, sealed, signed",
        job(name="Atalaya", run=lambda: built(papers), amount=MEGABYTES),
        job(name="zip, SHA-256, age; unsigned", run=lambda: zipped_and_sealed(papers), amount=MEGABYTES),
        unit="MB/CPU-s",
    )


@pytest.fixture
def delivered(tmp_path, papers):
    (tmp_path / "package.zip").write_bytes(built(papers))
    (tmp_path / "key.txt").write_text(SECRET)
    return tmp_path


@pytest.mark.parametrize("opened", [False, True], ids=["sealed", "opened"])
@pytest.mark.parametrize("program", ["atalaya verify", "atalaya-verify (one file)"])
def test_proving_a_package(race, job, papers, delivered, program, opened):
    package, key = delivered / "package.zip", delivered / "key.txt"
    secret = atalaya_verify.read_identity(SECRET) if opened else None

    def by_the_command():
        return verify_package(package, identity=key if opened else None).proved

    def by_the_one_file():
        return atalaya_verify.prove(package.read_bytes(), secret, None)["proved"]

    prove = by_the_command if program == "atalaya verify" else by_the_one_file
    assert prove()
    plain = zipped_and_sealed(papers)
    assert unsealed_and_tested(plain)
    least = (
        job(name="age, unzip, SHA-256", run=lambda: unsealed_and_tested(plain), amount=MEGABYTES)
        if opened
        else job(
            name="file read, SHA-256",
            run=lambda: hashlib.sha256(package.read_bytes()).hexdigest(),
            amount=MEGABYTES,
        )
    )
    inside = "every file inside" if opened else "sealed bytes"
    race.run(
        f"{program}: {inside} of {MEGABYTES:.0f} MB",
        job(name="Atalaya", run=prove, amount=MEGABYTES),
        least,
        unit="MB/CPU-s",
    )
