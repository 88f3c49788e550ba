"""The one table from errors to HTTP status codes."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from atalaya.errors import (
    AtalayaError,
    ExternalError,
    InputError,
    IntegrityError,
    NotFoundError,
    NotPermittedError,
)
from atalaya.web import wire

STATUS: dict[type[AtalayaError], int] = {
    NotPermittedError: 403,
    NotFoundError: 404,
    IntegrityError: 409,
    InputError: 422,
    ExternalError: 503,
}
"""HTTP status by error; a subclass has the status of its nearest ancestor here."""


def status_of(error: AtalayaError) -> int:
    """The status of the nearest class in the table; 500 for an error that the table lacks."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


async def answer_error(_: Request, error: Exception) -> JSONResponse:
    """Any AtalayaError, in the table's status and the wire's form."""
    if not isinstance(error, AtalayaError):
        raise error
    return error_response(status_of(error), type(error).__name__, str(error))


async def answer_invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not fit its wire model; says where, never repeats what was sent."""
    if not isinstance(error, RequestValidationError):
        raise error
    where = "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())
    return error_response(422, InputError.__name__, where)


def error_response(status: int, error: str, message: str) -> JSONResponse:
    """An error on the wire."""
    return JSONResponse(wire.ErrorAnswer(error=error, message=message).model_dump(), status_code=status)
