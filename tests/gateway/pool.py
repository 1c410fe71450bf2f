"""A user pool of the tests' own: signs any claims, and publishes its keys on loopback as Cognito does."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Self

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


# A status and an error code, or a connection that is cut when the request has done its work.
Fault = tuple[int, str] | Literal["cut"]
THROTTLED, BROKEN = (400, "TooManyRequestsException"), (500, "InternalErrorException")


class Pool:
    """Use it as a context manager; any path of `url` answers the keys.

    Args:
        api: the URL of the emulated AWS that answers the rest of Cognito's API. `asked` is what it was asked for, and `faults`
            are what becomes of the next requests instead.
    """

    def __init__(self, api: str = "") -> None:
        self._api = api
        self.asked: list[str] = []
        self.faults: list[Fault] = []
        self.keys: dict[str, RSAPrivateKey] = {}
        self.fetched = 0
        self.rotate("first")

    def rotate(self, name: str) -> None:
        """Add a key."""
        self.keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def sign(self, claims: dict[str, Any], key: str = "first") -> str:
        """A token of these claims."""
        return jwt.encode(claims, self.keys[key], "RS256", headers={"kid": key})

    def document(self) -> bytes:
        """The JSON Web Key Set."""
        public = {name: jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()) for name, key in self.keys.items()}
        return json.dumps(
            {"keys": [json.loads(key) | {"kid": name, "use": "sig"} for name, key in public.items()]}
        ).encode()

    def __enter__(self) -> Self:
        pool = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pool.fetched += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(pool.document())

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                pool.asked.append(self.headers["X-Amz-Target"].rpartition(".")[2])
                fault = pool.faults.pop(0) if pool.faults else None
                if isinstance(fault, tuple):
                    self.send_response(fault[0])
                    error = json.dumps({"__type": fault[1], "message": "of a test"}).encode()
                    self.send_header("Content-Length", str(len(error)))
                    self.end_headers()
                    self.wfile.write(error)
                    return
                answer = httpx.post(pool._api, content=content, headers=dict(self.headers), trust_env=False, timeout=60)
                if fault == "cut":
                    self.close_connection = True
                    return
                self.send_response(answer.status_code)
                for name in ("Content-Type", "x-amzn-errortype"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
