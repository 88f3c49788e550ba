"""One byte form of JSON (RFC 8785), so that hashes and signatures mean the same to everybody."""

import rfc8785

from atalaya.errors import InputError
from atalaya.model.custody import Json


def canonical_json(form: Json) -> bytes:
    """UTF-8 bytes of the JSON canonicalization scheme.

    Args:
        form: numbers are finite; integers are within ±(2^53 - 1); keys are text.

    Raises:
        InputError: the form has no canonical bytes: NaN, infinity, an integer that is not exact in a
            double, a lone surrogate, or a value that is not JSON.

    Source: RFC 8785, sections 3.2.1 to 3.2.4.
    """
    try:
        return rfc8785.dumps(form)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"no canonical JSON: {error}") from error
