"""moto's server, with what it lacks of CloudWatch and CodeDeploy: percentiles, and deployments that go anywhere."""

from __future__ import annotations

import json
import re
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import boto3
import httpx
from botocore.config import Config

from gateway.dev.aws import CREDENTIALS

REGION = "us-east-1"
# moto has no percentiles: the greatest value stands for each. Where the SDK speaks CBOR, the length stands before the word.
_PERCENTILES = re.compile(rb"(?:\x63|(?<=[=\"]))p9[59]")

_INVOCATION = re.compile(r"/functions/([\w-]+)/invocations")
_EXPIRED = b"""<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>
<Message>The security token included in the request is expired</Message></Error></ErrorResponse>"""


class Cloud:
    """Use it as a context manager; `url` is where all services of AWS answer.

    Args:
        moto: the URL of moto's server.

    `invoked` are the functions that were, with their events.
    `refused` is a service, as signatures name it, which takes the credentials for expired.
    `heeded` says of each deployment whether alarms may stop it.
    `outcome` is how the next deployments of CodeDeploy end: Succeeded, or Stopped as by an alarm; they move the alias as AWS does.
    """

    def __init__(self, moto: str) -> None:
        self._account = 100_000_000_000
        self.outcome = "Succeeded"
        self.refused = ""
        self.deployments: dict[str, dict[str, str]] = {}
        self.heeded: list[bool] = []
        self.stopped: list[str] = []
        self.invoked: list[tuple[str, Any]] = []
        self._http = httpx.Client(base_url=moto, trust_env=False, timeout=60, verify=False)  # noqa: S501 - there is no TLS to verify
        self.client = cache(self._client)

    def _client(self, service: str) -> Any:
        """A boto3 client of one of its services."""
        return boto3.client(  # type: ignore[call-overload] # the stubs want the service as a literal
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}),
        )

    def reset(self) -> None:
        """Begin with another account, which has nothing: moto takes seconds to forget one."""
        self._account += 1
        self.outcome = "Succeeded"
        self.refused = ""
        self.deployments.clear()
        self.heeded.clear()
        self.stopped.clear()
        self.invoked.clear()

    def answer(self, *results: Any) -> None:
        """What the next invocations of functions answer."""
        body = {
            "results": [json.dumps(result) for result in results],
            "region": REGION,
            "account_id": str(self._account),
        }
        self._http.post("/moto-api/static/lambda-simple/response", json=body).raise_for_status()

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"cloud": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def ask(self, method: str, path: str, headers: dict[str, str], content: bytes) -> httpx.Response:
        """What moto answers."""
        kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        kept["x-moto-account-id"] = str(self._account)
        asked = _PERCENTILES.sub(lambda found: _maximum(found[0]), content)
        return self._http.request(method, path, content=asked, headers=kept)

    def begin(self, deployment: str, asked: dict[str, Any]) -> None:
        """Read what CodeDeploy is told to move: the AppSpec of the revision."""
        spec = json.loads(asked["revision"]["appSpecContent"]["content"])
        ((_, resource),) = spec["Resources"][0].items()
        assert (spec["version"], resource["Type"]) == (0.0, "AWS::Lambda::Function")
        self.deployments[deployment] = resource["Properties"]
        self.heeded.append(asked.get("overrideAlarmConfiguration", {}).get("enabled", True))

    def look(self, answer: dict[str, Any]) -> dict[str, Any]:
        """A deployment that nobody has looked at yet is in progress; then it has moved the alias, or moved it back."""
        info = answer["deploymentInfo"]
        properties = self.deployments[info["deploymentId"]]
        alias = {"FunctionName": properties["Name"], "Name": properties["Alias"]}
        functions = self.client("lambda")
        if "seen" not in properties:
            properties["seen"] = "once"
            assert functions.get_alias(**alias)["FunctionVersion"] == properties["CurrentVersion"]
            info["status"] = "InProgress"
            return answer
        outcome = self.outcome if self.heeded[list(self.deployments).index(info["deploymentId"])] else "Succeeded"
        info["status"] = outcome if info["deploymentId"] not in self.stopped else "Stopped"
        properties["seen"] = "ended"
        if info["status"] == "Stopped":
            info["errorInformation"] = {"code": "ALARM_ACTIVE", "message": "An alarm rang."}
        else:
            functions.update_alias(**alias, FunctionVersion=properties["TargetVersion"])
        return answer

    def underway(self, group: str) -> list[str]:
        """The deployments of a group that have not ended."""
        return [
            deployment
            for deployment, properties in self.deployments.items()
            if properties["Name"] == group and properties.get("seen") != "ended" and deployment not in self.stopped
        ]


class _Handler(BaseHTTPRequestHandler):
    """Passes every request on to moto, in the account of the moment, and mends what comes back."""

    cloud: Cloud

    def __getattr__(self, name: str) -> Any:
        """Every method of HTTP is passed on; the base class asks for `do_<METHOD>`."""
        if name.startswith("do_"):
            return self._pass_on
        raise AttributeError(name)

    def _pass_on(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
        if operation == "StopDeployment":
            self.cloud.stopped.append(json.loads(content)["deploymentId"])
            self._answer(200, {}, b'{"status": "Pending"}')
            return
        if operation == "ListDeployments":
            found = self.cloud.underway(json.loads(content)["deploymentGroupName"])
            self._answer(200, {}, json.dumps({"deployments": found}).encode())
            return
        if self.cloud.refused and f"/{self.cloud.refused}/aws4_request" in self.headers.get("Authorization", ""):
            self._answer(403, {}, _EXPIRED)
            return
        if invoked := _INVOCATION.search(self.path):
            self.cloud.invoked.append((invoked[1], json.loads(content)))
        answer = self.cloud.ask(self.command, self.path, dict(self.headers), content)
        body = answer.content
        if operation == "CreateDeployment" and answer.is_success:
            self.cloud.begin(answer.json()["deploymentId"], json.loads(content))
        if operation == "GetDeployment" and answer.is_success:
            body = json.dumps(self.cloud.look(answer.json())).encode()
        self._answer(answer.status_code, dict(answer.headers), body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name not in {"content-length", "content-encoding", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def _maximum(stat: bytes) -> bytes:
    return b"\x67Maximum" if stat.startswith(b"\x63") else b"Maximum"
