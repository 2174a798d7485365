"""The table of REST addresses. What is not in it answers 404, code 0, and stands in the log."""

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord import rest_application as application
from tests.fakes.discord import rest_interactions as interactions
from tests.fakes.discord import rest_messages as messages
from tests.fakes.discord import rest_threads as threads
from tests.fakes.discord.rest import API, Call, Handler, json_response, route

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

_CHANNEL = r"/channels/{channel:\d+}"
_MESSAGE = _CHANNEL + r"/messages/{message:\d+}"
_APPLICATION = r"/applications/{application:\d+}"
_GUILD = r"/guilds/{guild:\d+}"
_WEBHOOK = r"/webhooks/{application:\d+}/{token}"
_ANSWER = _WEBHOOK + r"/messages/{message:\d+|@original}"

WITH_TOKEN: list[tuple[str, str, Handler]] = [
    ("GET", "/gateway/bot", application.on_gateway_bot),
    ("GET", "/users/@me", application.on_own_user),
    ("GET", "/users/@me/guilds", application.on_own_guilds),
    ("DELETE", r"/users/@me/guilds/{guild:\d+}", application.on_leave_guild),
    ("POST", "/users/@me/channels", messages.on_open_dm),
    ("GET", r"/users/{user:\d+}", application.on_user),
    ("GET", "/oauth2/applications/@me", application.on_application),
    ("GET", "/applications/@me", application.on_application),
    ("PUT", _APPLICATION + "/commands", application.on_put_commands),
    ("GET", _APPLICATION + "/commands", application.on_get_commands),
    ("PUT", _APPLICATION + _GUILD + "/commands", application.on_put_commands),
    ("GET", _APPLICATION + _GUILD + "/commands", application.on_get_commands),
    ("GET", _GUILD, application.on_guild),
    ("GET", _GUILD + "/channels", application.on_guild_channels),
    ("GET", _GUILD + "/roles", application.on_guild_roles),
    ("GET", _GUILD + "/threads/active", threads.on_active_threads),
    ("GET", _GUILD + r"/members/{user:\d+|@me}", application.on_member),
    ("GET", _CHANNEL, messages.on_get_channel),
    ("PATCH", _CHANNEL, threads.on_edit_channel),
    ("POST", _CHANNEL + "/typing", messages.on_typing),
    ("POST", _CHANNEL + "/threads", threads.on_start_thread),
    ("GET", _CHANNEL + "/threads/archived/public", threads.on_archived_threads),
    ("PUT", _CHANNEL + "/thread-members/@me", threads.on_join_thread),
    ("GET", _CHANNEL + "/messages", messages.on_history),
    ("POST", _CHANNEL + "/messages", messages.on_create_message),
    ("GET", _MESSAGE, messages.on_get_message),
    ("PATCH", _MESSAGE, messages.on_edit_message),
    ("DELETE", _MESSAGE, messages.on_delete_message),
    ("POST", _MESSAGE + "/threads", threads.on_start_thread),
]

WITHOUT_TOKEN: list[tuple[str, str, Handler]] = [
    ("GET", "/gateway", application.on_gateway),
    ("POST", r"/interactions/{interaction:\d+}/{token}/callback", interactions.on_callback),
    ("POST", _WEBHOOK, interactions.on_followup),
    ("GET", _ANSWER, interactions.on_get),
    ("PATCH", _ANSWER, interactions.on_edit),
    ("DELETE", _ANSWER, interactions.on_delete),
]


async def _on_unknown(call: Call) -> web.Response:
    return json_response(404, {"message": "404: Not Found", "code": 0})


async def on_file(discord: "FakeDiscord", request: web.Request) -> web.Response:
    """An uploaded file, by the address that its message, or the command that it was given to, tells."""
    wanted = int(request.match_info["attachment"])
    if (given := discord.world.uploads.get(wanted)) is not None:
        return web.Response(body=given.content, content_type=given.content_type)
    for message in discord.world.messages.values():
        for file in message.attachments:
            if file.id == wanted and not message.deleted:
                return web.Response(body=file.content, content_type=file.content_type)
    return web.Response(status=404, text="This content is no longer available.")


def add_routes(app: web.Application, discord: "FakeDiscord") -> None:
    """Everything of Discord's that the stand-in has: REST, gateway, files."""
    for table, token in ((WITH_TOKEN, True), (WITHOUT_TOKEN, False)):
        for method, path, handler in table:
            app.router.add_route(method, API + path, route(discord, handler, token=token))
    app.router.add_get("/gateway", discord.gateway.connect)
    app.router.add_get("/gateway/resume", discord.gateway.connect)

    async def serve_file(request: web.Request) -> web.Response:
        return await on_file(discord, request)

    app.router.add_get(r"/attachments/{channel:\d+}/{attachment:\d+}/{name}", serve_file)
    app.router.add_route("*", API + "/{rest:.*}", route(discord, _on_unknown, token=False))
