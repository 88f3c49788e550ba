"""The workbench's server: `create_app` puts it together, `run_server` runs it on loopback."""

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from atalaya.errors import AtalayaError, ExternalError
from atalaya.web import routes_looks, routes_points, routes_ties, status
from atalaya.web.bench import Bench
from atalaya.web.routes import router

TOKEN_MARK = "%ATALAYA_TOKEN%"  # noqa: S105  # where the page wants the token, not a token
NOT_BUILT = (
    "The page has not been built. Run `make` in the repository, or install the wheel, and try again.\n"
)


def create_app(bench: Bench) -> FastAPI:
    """The server of one workspace and one account.

    Args:
        bench: what it reads, who records, in whose name.

    Returns:
        An application to hand to `run_server`, or to any ASGI server.
    """
    app = FastAPI(
        title="Atalaya workbench",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.bench = bench
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=5)
    app.middleware("http")(bench.guard)
    app.add_exception_handler(AtalayaError, status.answer_error)
    app.add_exception_handler(RequestValidationError, status.answer_invalid)
    app.include_router(router)
    app.include_router(routes_points.router)
    app.include_router(routes_ties.router)
    app.include_router(routes_looks.router)
    app.add_api_route("/", _page(bench), include_in_schema=False)
    app.mount("/static", StaticFiles(directory=bench.static, check_dir=False), name="static")
    return app


def run_server(
    app: FastAPI, host: str = "127.0.0.1", port: int = 0, announce: Callable[[str], None] = print
) -> None:
    """Serve until interrupted.

    Args:
        app: what `create_app` made.
        host: address to listen on; loopback unless somebody decides otherwise.
        port: 0 picks a free one.
        announce: is told the address once it listens.

    Raises:
        ExternalError: the address cannot be listened on.
    """
    listener = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{listener.getsockname()[1]}/")
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        ExternalError: the address is taken, or not one of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ExternalError(f"cannot listen on {host} port {port}: {error}") from error


def _page(bench: Bench) -> Callable[[], Response]:
    def page() -> Response:
        """The page, with this server's token in it."""
        index = bench.static / "index.html"
        if not index.is_file():
            return PlainTextResponse(NOT_BUILT, status_code=503)
        html = index.read_text(encoding="utf-8").replace(TOKEN_MARK, bench.guard.token)
        return HTMLResponse(html, headers={"cache-control": "no-store"})

    return page
