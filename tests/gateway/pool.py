"""A user pool of the tests' own: signs any claims, and publishes its keys on loopback as Cognito does."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


class Pool:
    """Use it as a context manager; any path of `url` answers the keys."""

    def __init__(self) -> None:
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

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
