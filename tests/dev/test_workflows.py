import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = r"[\w-]+/[\w-]+@[0-9a-f]{40}"  # a commit, which nobody can move as they can a tag
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def actionlint() -> Path:
    """The linter of the Makefile, which Go makes once."""
    program = ROOT / ".tools" / "actionlint"
    if not program.exists():
        if not shutil.which("go"):
            pytest.skip("actionlint is not installed, and there is no Go to install it with: make actionlint")
        made = subprocess.run(
            [shutil.which("make") or "/usr/bin/make", "-s", ".tools/actionlint"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            pytest.skip(f"Go could not install actionlint: {made.stderr[-300:]}")
    return program


@pytest.mark.prd("5.4.1")
@pytest.mark.slow
def test_workflows_are_clean(actionlint: Path) -> None:
    found = subprocess.run([actionlint, "-no-color"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def text(name: str) -> str:
    return (ROOT / ".github" / "workflows" / name).read_text()


@pytest.mark.prd("5.4.2")
def test_a_push_to_main_deploys_and_so_does_a_hand() -> None:
    triggers = yaml.safe_load(text("deploy.yml"))[True]  # YAML 1.1 takes `on` for a truth
    assert triggers["push"] == {"branches": ["main"]}
    assert set(triggers["workflow_dispatch"]["inputs"]) == {"action", "workspace"}


@pytest.mark.prd("5.4.1")
def test_nothing_is_deployed_that_was_not_checked_or_tried_before() -> None:
    """By deploy.yml, which the PRD calls sst-deploy.yml."""
    jobs = yaml.safe_load(text("deploy.yml"))["jobs"]
    order = {name: job.get("needs") for name, job in jobs.items() if name not in {"notify", "rollback"}}
    assert order == {"ci": None, "package": "ci", "dev": "package", "staging": "dev", "production": "staging"}
    assert jobs["staging"]["with"]["integration"] is True
    assert set(jobs["notify"]["needs"]) == jobs.keys() - {"notify"}


def test_every_step_is_a_command_that_runs_here() -> None:
    """What a step does besides calling make is to hand it a file, or to tell Slack."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set()
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job.get("steps", ()):
                called |= set(re.findall(r"^make ([a-z-]+)", step.get("run", ""), re.MULTILINE))
    assert called == {"apply", "deploy", "smoke", "integration", "rollback", "package", "draft"}
    assert called <= targets


@pytest.mark.prd("5.4.4")
def test_no_long_lived_key_of_aws_is_named() -> None:
    for path in WORKFLOWS:
        assert "aws-access-key-id" not in path.read_text()
        assert "AWS_SECRET" not in path.read_text()
    assert "role-to-assume" in text("workspace.yml")
    assert "id-token: write" in text("workspace.yml")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_little_and_knows_what_it_calls(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for action in re.findall(r"uses: (.+)", path.read_text()):
        assert re.fullmatch(rf"{ACTION} # v\d+\.\d+\.\d+", action) or action.startswith("./.github/workflows/"), action


def test_an_action_is_the_same_commit_wherever_it_is_used() -> None:
    pins = {pin for path in WORKFLOWS for pin in re.findall(rf"uses: ({ACTION}) # (\S+)", path.read_text())}
    names = [action.partition("@")[0] for action, _ in pins]
    assert len(names) > 5
    assert sorted(set(names)) == sorted(names)


def steps(name: str, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(text(name))["jobs"][job]["steps"]
    return found


@pytest.mark.prd("5.4.5")
def test_what_was_deployed_and_how_is_kept() -> None:
    kept = [
        step["with"]
        for name, job in [("deploy.yml", "package"), ("workspace.yml", "plan")]
        for step in steps(name, job)
        if "upload-artifact" in step.get("uses", "")
    ]
    assert [(one["path"], one["retention-days"]) for one in kept] == [
        ("dist/*.zip", 90),
        ("dist/plan.${{ inputs.workspace }}.txt", 90),
        ("dist/${{ inputs.workspace }}.tfplan.gpg", 7),
    ]


def test_what_is_agreed_to_is_what_is_done() -> None:
    """The plan is there before anybody is asked, by a role that only reads; and the job that was agreed to makes none of its own."""
    jobs = yaml.safe_load(text("workspace.yml"))["jobs"]
    assert jobs["plan"]["environment"] == "${{ inputs.workspace }}-plan"
    assert "needs" not in jobs["plan"]
    assert jobs["workspace"]["environment"]["name"] == "${{ inputs.workspace }}"
    assert jobs["workspace"]["needs"] == "plan"
    (drafted,) = [step["run"] for step in jobs["plan"]["steps"] if "make draft" in step.get("run", "")]
    assert '"dist/plan.$WORKSPACE.txt"' in drafted
    assert '>> "$GITHUB_STEP_SUMMARY"' in drafted
    (applied,) = [step["run"] for step in jobs["workspace"]["steps"] if "make apply" in step.get("run", "")]
    assert "make apply DRAFTED=1\n" in applied


def test_a_rollback_waits_for_no_deployment() -> None:
    deploying, workspace = yaml.safe_load(text("deploy.yml")), yaml.safe_load(text("workspace.yml"))
    rollback = deploying["jobs"]["rollback"]
    assert "needs" not in rollback
    assert deploying["concurrency"]["group"].endswith("-${{ inputs.action }}")
    assert rollback["concurrency"]["group"] == "rollback-${{ inputs.workspace }}"
    assert workspace["jobs"]["workspace"]["concurrency"]["group"] == "workspace-${{ inputs.workspace }}"


@pytest.mark.skipif(not shutil.which("gpg"), reason="the steps are written in gpg")
def test_a_plan_comes_out_of_its_seal_as_it_went_in(tmp_path: Path) -> None:
    jobs = yaml.safe_load(text("workspace.yml"))["jobs"]
    seal, unseal = (
        next(step["run"] for step in jobs[job]["steps"] if "gpg" in step.get("run", ""))
        for job in ("plan", "workspace")
    )
    (tmp_path / "dist").mkdir()
    plan, sealed = tmp_path / "dist" / "dev.tfplan", tmp_path / "dist" / "dev.tfplan.gpg"
    plan.write_bytes(content := b"the state and its secrets")

    def run(command: str, key: str) -> int:
        environ = {"PATH": os.environ["PATH"], "GNUPGHOME": str(tmp_path), "WORKSPACE": "dev", "PLAN_KEY": key}
        bash = ["/bin/bash", "-euo", "pipefail", "-c", command]
        return subprocess.run(bash, cwd=tmp_path, env=environ, check=False, capture_output=True).returncode

    assert run(seal, "") != 0
    assert not sealed.exists()
    assert run(seal, "k") == 0
    assert content not in sealed.read_bytes()
    plan.unlink()
    assert run(unseal, "other") != 0
    assert not plan.exists()
    assert run(unseal, "k") == 0
    assert plan.read_bytes() == content


@pytest.mark.prd("5.4.8")
def test_what_every_run_downloads_is_cached() -> None:
    for name, job in [("ci.yml", "ci"), ("deploy.yml", "package"), ("workspace.yml", "workspace")]:
        (cache,) = [step["with"] for step in steps(name, job) if "actions/cache" in step.get("uses", "")]
        assert "~/.cache/uv" in cache["path"]
        assert "uv.lock" in cache["key"]


class Channel(BaseHTTPRequestHandler):
    """Slack's incoming webhook, which takes one text."""

    said: ClassVar[list[dict[str, str]]] = []

    def do_POST(self) -> None:
        self.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.prd("5.4.7")
@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="the step is written in jq and curl")
def test_the_channel_is_told_how_it_ended() -> None:
    job = yaml.safe_load(text("deploy.yml"))["jobs"]["notify"]
    assert job["if"] == "always()"
    assert "'FAILED'" in job["env"]["OUTCOME"]
    assert "'succeeded'" in job["env"]["OUTCOME"]
    (step,) = job["steps"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Channel) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environ = {
            "PATH": os.environ["PATH"],
            "NO_PROXY": "127.0.0.1",
            "WEBHOOK": f"http://127.0.0.1:{server.server_port}",
        }
        environ |= {"OUTCOME": "FAILED", "GITHUB_WORKFLOW": "Deploy", "GITHUB_REF_NAME": 'a"b', "GITHUB_ACTOR": "alice"}
        environ |= {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"}
        subprocess.run(["/bin/bash", "-euo", "pipefail", "-c", step["run"]], env=environ, check=True, timeout=30)
        server.shutdown()

    assert Channel.said == [{"text": 'FAILED: Deploy of a"b by alice, https://github.com/o/r/actions/runs/7'}]
