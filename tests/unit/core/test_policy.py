"""Policies: settings, immutability, derivation and warnings."""

import copy
import dataclasses
import gc
import inspect
import pickle
import sysconfig
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wsgicors
from tests.unit.core.helpers import actual, quietly
from wsgicors import Origin, Policy, PolicyError
from wsgicors._core.policy import SETTINGS, Settings, base_of, check_names

APP = "https://app.example"
SUBDOMAINS = "https://*.app.example"

FULL = {
    "allow_origins": (APP, SUBDOMAINS, "http://localhost:*"),
    "allow_methods": ("PUT", "PATCH"),
    "allow_headers": ("Content-Type", "X-Request-Id"),
    "expose_headers": ("ETag",),
    "allow_credentials": True,
    "max_age": 600,
    "accept_risks": ("subdomains-with-credentials",),
}


def is_app(origin):
    return origin.host == "app.example"


def test_the_defaults_allow_nothing_but_json():
    policy = Policy([APP])
    assert policy.settings == {
        "allow_origins": (APP,),
        "allow_methods": None,
        "allow_headers": ("Content-Type",),
        "expose_headers": (),
        "allow_credentials": False,
        "max_age": None,
        "accept_risks": (),
    }
    assert policy.problems == ()


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(lambda: inspect.signature(Policy.__init__), id="as called"),
        pytest.param(lambda: inspect.signature(Policy), id="as help and documentation show it"),
    ],
)
def test_the_keywords_of_a_policy_are_its_settings(signature):
    parameters = {**signature().parameters}
    parameters.pop("self", None)
    assert tuple(parameters) == SETTINGS == tuple(Settings.__annotations__) == tuple(FULL)
    assert all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in SETTINGS[1:])


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_can_be_read_back(name):
    assert getattr(Policy(**FULL), name) == FULL[name]


def test_allow_origins_can_be_a_positional_argument():
    assert Policy(APP, max_age=600) == Policy(allow_origins=APP, max_age=600)


def test_other_settings_cannot_be_positional_arguments():
    with pytest.raises(TypeError, match="positional"):
        Policy(APP, ["PUT"])


@pytest.mark.parametrize("settings", [{}, {"max_age": 600}, {"allow_credentials": True}])
def test_a_policy_without_allow_origins_is_a_type_error(settings):
    with pytest.raises(TypeError, match="allow_origins"):
        Policy(**settings)


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        pytest.param("origins", "allow_origins", id="without the verb"),
        pytest.param("allow_origin", "allow_origins", id="in the singular"),
        pytest.param("allow_orgins", "allow_origins", id="misspelt"),
        pytest.param("ALLOW_HEADERS", "allow_headers", id="upper case"),
        pytest.param("methods", "allow_methods", id="methods"),
        pytest.param("exposed_headers", "expose_headers", id="another form of the verb"),
        pytest.param("supports_credentials", "allow_credentials", id="the name in another library"),
        pytest.param("maxage", "max_age", id="without the underscore"),
        pytest.param("accept_risk", "accept_risks", id="one risk"),
    ],
)
def test_an_unknown_keyword_is_a_type_error_that_suggests_the_nearest_setting(written, nearest):
    for make in (Policy, Policy(APP).derive):
        with pytest.raises(TypeError, match=f"no setting '{written}'; use '{nearest}'") as caught:
            make(**{written: "x"})
        assert not isinstance(caught.value, PolicyError)


def test_the_error_for_an_unknown_keyword_lists_all_settings():
    with pytest.raises(TypeError) as caught:
        Policy(APP, **{"": 1})
    assert all(name in str(caught.value) for name in SETTINGS)


def test_the_error_for_an_unknown_keyword_names_the_function():
    with pytest.raises(TypeError, match=r"cors\(\) has no setting"):
        check_names("cors", ["allow_origins", "foo"])
    check_names("cors", SETTINGS)


