"""Headings, labels and captions of the papers, in both languages."""

from atalaya.dossier.language import Text

TITLE = Text("Site dossier", "Expediente de sitio")
SUBTITLE = Text(
    "Possible clandestine laboratory, seen from the air",
    "Posible laboratorio clandestino, visto desde el aire",
)
SYNTHETIC_NOTE = Text(
    "Everything in this document was made by a simulator. There is no such place.",
    "Todo en este documento lo hizo un simulador. No existe tal lugar.",
)
PAGE, OF = Text("Page", "Página"), Text("of", "de")
FOOT = Text(
    "Unarmed · places and vehicles, never persons · a person decides · everything on the record",
    "Sin armas · lugares y vehículos, nunca personas · decide una persona · todo queda registrado",
)

DOSSIER, SITE, SORTIE = Text("Dossier", "Expediente"), Text("Site", "Sitio"), Text("Sortie", "Vuelo")
BUILT, RELEASE = Text("Built", "Elaborado"), Text("Release", "Entrega")
RECIPIENT = Text("For", "Destinatario")
STATUS, KIND = Text("Status", "Estado"), Text("Kind of place", "Tipo de lugar")
SUPPORTED = Text("Supported partner", "Autoridad apoyada")
REQUESTING = Text("Requesting agency", "Agencia solicitante")
PLATFORM = Text("Platform (pseudonym)", "Plataforma (seudónimo)")

SUMMARY = Text("Summary", "Resumen")
POSITION = Text("Position and its error", "Posición y su error")
LON_LAT = Text("Latitude, longitude", "Latitud, longitud")
DECIMAL = Text("Decimal (lon, lat)", "Decimal (lon, lat)")
CE90 = Text("Horizontal error CE90", "Error horizontal CE90")
LE90 = Text("Vertical error LE90", "Error vertical LE90")
HEIGHT = Text("Height", "Altura")
HEIGHT_DATUM = Text("above the WGS 84 ellipsoid (HAE)", "sobre el elipsoide WGS 84 (HAE)")
ELLIPSE = Text("90 % error ellipse", "Elipse de error del 90 %")
ELLIPSE_WORDS = Text(
    "semi-axes {major:.1f} m × {minor:.1f} m, long axis at {azimuth:.0f}° clockwise from north",
    "semiejes {major:.1f} m × {minor:.1f} m, eje mayor a {azimuth:.0f}° desde el norte en sentido horario",
)
REFERENCE = Text("Reference", "Referencia")
MAP = Text("Map", "Mapa")
MAP_CAPTION = Text(
    "Left: outlines of the looks that covered the place. Right: the place with its CE90 circle and 90 % "
    "error ellipse. Drawn to scale, north up.",
    "Izquierda: contornos de las observaciones que cubrieron el lugar. Derecha: el lugar con su círculo CE90 "
    "y su elipse de error del 90 %. A escala, norte arriba.",
)
PICTURES = Text("Pictures", "Imágenes")
PICTURES_NOTE = Text(
    "Each picture was coarsened to the ground resolution stated with it, at which nobody can be recognised. "
    "The circle and cross mark the site.",
    "Cada imagen se redujo a la resolución en el terreno indicada, a la que no se puede reconocer a nadie. "
    "El círculo y la cruz marcan el sitio.",
)
PICTURE = Text("Picture", "Imagen")
GSD = Text("{gsd:.2f} m per pixel", "{gsd:.2f} m por píxel")
CIRCLE = Text("circle of {radius:.0f} m radius", "círculo de {radius:.0f} m de radio")
LOOK = Text(
    "looking towards {azimuth:.0f}°, {distance:.0f} m away",
    "mirando hacia {azimuth:.0f}°, a {distance:.0f} m",
)
NORTH = Text("The arrow shows north.", "La flecha indica el norte.")

PROBABILITY = Text("Probability and evidence", "Probabilidad y evidencia")
PROBABILITY_LABEL = Text("Probability", "Probabilidad")
BITS_NOTE = Text(
    "Weights are in bits: each positive bit doubles the odds that a site is here, each negative bit "
    "halves them.",
    "Los pesos están en bits: cada bit positivo duplica los momios, es decir, la razón entre la probabilidad "
    "de que aquí haya un sitio y la de que no lo haya; cada bit negativo los reduce a la mitad.",
)
EVIDENCE_COLUMN, BITS_COLUMN = Text("Evidence", "Evidencia"), Text("Bits", "Bits")
SUM = Text("Sum", "Suma")
LOOKS = Text("Looks", "Observaciones")
FIRST_SEEN, LAST_SEEN = Text("First seen", "Visto por primera vez"), Text("Last seen", "Visto por última vez")

