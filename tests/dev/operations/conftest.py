"""An emulated account with what an estate has in it, for the commands of operators."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev.aws import CREDENTIALS
from gateway.dev.terraform import emulated_aws
from tests.dev.operations.cloud import REGION, Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DOMAIN, NAME = "api.example.com", "lego-api-production"


@pytest.fixture(scope="session")
def shared_cloud(short_folder: Path) -> Iterator[Cloud]:
    """An emulated account; see `cloud`."""
    with emulated_aws(short_folder) as moto, Cloud(moto) as cloud:
        yield cloud


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Cloud:
    """An emulated account with nothing in it."""
    shared_cloud.reset()
    return shared_cloud


@pytest.fixture
def operator(cloud: Cloud) -> dict[str, str]:
    """The environment of an operator's terminal."""
    return {**CREDENTIALS, "AWS_ENDPOINT_URL": cloud.url, "AWS_REGION": REGION}


@pytest.fixture
def package() -> Callable[[str], bytes]:
    """`package("text")`: what a function is made of, which that makes another one."""

    def pack(text: str) -> bytes:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("handler.py", text)
        return content.getvalue()

    return pack


@pytest.fixture
def api(cloud: Cloud) -> str:
    """The HTTP API, and its name with both records as Terraform makes them; the id of the zone."""
    route53 = cloud.client("route53")
    zone: str = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    route53.create_hosted_zone(Name="com", CallerReference="2")  # holds the name too, from further away
    records = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": DOMAIN,
                "Type": "A",
                "SetIdentifier": name,
                "Weight": weight,
                "AliasTarget": {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": target, "EvaluateTargetHealth": False},
            },
        }
        for name, weight, target in [("lambda", 0, "d1.cloudfront.net"), ("legacy", 100, "legacy.elb.amazonaws.com")]
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": records})
    return zone


@pytest.fixture
def traffic(cloud: Cloud) -> Callable[..., None]:
    """`traffic(requests=1000, failures=2)`: what CloudWatch has counted a minute ago."""
    api_id = cloud.client("apigatewayv2").create_api(Name=NAME, ProtocolType="HTTP")["ApiId"]
    of_api = {"ApiId": api_id, "Stage": "$default"}
    of_lambda = {"FunctionName": f"{NAME}-api"}

    def put(
        requests: float = 1000,
        failures: float = 0,
        p95: float = 120,
        connections: float = 12,
        crashes: float = 0,
        duration: float = 80,
    ) -> None:
        counted = datetime.now(UTC) - timedelta(minutes=1)  # all of it at once: figures of one period belong together
        for namespace, name, value, dimensions in [
            ("AWS/ApiGateway", "Count", requests, of_api),
            ("AWS/ApiGateway", "5xx", failures, of_api),
            ("AWS/ApiGateway", "Latency", p95, of_api),
            ("AWS/Lambda", "Invocations", requests, of_lambda),
            ("AWS/Lambda", "Errors", crashes, of_lambda),
            ("AWS/Lambda", "Duration", duration, of_lambda),
            ("AWS/RDS", "DatabaseConnectionsCurrentlyBorrowed", connections, {"ProxyName": NAME}),
        ]:
            cloud.client("cloudwatch").put_metric_data(
                Namespace=namespace,
                MetricData=[
                    {
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
                        "Timestamp": counted,
                        "Value": value,
                    }
                ],
            )

    return put


@pytest.fixture
def deployed(cloud: Cloud, package: Callable[[str], bytes]) -> Callable[[str], None]:
    """`deployed("1")`: production's one function is there, and its alias leads to version 1; `deployed("2")` publishes another one."""

    def publish(version: str) -> None:
        functions, name = cloud.client("lambda"), f"{NAME}-api"
        if version != "1":
            functions.update_function_code(FunctionName=name, ZipFile=package(version), Publish=True)
            return
        role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="handler.handler",
            Code={"ZipFile": package(version)},
            Publish=True,
        )
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    return publish


@pytest.fixture
def ring(cloud: Cloud) -> Callable[[str, str], None]:
    """`ring("api-5xx", "CRITICAL")`: the alarm is there, and rings."""

    def set_alarm(name: str, severity: str) -> None:
        cloudwatch = cloud.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=f"{NAME}-{name}",
            AlarmDescription=f"{severity}: of a test",
            Namespace="AWS/ApiGateway",
            MetricName="5xx",
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=3,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=f"{NAME}-{name}", StateValue="ALARM", StateReason="of a test")

    return set_alarm


@pytest.fixture
def lasted(cloud: Cloud) -> Callable[..., None]:
    """`lasted(10, hours=2)`: the step of this weight began a while ago."""

    def write(weight: int, **since: float) -> None:
        value = json.dumps({"weight": weight, "since": (datetime.now(UTC) - timedelta(**since)).isoformat()})
        cloud.client("ssm").put_parameter(Name=f"/{NAME}/cutover", Value=value, Type="String", Overwrite=True)

    return write


class Site:
    """A stand-in for what a release leads to: healthy, until it is not."""

    def __init__(self) -> None:
        self.healthy = True
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                closed = self.path.startswith("/api/") and self.path != "/api/csrf"
                status = 401 if closed else 404 if self.path == "/no-such-page" else 200
                self.send_response(status if site.healthy else 502)
                self.send_header("X-Request-ID", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()