def test_an_error_reports_all_faults_of_a_policy():
    with pytest.raises(PolicyError) as caught:
        Policy(
            allow_origins=["app.example", SUBDOMAINS, "http://app.example"],
            allow_methods=["TRACE"],
            allow_headers=["Cookie"],
            expose_headers=["Set-Cookie", "*"],
            allow_credentials="yes",
            max_age=-1,
            accept_risks=["nonsense"],
        )
    assert [(problem.setting, problem.code) for problem in caught.value.problems] == [
        ("accept_risks", "unknown-risk"),
        ("allow_origins", "origin-without-scheme"),
        ("allow_methods", "forbidden-method"),
        ("allow_headers", "forbidden-request-header"),
        ("expose_headers", "forbidden-response-header"),
        ("allow_credentials", "wrong-type"),
        ("max_age", "invalid-max-age"),
        ("allow_origins", "plain-http-origin"),
        ("expose_headers", "expose-wildcard-with-credentials"),
    ]
    assert isinstance(caught.value, PolicyError)
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)


def test_a_policy_with_errors_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PolicyError):
            Policy("https://*.github.io", max_age=-1)


@pytest.mark.parametrize("name", [*SETTINGS, "problems", "origins", "allows_everybody", "anything"])
def test_a_policy_cannot_be_changed(name):
    policy = Policy(**FULL)
    with pytest.raises(AttributeError):
        setattr(policy, name, ("*",))
    with pytest.raises(AttributeError):
        delattr(policy, name)
    assert policy == Policy(**FULL)


@pytest.mark.parametrize(
    "same",
    [
        pytest.param({}, id="the same settings"),
        pytest.param({"allow_methods": "put, PATCH"}, id="as a string"),
        pytest.param({"max_age": timedelta(minutes=10)}, id="as a timedelta"),
        pytest.param({"expose_headers": ["ETag", "etag", "Pragma"]}, id="with redundant names"),
        pytest.param(
            {"allow_origins": [SUBDOMAINS, "http://localhost:*", APP, APP]}, id="in another order"
        ),
    ],
)
def test_policies_with_the_same_settings_are_equal(same):
    policy = Policy(**{**FULL, **same})
    assert policy == Policy(**FULL)
    assert hash(policy) == hash(Policy(**FULL))
    assert len({policy, Policy(**FULL)}) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"allow_origins": [APP]}, id="allow_origins"),
        pytest.param({"allow_methods": None}, id="allow_methods"),
        pytest.param({"allow_headers": ["content-type", "X-Request-Id"]}, id="allow_headers"),
        pytest.param({"expose_headers": []}, id="expose_headers"),
        pytest.param({"allow_credentials": False}, id="allow_credentials"),
        pytest.param({"max_age": None}, id="max_age"),
        pytest.param({"max_age": 0}, id="max_age zero"),
        pytest.param({"accept_risks": [*FULL["accept_risks"], "opaque-origin"]}, id="accept_risks"),
    ],
)
def test_policies_with_different_settings_are_not_equal(other):
    assert Policy(**{**FULL, **other}) != Policy(**FULL)


def test_a_policy_equals_only_policies():
    assert Policy(APP) != APP
    assert Policy(APP) != Policy(APP).settings


def test_the_repr_of_a_policy_can_be_evaluated():
    policy = Policy(**FULL)
    assert repr(policy).startswith(f"Policy(allow_origins=('{APP}', ")
    assert eval(repr(policy)) == policy


def test_a_policy_can_be_recreated_from_its_settings():
    policy = Policy(**FULL)
    assert Policy(**policy.settings) == policy


TWINS = [
    pytest.param(copy.copy, id="copied"),
    pytest.param(copy.deepcopy, id="copied deeply"),
    pytest.param(lambda policy: pickle.loads(pickle.dumps(policy)), id="pickled"),
    pytest.param(lambda policy: policy.derive(), id="derived"),
    pytest.param(dataclasses.replace, id="replaced"),
]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(FULL, id="every setting"),
        pytest.param({"allow_origins": "*"}, id="every origin"),
        pytest.param({"allow_origins": is_app, "max_age": 9_000}, id="a callable and a note"),
    ],
)
def test_a_copied_policy_is_equal_and_decides_alike(twin, settings):
    policy = Policy(**settings)
    decision = actual(policy, APP)
    other = twin(policy)
    assert other == policy
    assert hash(other) == hash(policy)
    assert other.problems == policy.problems
    assert actual(other, APP) == decision
    for origin in (APP, "https://a.app.example", "http://localhost:5", "https://x.test", "null"):
        assert other.allows(origin) is policy.allows(origin)


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        pytest.param("*", "https://any.example", True, id="every origin"),
        pytest.param("*", "null", True, id="every origin, even null"),
        pytest.param(APP, APP, True, id="listed"),
        pytest.param(APP, "https://evil.example", False, id="not listed"),
        pytest.param(APP, "*", False, id="a star as an origin"),
        pytest.param(SUBDOMAINS, "https://a.app.example", True, id="under a pattern"),
        pytest.param(SUBDOMAINS, SUBDOMAINS, False, id="the pattern as an origin"),
        pytest.param(is_app, APP, True, id="allowed by a callable"),
        pytest.param(is_app, "https://evil.example", False, id="not allowed by a callable"),
    ],
)
def test_which_origins_a_policy_allows(origins, origin, allowed):
    policy = Policy(origins)
    assert policy.allows(origin) is allowed
    assert policy.allows_everybody is (origins == "*")