DECISIONS = Text("Decisions by people", "Decisiones de personas")
DECIDED, BY, REASON = Text("Decided", "Fecha"), Text("Account", "Cuenta"), Text("Reason", "Motivo")

AUTHORITY = Text("Authority and consent", "Autorización y consentimiento")
INSTRUMENT, ISSUED_BY = Text("Instrument", "Instrumento"), Text("Issued by", "Emitido por")
CONSENT = Text("Host nation's consent", "Consentimiento de la nación anfitriona")
CONSENT_WORDS = Text("{reference}, granted by {by} on {on}", "{reference}, otorgado por {by} el {on}")
WINDOW = Text("Valid", "Vigencia")
PURPOSE, SENSORS = Text("Purpose", "Finalidad"), Text("Sensors allowed", "Sensores permitidos")
KEPT_FOR = Text("Retention", "Conservación")

CHARTER = Text(
    "Charter, payload and unarmed attestation", "Principios, equipo a bordo y constancia de no armamento"
)
PAYLOAD = Text("Payload", "Equipo a bordo")
ATTESTED = Text("Unarmed attestation", "Constancia de no armamento")
ATTESTED_BY = Text("Attested by {by} on {on}", "Lo hace constar {by}, el {on}")

CUSTODY = Text("Chain of custody", "Cadena de custodia")
ORIGINALS = Text("Originals", "Originales")
FILE, FORMAT, LENGTH = Text("File", "Archivo"), Text("Form", "Formato"), Text("Length", "Tamaño")
BYTES = Text("{length:,} bytes", "{length:,} bytes")
WHOLE = Text("SHA-256 of the whole", "SHA-256 del original completo")
KEPT = Text("Kept", "Conservado")
KEPT_WHOLE = Text("byte for byte", "byte por byte")
KEPT_PART = Text(
    "in part; {cuts} ranges outside the permit were cut",
    "en parte; se cortaron {cuts} tramos fuera del permiso",
)
KEPT_NOTHING = Text("nothing lies inside the permit", "nada queda dentro del permiso")
KEPT_HASH = Text("SHA-256 of what is kept", "SHA-256 de lo conservado")
PACKETS = Text("Metadata packets", "Paquetes de metadatos")
PACKETS_WORDS = Text(
    "{packets}, of which {good} with a valid checksum",
    "{packets}, de ellos {good} con suma de verificación válida",
)
UNSUMMED_WORDS = Text(
    "; {unsummed} of a set that has no checksum",
    "; {unsummed} de un conjunto sin suma de verificación",
)
DERIVATIVES = Text("Made from them", "Derivados")
TRANSFORMATION, INPUTS = Text("Made by", "Hecho por"), Text("From", "A partir de")
CONTENT = Text("SHA-256", "SHA-256")
ENTRIES = Text("Ledger entries this case rests on", "Asientos del registro en que se apoya este expediente")
ENTRY, AT, ACTION, SUBJECT = (
    Text("No.", "Núm."),
    Text("Time", "Hora"),
    Text("Action", "Acción"),
    Text("About", "Sobre"),
)
LEAF_HASH = Text("Leaf hash", "Hash del asiento")
HEAD = Text("Signed head of the ledger", "Cabecera firmada del registro")
ORIGIN, SIZE, ROOT = Text("Origin", "Origen"), Text("Entries", "Asientos"), Text("Root", "Raíz")
KEY, SIGNATURE = Text("Key", "Clave"), Text("Signature", "Firma")
VERIFY = Text(
    "Anybody can check this without the server: the program atalaya-verify proves every file of the package "
    "by its hash and the signature; the entries above prove themselves against the signed head.",
    "Cualquiera puede comprobarlo sin el servidor: el programa atalaya-verify prueba cada archivo del "
    "paquete por su hash y por la firma; los asientos anteriores se prueban contra la cabecera firmada.",
)
MAP_ALT = Text(
    "Map of the site, its error and the outlines of the looks, to scale with north up.",
    "Mapa del sitio, su error y los contornos de las observaciones, a escala con el norte arriba.",
)
PICTURE_ALT = Text(
    "Aerial picture {number} with the site marked by a circle and a cross.",
    "Imagen aérea {number} con el sitio marcado por un círculo y una cruz.",
)
