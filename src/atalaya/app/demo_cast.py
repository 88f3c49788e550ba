"""The simulated part of the demo: its clock, its accounts, its papers and the published raid it ends with.

Every text says SYNTHETIC / SINTÉTICO. The outcome is a published one, restated as it was given: the raid of
14 February 2023 at Pueblos Unidos, Culiacán. Linking it to a synthetic site is part of the simulation.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from atalaya.app.context import Context
from atalaya.app.ports import Mint
from atalaya.app.sorties import SortieRequest
from atalaya.model.actor import Actor, Role
from atalaya.model.authority import Authority, Consent, RetentionClass, Sensor
from atalaya.model.feedback import Seizure, Substance, Unit
from atalaya.model.identifiers import ActorId, AuthorityId
from atalaya.model.sortie import CostLine, Payload
from atalaya.model.source import SYNTHETIC_MARK as MARK
from atalaya.simulation.scene import Scene

FLIGHT_UTC = datetime(2023, 2, 13, 17, 0, tzinfo=UTC)
"""When the simulated flight begins: the day before the raid whose figures it ends with."""
RAID_UTC = datetime(2023, 2, 14, 19, 0, tzinfo=UTC)
"""Noon in Culiacán of the published day; the hour was not published."""
RAID_SOURCE = "SEDENA, 14 Feb 2023, as reported by the press: Pueblos Unidos, Culiacán, Sinaloa"
RAID_REMARKS = (
    f"{MARK}: published figures of a real raid, linked to a simulated site. The hour was not given."
)
RAID_SEIZURES = (
    Seizure(
        substance=Substance.FENTANYL,
        form="pills",
        value=Decimal(629138),
        unit=Unit.PILL,
        qualifier="",
        confirmed=False,
    ),
    Seizure(
        substance=Substance.FENTANYL,
        form="powder",
        value=Decimal(282),
        unit=Unit.POUND,
        qualifier="",
        confirmed=False,
    ),
    Seizure(
        substance=Substance.METHAMPHETAMINE,
        form="",
        value=Decimal(220),
        unit=Unit.POUND,
        qualifier="",
        confirmed=False,
    ),
)


class DemoClock:
    """A simulated clock: each reading is a little later, and the story can make hours pass."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """The simulated time now."""
        self._now += timedelta(milliseconds=250)
        return self._now

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self._now += timedelta(minutes=minutes)

    def wait_until(self, instant: datetime) -> None:
        """Let time pass until then; never back."""
        self._now = max(self._now, instant)


def seeded_mint(seed: int) -> Mint:
    """Identities that are the same for the same seed, so that a demo can be compared with another."""
    count = 0

    def mint(prefix: str) -> str:
        nonlocal count
        count += 1
        return f"{prefix}-{hashlib.sha256(f'{seed}:{count}'.encode()).hexdigest()[:12]}"

    return mint


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The same workspace, opened by each simulated account in turn."""

    manager: Context
    operator: Context
    analyst: Context
    proposer: Context
    approver: Context
    liaison: Context


def cast_of(context: Context) -> Cast:
    """The accounts of the demo; who proposes a release and who approves it are two."""

    def acting(account: str, role: Role) -> Context:
        return replace(context, actor=Actor(ActorId(f"demo.{account}"), role))

    return Cast(
        manager=acting("manager", Role.COLLECTION_MANAGER),
        operator=acting("operator", Role.SENSOR_OPERATOR),
        analyst=acting("analyst", Role.IMAGERY_ANALYST),
        proposer=acting("release-one", Role.RELEASE_OFFICER),
        approver=acting("release-two", Role.RELEASE_OFFICER),
        liaison=acting("liaison", Role.PARTNER_LIAISON),
    )


def demo_authority(scene: Scene, authority_id: AuthorityId) -> Authority:
    """A simulated instrument with a simulated consent, for the ground the simulated flight looks at."""
    return Authority(
        authority_id=authority_id,
        instrument=f"{MARK}: acuerdo de cooperación de demostración / demonstration agreement",
        issuing_body=f"{MARK}: autoridad de demostración / demonstration authority",
        consent=Consent(
            reference=f"{MARK}: nota de consentimiento / note of consent",
            granted_by=f"{MARK}: nación anfitriona / host nation",
            granted_utc=FLIGHT_UTC - timedelta(days=7),
        ),
        area=scene.collection_area,
        valid_from_utc=FLIGHT_UTC - timedelta(days=1),
        valid_until_utc=FLIGHT_UTC + timedelta(days=30),
        sensors=frozenset({Sensor.EO_VIDEO}),
        purpose="localización de laboratorios de drogas sintéticas / locating synthetic-drug laboratories",
        retention=RetentionClass.CASE_5_YEARS,
    )


def demo_sortie(scene: Scene) -> SortieRequest:
    """The simulated sortie, its payload list and its unarmed attestation."""
    return SortieRequest(
        requesting_agency=f"{MARK}: agencia solicitante / requesting agency",
        supported_partner=f"{MARK}: SEDENA",
        platform_pseudonym="ATALAYA-DEMO-1",
        payloads=(
            Payload(name="EO turret (simulated)", sensor=Sensor.EO_VIDEO),
            Payload(name="navigation (simulated)", sensor=None),
        ),
        attestation="La lista de carga es completa y nada en ella puede dañar (simulado). / "
        "The payload list is complete and nothing on it can harm (simulated).",
        area=scene.collection_area,
        window_from_utc=FLIGHT_UTC - timedelta(minutes=10),
        window_until_utc=FLIGHT_UTC + timedelta(hours=4),
        cost_lines=(CostLine(label="flight hour (simulated)", amount=Decimal("3624.00"), currency="USD"),),
    )