def test_a_callable_gets_a_wsgicors_origin():
    seen = []
    Policy(lambda origin: seen.append(origin) or False).allows(APP)
    assert seen == [Origin.parse(APP)]
    assert type(seen[0]) is wsgicors.Origin


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allow_origins", ("https://b.example",)),
        ("allow_methods", None),
        ("allow_headers", ()),
        ("expose_headers", ("Link",)),
        ("allow_credentials", False),
        ("max_age", 0),
        ("accept_risks", ("subdomains-with-credentials", "opaque-origin")),
    ],
)
def test_derive_replaces_a_setting_and_keeps_all_others(name, value):
    derived = Policy(**FULL).derive(**{name: value})
    assert derived.settings == {**FULL, name: value}
    assert derived == Policy(**{**FULL, name: value})


def test_a_policy_that_is_replaced_again_and_again_does_not_keep_all_earlier_ones():
    first = Policy(**FULL)
    policy, older = first, []
    for seconds in range(20):
        policy = policy.derive(max_age=seconds)
        policy = policy.derive(max_age=seconds + 1, allow_methods=["PUT"])
        older.append(weakref.ref(policy))
    gc.collect()
    assert sum(reference() is not None for reference in older) <= 2
    base, changes = base_of(policy)
    while base_of(base) is not None:
        base, more = base_of(base)
        changes |= more
    assert base is first
    assert changes == {"max_age", "allow_methods"}


def test_derive_does_not_change_the_policy():
    policy = Policy(**FULL)
    policy.derive(allow_origins="https://b.example", max_age=0)
    assert policy == Policy(**FULL)


def test_a_derived_policy_is_validated_as_a_whole():
    for base, changes in [
        (Policy("*"), {"allow_credentials": True}),
        (Policy("http://app.example"), {"allow_credentials": True}),
        (Policy(APP, allow_credentials=True), {"allow_origins": "*"}),
        (Policy(APP, expose_headers="*"), {"allow_credentials": True}),
        (Policy("null", accept_risks="opaque-origin"), {"accept_risks": ()}),
        (Policy("null", accept_risks="opaque-origin"), {"allow_credentials": True}),
    ]:
        with pytest.raises(PolicyError):
            base.derive(**changes)


def test_an_error_reports_all_faults_of_a_derived_policy():
    with pytest.raises(PolicyError) as caught:
        Policy("*").derive(allow_credentials=True, max_age="600", expose_headers=["*"])
    assert [problem.code for problem in caught.value.problems] == [
        "wrong-type",
        "wildcard-with-credentials",
        "expose-wildcard-with-credentials",
    ]


def test_derive_takes_keywords_only():
    with pytest.raises(TypeError, match="positional"):
        Policy(APP).derive("*")


origins = st.lists(
    st.sampled_from([APP, "https://b.app.example", SUBDOMAINS, "https://c.example:81"]), min_size=1
)
policies = st.fixed_dictionaries(
    {"allow_origins": origins},
    optional={
        "allow_methods": st.none() | st.lists(st.sampled_from(["PUT", "Egg", "*"])),
        "allow_headers": st.lists(st.sampled_from(["X-A", "x-a", "*", "Authorization"])),
        "expose_headers": st.lists(st.sampled_from(["ETag", "Pragma", "Link"])),
        "allow_credentials": st.booleans(),
        "max_age": st.none() | st.integers(0, 86_400),
    },
)


