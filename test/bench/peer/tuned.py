"""The same tuned by an expert: raw ASGI on the event loop, no validation, ujson on the body's bytes."""
from answer import answer

try:
    from ujson import dumps, loads
except ImportError:
    from json import dumps, loads

HEADERS = [(b"content-type", b"application/json")]


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    if scope["path"] != "/sigmoid":
        await send({"type": "http.response.start", "status": 404, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b"{}"})
        return
    body = dumps(answer(loads(b"".join(chunks))["input"])).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
    await send({"type": "http.response.body", "body": body})
