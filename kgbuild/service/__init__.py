"""A service over pipeline, store and graph: REST, a page, and tools for assistants.

:func:`make_app` makes the ASGI application of ``kgbuild serve`` (extra ``service``),
:func:`make_tools` the MCP server of ``kgbuild mcp`` (extra ``mcp``). Both are thin:
what they answer comes from :class:`Desk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgbuild.service.desk import Desk
from kgbuild.service.engine import BusyError, Engine
from kgbuild.service.settings import ServiceSettings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from mcp.server import MCPServer

__all__ = [
    "BusyError",
    "Desk",
    "Engine",
    "ServiceSettings",
    "make_app",
    "make_tools",
]


def make_app(desk: Desk) -> FastAPI:
    """Make the ASGI application; its lifespan starts and closes the desk.

    Raises
    ------
    MissingExtraError
        Without the extra ``service``.
    """
    from kgbuild.service.api import application

    return application(desk)


def make_tools(desk: Desk) -> MCPServer:
    """Make the MCP server, whose tools ask the desk; the caller closes the desk.

    Raises
    ------
    MissingExtraError
        Without the extra ``mcp``.
    """
    from kgbuild.service.tools import tools

    return tools(desk)