@given(policies)
def test_every_policy_can_be_recreated_from_its_settings(settings):
    policy = quietly(**settings)
    again = quietly(**policy.settings)
    assert again == policy
    assert hash(again) == hash(policy)
    assert again.settings == policy.settings


def test_each_warning_is_issued_once_and_points_at_the_line_of_the_policy():
    line = inspect.currentframe().f_lineno + 2
    with pytest.warns() as caught:
        policy = Policy("https://*.github.io", allow_methods=["patch"])
    assert [(w.filename, w.lineno, w.category) for w in caught] == [
        (__file__, line, UserWarning)
    ] * 2
    expected = [str(problem) for problem in policy.problems]
    assert sorted(str(warning.message) for warning in caught) == sorted(expected)
    assert {problem.code for problem in policy.problems} == {
        "public-suffix-wildcard",
        "method-case",
    }


def test_a_warning_of_a_derived_policy_points_at_the_line_of_derive():
    policy = Policy(SUBDOMAINS)
    line = inspect.currentframe().f_lineno + 2
    with pytest.warns() as caught:
        policy.derive(allow_credentials=True)
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]


def test_a_warning_points_at_the_line_that_calls_the_library():
    line = inspect.currentframe().f_lineno + 2
    with pytest.warns(UserWarning, match="method-case") as caught:
        wsgicors.wrap(allow_origins=APP, allow_methods=["patch"])
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]


def installed(file, source):
    """Return what `f` is in a module of that file."""
    defined = {"Policy": Policy, "__name__": ".".join(file.split("/")[-2:])}
    exec(compile(source, file, "exec"), defined)
    return defined["f"]


FILES = {
    "package": "/srv/venv/lib/python3.11/site-packages/click/core.py",
    "package-of-debian": "/usr/lib/python3/dist-packages/flask/cli.py",
    "python": f"{sysconfig.get_path('stdlib')}/threading.py",
    "frozen": "<frozen runpy>",
    "command": f"{sysconfig.get_path('scripts')}/flask",
}

each_file = pytest.mark.parametrize("file", FILES.values(), ids=FILES)


@each_file
def test_a_warning_points_at_the_app_if_installed_code_creates_the_policy(file):
    create = installed(file, "def f(): Policy('https://*.github.io')")
    line = inspect.currentframe().f_lineno + 2
    with pytest.warns(UserWarning, match="public-suffix-wildcard") as caught:
        create()
    assert [(w.filename, w.lineno) for w in caught] == [(__file__, line)]


@each_file
def test_a_warning_points_nowhere_if_only_installed_code_runs(file):
    """As when a server's thread creates a policy from the configuration at the first request."""
    create = installed(file, "def f(): Policy('https://*.github.io')")
    threads, points = ThreadPoolExecutor(), pytest.warns(UserWarning, match="public-suffix-wild")
    with threads, points as caught:
        threads.submit(create).result()
    assert [warning.filename.strip("<>") for warning in caught] == ["unknown"]


def test_derive_does_not_repeat_a_warning():
    with pytest.warns(UserWarning, match="public-suffix-wildcard"):
        policy = Policy("https://*.github.io")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        derived = policy.derive(max_age=60)
    assert derived.problems == policy.problems


def test_derive_issues_new_warnings():
    with pytest.warns(UserWarning, match="public-suffix-wildcard"):
        policy = Policy("https://*.github.io")
    with pytest.warns(UserWarning, match="method-case") as caught:
        derived = policy.derive(allow_methods=["patch"])
    assert len(caught) == 1
    assert len(derived.problems) == 2


def test_notes_are_kept_and_not_issued_as_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        policy = Policy(APP, max_age=9_000)
    assert [problem.severity for problem in policy.problems] == ["info"]


def test_an_accepted_risk_is_not_reported():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        policy = Policy("https://*.github.io", accept_risks=["public-suffix-wildcard"])
    assert policy.problems == ()


def test_code_without_a_module_name_gets_warnings():
    with pytest.warns(UserWarning, match="public-suffix-wildcard"):
        exec("Policy('https://*.github.io')", {"Policy": Policy})
