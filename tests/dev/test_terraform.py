"""The commands around Terraform, as far as they need no plan; tests/terraform has those that do."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev import modulepages, rehearsal, terraform
from gateway.dev.api import ROOT
from gateway.dev.aws import client
from gateway.dev.terraform import MISSING, REGION, TerraformError, emulated_aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENVIRONMENT = {
    "ENVIRONMENT": "dev",
    "DATABASE_URL": "postgresql://brickgate@proxy:5432/brickgate?sslmode=require",
    "S3_BUCKET": "lego-moc-files-dev",
    "COGNITO_USER_POOL_ID": "us-east-1_Abc123def",
    "COGNITO_CLIENT_ID": "1h57kf5cpq17m0eml12EXAMPLE",
    "REDIS_URL": "",
}


@pytest.fixture
def without_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("without_terraform")
def test_a_machine_without_terraform_is_told_so_and_passes_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert terraform.check() == 0
    assert capsys.readouterr().out == f"{MISSING}: its files are not checked.\n"


@pytest.mark.usefixtures("without_terraform")
def test_a_plan_without_terraform_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"^Terraform 1\.11 or newer is not installed"):
        terraform.Terraform(tmp_path / "copy")


def test_terraform_sees_no_account_and_no_variable_of_the_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "TF_VAR_region", "TF_DATA_DIR"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    told = terraform.environment("production", "http://127.0.0.1:5000")
    assert "mine" not in told.values()
    assert (told["TF_WORKSPACE"], told["AWS_ENDPOINT_URL"]) == ("production", "http://127.0.0.1:5000")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("versions.tf", "There is no terraform/backend.hcl, which says where the state is kept. Bootstrap the account"),
        (
            "terraform.tfvars",
            "terraform/terraform.tfvars would be read for every workspace: call it terraform/staging.",
        ),
    ],
)
def test_an_apply_that_cannot_be_meant_says_what_to_do_first(tmp_path: Path, found: str, said: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    folder = tmp_path / "terraform"
    folder.mkdir()
    (folder / found).touch()
    if found == "terraform.tfvars":
        (folder / "backend.hcl").touch()
    done = subprocess.run(
        ["/usr/bin/make", "apply", "WORKSPACE=staging"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_resources_of_modules_are_found_by_address_and_data_is_not() -> None:
    child = {"resources": [{"address": "module.a.b.c", "mode": "managed"}]}
    data = {"address": "data.b.c", "mode": "data", "values": {}}
    root = {"resources": [{"address": "b.c", "mode": "managed", "values": {"d": 1}}, data], "child_modules": [child]}
    shown = {"planned_values": {"root_module": root}}
    assert terraform.resources(shown) == {"b.c": {"d": 1}, "module.a.b.c": {}}


def test_the_rehearsal_leaves_out_what_the_variable_lists() -> None:
    assert {"cache", "malware_protection", "budget"} <= rehearsal.features().keys()
    assert set(rehearsal.features().values()) == {False}
    assert {rehearsal.built(name).suffix for name in ("package", "layer")} == {".zip"}


def test_the_pages_of_the_modules_are_as_their_variables_are() -> None:
    assert modulepages.main(["--check"]) == 0


def test_a_page_keeps_what_people_wrote_around_its_tables(tmp_path: Path) -> None:
    (tmp_path / "variables.tf").write_text(
        'variable "size" {\n  description = "One of \\"a\\" | b."\n  type        = string\n}\n\n'
        'variable "map" {\n  default = {\n    a = 1\n  }\n}\n'
    )
    (tmp_path / "outputs.tf").write_text('output "arn" {\n  description = "Its ARN."\n  value       = "x"\n}\n')
    (tmp_path / "README.md").write_text("# Mine\n")
    made = modulepages.page(tmp_path)
    assert made.startswith("# Mine\n\n<!-- written by")
    assert '| `size` | One of "a" \\| b. | required |\n| `map` |  | see variables.tf |\n' in made
    assert "| `arn` | Its ARN. |" in made
    (tmp_path / "README.md").write_text(made + "\nBelow.\n")
    assert modulepages.page(tmp_path) == made + "\nBelow.\n"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulated_aws(tmp_path_factory.mktemp("aws")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("package") / "function.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("gateway/lambdas/http.pyc", "1")
    return path


def deploy(
    endpoint: str, package: bytes, environment: dict[str, str], handler: str = "gateway.lambdas.http.handler"
) -> Any:
    functions, roles = client("lambda", endpoint, REGION), client("iam", endpoint, REGION)
    if not roles.list_roles()["Roles"]:
        roles.create_role(RoleName="function", AssumeRolePolicyDocument="{}")
    role = roles.get_role(RoleName="function")["Role"]["Arn"]
    return functions.create_function(
        FunctionName="lego-api-dev-api",
        Runtime="python3.13",
        Handler=handler,
        Role=role,
        Code={"ZipFile": package},
        Environment={"Variables": environment},
        Tags={"Project": "LEGO-API"},
    )


@pytest.fixture(autouse=True)
def _no_function_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "aws" in request.fixturenames:
        functions = client("lambda", request.getfixturevalue("aws"), REGION)
        for function in functions.list_functions()["Functions"]:
            functions.delete_function(FunctionName=function["FunctionName"])


def test_a_function_that_would_not_start_fails_the_rehearsal(aws: str, package: Path) -> None:
    deploy(aws, package.read_bytes(), {name: value for name, value in ENVIRONMENT.items() if name != "S3_BUCKET"})
    with pytest.raises(rehearsal.RehearsalError, match=r"^lego-api-dev-api would not start\. S3_BUCKET is missing\."):
        rehearsal.look({}, aws, package)


def test_another_package_fails_the_rehearsal(aws: str, package: Path) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("BUILD", "2")
    deploy(aws, other.getvalue(), ENVIRONMENT)
    with pytest.raises(rehearsal.RehearsalError, match=r"^lego-api-dev-api does not run function\.zip\.$"):
        rehearsal.look({}, aws, package)


def test_a_handler_that_the_package_has_not_fails_the_rehearsal(aws: str, package: Path) -> None:
    deploy(aws, package.read_bytes(), ENVIRONMENT, "gateway.lambdas.https.handler")
    with pytest.raises(rehearsal.RehearsalError, match=r"^function\.zip has no gateway\.lambdas\.https\.handler"):
        rehearsal.look({}, aws, package)


def test_an_open_bucket_fails_the_rehearsal(aws: str, package: Path) -> None:
    s3 = client("s3", aws, REGION)
    s3.create_bucket(Bucket="open")
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket="open", PublicAccessBlockConfiguration=closed | {"BlockPublicPolicy": False})
    deploy(aws, package.read_bytes(), ENVIRONMENT)
    with pytest.raises(rehearsal.RehearsalError, match=r"^The bucket open is open to the public\.$"):
        rehearsal.look({"files_bucket": "open"}, aws, package)


def test_what_destroying_leaves_is_found_by_its_tags(aws: str, package: Path) -> None:
    made = deploy(aws, package.read_bytes(), ENVIRONMENT)
    assert rehearsal.left(aws) == [made["FunctionArn"].removesuffix(":$LATEST")]
