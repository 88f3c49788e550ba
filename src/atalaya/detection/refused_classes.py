"""The words that a detector may not have among its classes: the charter's list, kept in this one place.

The list is long on purpose: a wrong refusal costs a renamed class, a wrong admission costs the charter.
English and Spanish; lower case, without accents, singular and plural.
"""

from typing import Final

# whole or in part, by age, by trade, by what they ride
_WHO = """
person persons people peoples human humans man men woman women boy boys girl girls child children
kid kids baby babies infant infants adult adults pedestrian pedestrians walker walkers crowd crowds
individual individuals civilian civilians worker workers farmer farmers driver drivers passenger
passengers rider riders cyclist cyclists biker bikers motorcyclist motorcyclists swimmer swimmers
soldier soldiers combatant combatants fighter fighters guard guards police policeman suspect suspects
target targets pax dismount dismounts face faces facial head heads body bodies skeleton skeletons pose
poses keypoint keypoints hand hands gait silhouette silhouettes iris fingerprint biometric biometrics
pilot pilots crew migrant migrants
persona personas gente humano humanos humana humanas hombre hombres mujer mujeres nino ninos nina ninas
bebe bebes adulto adultos peaton peatones multitud trabajador trabajadores campesino campesinos
conductor conductores pasajero pasajeros ciclista ciclistas soldado soldados sospechoso sospechosos
cara caras rostro rostros cabeza cabezas cuerpo cuerpos mano manos
"""
# what names somebody
_NAMING = """
plate plates numberplate licenseplate anpr alpr placa placas matricula matriculas phone phones cellphone
smartphone telefono telefonos celular celulares imsi
"""
# what would arm the loop
_ARMING = """
weapon weapons gun guns rifle rifles pistol pistols firearm firearms missile missiles laser lasers
arma armas fusil fusiles pistola pistolas
"""

REFUSED_WORDS: Final[frozenset[str]] = frozenset((_WHO + _NAMING + _ARMING).split())
"""Whole words that refuse a class."""

REFUSED_STEMS: Final[tuple[str, ...]] = (
    "person",
    "people",
    "pedestrian",
    "human",
    "biometr",
    "licenseplate",
    "numberplate",
    "peaton",
    "rostro",
)
"""Letters that refuse a class wherever they stand in it (`personcount`, `is_human2`)."""
