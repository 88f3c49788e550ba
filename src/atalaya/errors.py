"""The whole error tree; nothing else is raised on purpose anywhere in the package.

::

    AtalayaError
    ├── InputError (ValueError)      what came is not what was wanted
    │   └── KlvError                 bytes that are not the KLV they claim to be
    ├── NotPermittedError            the charter, an authority or a role says no
    ├── NotFoundError (LookupError)  no such id, or none you may see
    ├── IntegrityError               a hash, signature, chain or proof does not hold
    └── ExternalError (OSError)      disk, database, codec or another program failed

Messages say what was wanted, what came and which id; never a secret.
"""


class AtalayaError(Exception):
    """Base of every error this package raises."""


class InputError(AtalayaError, ValueError):
    """What came is not what was wanted."""


class KlvError(InputError):
    """Bytes that are not the KLV they claim to be."""


class NotPermittedError(AtalayaError):
    """The charter, an authority or a role says no; the refusal is on the record."""


class NotFoundError(AtalayaError, LookupError):
    """No such id, or none that the asker may see."""


class IntegrityError(AtalayaError):
    """A hash, a signature, a chain or a proof does not hold."""


class ExternalError(AtalayaError, OSError):
    """The disk, the database, a codec or another program failed."""
