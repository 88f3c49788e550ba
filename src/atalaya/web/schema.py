"""The OpenAPI description of `/api/v1` as committed text; run as a module it prints it.

The page's types are generated from it: `python -m atalaya.web.schema > src/atalaya/web/ui/openapi.json`,
then `npm run types`.
"""

import json
import sys

from fastapi import FastAPI

from atalaya.web import routes_looks, routes_points, routes_ties
from atalaya.web.routes import router


def openapi_text() -> str:
    """The description, one stable text for the same routes."""
    app = FastAPI(title="Atalaya workbench", version="1")
    app.include_router(router)
    app.include_router(routes_points.router)
    app.include_router(routes_ties.router)
    app.include_router(routes_looks.router)
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
