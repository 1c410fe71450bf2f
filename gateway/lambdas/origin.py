"""The authorizer of the HTTP API: lets through what came by CloudFront, and with it by WAF (terraform/api.tf).

CloudFront sends a key along; the stage of the API has the hashes of those that are good, so that this function knows no secret and asks
nobody. It says nothing about who is calling.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from gateway.lambdas import ready

HEADER = "x-origin-key"


def handler(event: Any, _context: Any) -> dict[str, bool]:
    """Whether this request may pass: payload format 2.0, simple answers."""
    sent = (event.get("headers") or {}).get(HEADER, "")
    good = (event.get("stageVariables") or {}).get("originKeys", "").split(",")
    digest = hashlib.sha256(sent.encode()).hexdigest()
    return {"isAuthorized": any(hmac.compare_digest(digest, one) for one in good)}


ready()
