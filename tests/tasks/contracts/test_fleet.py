"""The schema of rookery.toml: what it fills in, finds and refuses."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.contracts.errors import ConfigurationError, UnknownModel, UnknownPersona, UnknownThing
from tasks.contracts.fleet import Fleet, parse

FILE = "flock.toml"
TWO_MODELS = """
[[model]]
name = "small"
gguf = "small.gguf"
[[model]]
name = "large"
aliases = { openai = "large-instruct" }
"""
TWO_HOSTS = """
[[host]]
name = "home"
[[host]]
name = "studio"
engine = "http://10.0.0.7:1234"
labels = ["north"]
"""


def fleet_of(toml: str) -> Fleet:
    return parse(tomllib.loads(toml), FILE)


def refused(toml: str) -> list[str]:
    """Return the lines of the error that the file gets."""
    with pytest.raises(ConfigurationError) as caught:
        fleet_of(toml)
    assert "rookery.example.toml" in caught.value.next_step
    return caught.value.message.splitlines()


def test_without_a_file_the_demo_model_answers_at_home() -> None:
    fleet = fleet_of("")
    assert fleet.model("demo").builtin == "demo"
    assert fleet.host("home").engine == "llamacpp"
    assert fleet.persona("rookery").model == "demo"
    assert fleet.persona("rookery").prompt
    assert [model.name for model in fleet.models_of("home")] == ["demo"]


def test_models_alone_get_a_host_and_a_persona_on_the_first() -> None:
    fleet = fleet_of('[[model]]\nname = "a"\ngguf = "a.gguf"\n[[model]]\nname = "b"\ngguf = "b.gguf"')
    assert [model.name for model in fleet.models_of("home")] == ["a", "b"]
    assert [(persona.name, persona.model) for persona in fleet.personas] == [("rookery", "a")]


def test_whole_numbers_are_taken_where_numbers_are_wanted() -> None:
    fleet = fleet_of('[jobs]\ndeadline_s = 10\n[[host]]\nname = "h"\nmemory_gib = 24')
    assert (fleet.jobs.deadline_s, fleet.host("h").memory_gib) == (10.0, 24.0)
    assert isinstance(fleet.jobs.deadline_s, float)


def test_the_level_of_the_log_may_be_written_small() -> None:
    assert fleet_of('[log]\nlevel = "debug"').log.level == "DEBUG"


def test_nothing_changes_after_it_is_read() -> None:
    fleet = fleet_of("")
    with pytest.raises(ValidationError):
        fleet.jobs.__setattr__("attempts", 9)  # written out, mypy refuses it too


def test_the_password_of_redis_is_not_in_the_repr() -> None:
    assert "hunter2" not in repr(fleet_of('[redis]\nurl = "redis://:hunter2@h/0"'))


@pytest.mark.parametrize(
    ("host", "held"),
    [
        ("home", ["small"]),  # `*` is what the engine can come by
        ("studio", ["large"]),
    ],
)
def test_every_model_means_those_that_the_engine_can_come_by(host: str, held: list[str]) -> None:
    assert [model.name for model in fleet_of(TWO_MODELS + TWO_HOSTS).models_of(host)] == held


def test_a_host_holds_only_what_it_names() -> None:
    hosts = '[[host]]\nname = "a"\nengine = "fake"\nmodels = ["large"]\n[[host]]\nname = "b"\nengine = "fake"\n'
    fleet = fleet_of(TWO_MODELS + hosts)
    assert [model.name for model in fleet.models_of("a")] == ["large"]
    assert [model.name for model in fleet.models_of("b")] == ["small", "large"]


def test_a_server_may_be_given_a_model_that_has_a_file_here() -> None:
    fleet = fleet_of(TWO_MODELS + TWO_HOSTS + 'models = ["small", "large"]')
    studio = fleet.host("studio")
    assert [model.name_on(studio) for model in fleet.models_of("studio")] == ["small", "large-instruct"]


@pytest.mark.parametrize(
    ("aliases", "host", "name"),
    [
        ('{ openai = "x", studio = "y" }', "studio", "y"),  # the host's own word counts most
        ('{ openai = "x" }', "studio", "x"),
        ('{ home = "z", openai = "x" }', "home", "z"),
        ('{ openai = "x" }', "home", "m"),
    ],
)
def test_a_model_goes_by_the_name_that_its_host_knows(aliases: str, host: str, name: str) -> None:
    fleet = fleet_of(f'[[model]]\nname = "m"\naliases = {aliases}\n{TWO_HOSTS}')
    assert fleet.model("m").name_on(fleet.host(host)) == name


FIVE_SERVERS = """
[[host]]
name = "mac"
engine = "lmstudio+http://mac:1234"
[[host]]
name = "box"
engine = "ollama+http://box:11434"
[[host]]
name = "rack"
engine = "vllm+https://rack:8000"
[[host]]
name = "shed"
engine = "router+http://shed:8080"
[[host]]
name = "other"
engine = "http://other:8080"
"""


@pytest.mark.parametrize(
    ("said", "holders"),
    [
        ("aliases = { lmstudio = 'x' }", ["mac"]),
        ("aliases = { ollama = 'x', rack = 'y' }", ["box", "rack"]),
        ("aliases = { openai = 'x' }", ["mac", "box", "rack", "shed", "other"]),
        ("aliases = { openai = 'x' }\nformat = 'gguf'", ["mac", "box", "shed", "other"]),
        ("aliases = { openai = 'x' }\nformat = 'mlx'", ["mac", "other"]),
        ("aliases = { openai = 'x' }\nformat = 'safetensors'", ["rack", "other"]),
        ("aliases = { rack = 'x' }\ngguf = 'x.gguf'", ["rack", "home"]),  # a file here, and other weights there
        ("gguf = 'x.gguf'", ["home"]),
    ],
)
def test_a_model_goes_to_hosts_that_have_a_name_for_it_and_read_its_format(said: str, holders: list[str]) -> None:
    fleet = fleet_of(f'[[model]]\nname = "m"\n{said}\n{FIVE_SERVERS}[[host]]\nname = "home"')
    assert [host.name for host in fleet.hosts if host.may_hold(fleet.model("m"))] == holders


def test_what_a_host_says_that_it_reads_counts_more_than_its_kind() -> None:
    model = "[[model]]\nname = 'm'\nformat = 'gguf'\naliases = { openai = 'x' }\n"
    host = "[[host]]\nname = 'h'\nengine = 'vllm+http://x'\n"
    assert refused(model + host)[0].startswith(f"{FILE}: persona[0].model")  # nobody is left
    assert fleet_of(f"{model}{host}formats = ['gguf', 'safetensors']").models_of("h")


@pytest.mark.parametrize(
    ("aliases", "names"),
    [
        ("{ ollama = 'tag', mac = 'key', openai = 'x' }", {"mac": "key", "box": "tag", "rack": "x"}),
        ("{ vllm = 'org/m', lmstudio = 'key' }", {"mac": "key", "rack": "org/m", "home": "m"}),
    ],
)
def test_a_hosts_own_alias_counts_more_than_that_of_its_kind_and_that_more_than_openai(
    aliases: str, names: dict[str, str]
) -> None:
    fleet = fleet_of(f"[[model]]\nname = 'm'\naliases = {aliases}\n{FIVE_SERVERS}[[host]]\nname = 'home'")
    assert {name: fleet.model("m").name_on(fleet.host(name)) for name in names} == names


def test_a_persona_says_how_words_are_picked() -> None:
    fleet = fleet_of('[[persona]]\nname = "p"\nmodel = "demo"\ntemperature = 1\nstop = ["\\n"]\nseed = 7')
    sampling = fleet.persona("p").sampling
    assert (sampling.temperature, sampling.stop, sampling.seed, sampling.top_p) == (1.0, ("\n",), 7, None)


@pytest.mark.parametrize(
    ("kind", "error", "name", "hint"),
    [
        ("model", UnknownModel, "smal", "did you mean 'small'?"),
        ("persona", UnknownPersona, "ROOKERY", "did you mean 'rookery'?"),
        ("host", UnknownThing, "zzz", "add a [[host]] of that name to rookery.toml"),
    ],
)
def test_an_unknown_name_is_told_what_there_is(kind: str, error: type[UnknownThing], name: str, hint: str) -> None:
    fleet = fleet_of(TWO_MODELS + TWO_HOSTS)
    there = {"model": "small, large", "persona": "rookery", "host": "home, studio"}[kind]
    with pytest.raises(error) as caught:
        getattr(fleet, kind)(name)
    assert caught.value.message == f"there is no {kind} {name!r}; there are: {there}"
    assert caught.value.next_step == hint


PERSONA = '[[persona]]\nname = "p"\nmodel = "small"\n'
MODEL = '[[model]]\nname = "m"\ngguf = "m.gguf"\n'
AN_ORIGIN = "wanted gguf (a file), aliases (its names at other servers) or both; or builtin alone"
ENGINE = (
    'wanted "llamacpp", "fake" or the address of a server such as http://10.0.0.5:1234, '
    "with lmstudio+, ollama+, vllm+, router+ before it where it is one of those"
)
REDIS = "wanted an address such as redis://127.0.0.1:6379/0 (in a password, write / as %2F and @ as %40)"
NAME = "wanted a name without commas, bars, line breaks or blanks around it"

# What a file says, and the one line that it gets for it.
REFUSALS = {
    # keys
    "an unknown table": ("[job]", "job: unknown key; did you mean 'jobs'?"),
    "an unknown key": ("[jobs]\nlease = 1", "jobs.lease: unknown key; did you mean 'lease_s'?"),
    "a key like no other": (
        "[web]\nzzzz = 1",
        "web.zzzz: unknown key; known here: bind, port, names, max_streams, max_body_kib",
    ),
    "an unknown key of an entry": (MODEL + "slot = 1", "model[0].slot (model 'm'): unknown key; did you mean 'slots'?"),
    "our own word for the list": ("[[models]]\nname = 'm'", "models: unknown key; did you mean 'model'?"),
    "a missing key": (
        "[[persona]]\nname = 'p'",
        "persona[0].model (persona 'p'): wanted a model, or primary under [routing], which then chooses one",
    ),
    "a missing name": ("[[host]]\nslots = 1", "host[0].name: is missing"),
    # types
    "text for a whole number": ('[jobs]\nattempts = "3"', 'jobs.attempts = "3": wanted a whole number'),
    "a fraction for a whole number": ("[jobs]\nattempts = 1.5", "jobs.attempts = 1.5: wanted a whole number"),
    "text for a number": ('[jobs]\nlease_s = "4k"', 'jobs.lease_s = "4k": wanted a number'),
    "a switch for a number": ("[jobs]\nlease_s = true", "jobs.lease_s = true: wanted a number"),
    "no number": ("[jobs]\nlease_s = nan", "jobs.lease_s = NaN: wanted a number that is not nan or inf"),
    "a number for a switch": ("[flower]\nenabled = 1", "flower.enabled = 1: wanted true or false"),
    "a number for text": ("[web]\nbind = 1", "web.bind = 1: wanted text in quotes"),
    "a date for text": ("[web]\nbind = 1979-05-27", 'web.bind = "1979-05-27": wanted text in quotes'),
    "text for a list": (PERSONA + 'stop = "x"', "persona[0].stop (persona 'p') = \"x\": wanted a list in [ ]"),
    "a number in a list": (PERSONA + "stop = [1]", "persona[0].stop[0] (persona 'p') = 1: wanted text in quotes"),
    "text for a table": ('jobs = "x"', 'jobs = "x": wanted a table'),
    "text for entries": ('model = "x"', 'model = "x": wanted a list in [ ]'),
    "a number for an entry": ("model = [3]", "model[0] = 3: wanted a table"),
    "text for aliases": (
        '[[model]]\nname = "m"\naliases = "x"',
        "model[0].aliases (model 'm') = \"x\": wanted a table",
    ),
    "a long value": ("[web]\nport = '" + "x" * 200 + "'", 'web.port = "' + "x" * 78 + "…: wanted a whole number"),
    # bounds
    "nothing of what there must be some": ("[jobs]\nlease_s = 0", "jobs.lease_s = 0: wanted more than 0"),
    "too long a time": ("[jobs]\nlease_s = 1e9", "jobs.lease_s = 1000000000.0: wanted 31622400 or less"),
    "a port too low": ("[web]\nport = 0", "web.port = 0: wanted 1 or more"),
    "a port too high": ("[web]\nport = 65536", "web.port = 65536: wanted 65535 or less"),
    "an empty folder": ('[data]\ndir = ""', 'data.dir = "": wanted text that is not empty'),
    "a level that is none": (
        '[log]\nlevel = "LOUD"',
        "log.level = \"LOUD\": wanted 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
    ),
    "a name too long": (
        f'[[host]]\nname = "{"x" * 201}"',
        f'host[0].name = "{"x" * 78}…: wanted at most 200 characters',
    ),
    # values
    "no origin": ('[[model]]\nname = "m"', f"model[0] (model 'm'): {AN_ORIGIN}"),
    "two origins": (MODEL + 'builtin = "demo"', f"model[0] (model 'm'): {AN_ORIGIN}"),
    "another builtin": (
        "[[model]]\nname = 'm'\nbuiltin = 'x'",
        "model[0].builtin (model 'm') = \"x\": wanted '' or 'demo'",
    ),
    "an unknown engine": ("[[host]]\nname = 'h'\nengine = 'gpu'", f"host[0].engine (host 'h') = \"gpu\": {ENGINE}"),
    "half an address": (
        "[[host]]\nname = 'h'\nengine = 'http://'",
        f"host[0].engine (host 'h') = \"http://\": {ENGINE}",
    ),
    "an address with a bad port": (
        "[[host]]\nname = 'h'\nengine = 'http://x:y'",
        f"host[0].engine (host 'h') = \"http://x:y\": {ENGINE}",
    ),
    "a password in an engine's address": (
        "[[host]]\nname = 'h'\nengine = 'ftp://u:hunter2@x'",
        f"host[0].engine (host 'h') = \"ftp://u:***@x\": {ENGINE}",
    ),
    "a password in an address with a kind": (
        "[[host]]\nname = 'h'\nengine = 'vllm+ftp://u:hunter2@x'",
        f"host[0].engine (host 'h') = \"vllm+ftp://u:***@x\": {ENGINE}",
    ),
    "a kind without an address": (
        "[[host]]\nname = 'h'\nengine = 'ollama'",
        f"host[0].engine (host 'h') = \"ollama\": {ENGINE}",
    ),
    "a format that is none": (
        MODEL + 'format = "onnx"',
        "model[0].format (model 'm') = \"onnx\": wanted 'gguf', 'mlx' or 'safetensors'",
    ),
    "another format than that of the file": (
        MODEL + 'format = "mlx"',
        "model[0].format (model 'm') = \"mlx\": wanted 'gguf', or no such key: the weights are in a GGUF file",
    ),
    "another store": ('[redis]\nurl = "http://u:hunter2@h"', f'redis.url = "http://u:***@h": {REDIS}'),
    "a password that breaks the address": (
        '[redis]\nurl = "redis://:hun/ter2@h:1"',
        f'redis.url = "redis://:***@h:1": {REDIS}',
    ),
    "a store without its colon and slashes": ('[redis]\nurl = "hunter2@h"', f'redis.url = "***": {REDIS}'),
    "a name with a comma": ("[[host]]\nname = 'a,b'", f'host[0].name = "a,b": {NAME}'),
    "a label with a line break": (
        "[[host]]\nname = 'h'\nlabels = [\"a\\nb\"]",
        f"host[0].labels[0] (host 'h') = \"a\\nb\": {NAME}",
    ),
    # one against another
    "texts that outlive their record": (
        "[jobs]\nrecord_life_s = 60\ntext_life_s = 61",
        "jobs.text_life_s = 61.0: wanted no more than jobs.record_life_s",
    ),
    "one port for two": ("[flower]\nport = 8080", "flower.port = 8080: wanted another port than web.port"),
    "the port of our Redis": ("[web]\nport = 6390", "web.port = 6390: wanted another port than redis.port"),
    "no host at all": ("host = []", "host = []: wanted at least one [[host]], or no such key at all"),
    "no persona at all": ("persona = []", "persona = []: wanted at least one [[persona]], or no such key at all"),
    "models whose slugs collide": (
        MODEL + '[[model]]\nname = "M!"\ngguf = "x"',
        "model: the models 'm' and 'M!' would share the name 'm' on queues; "
        "rename one of them so that they differ in letters or digits",
    ),
    "hosts whose slugs collide": (
        "[[host]]\nname = 'a b'\n[[host]]\nname = 'a-b'",
        "host: the hosts 'a b' and 'a-b' would share the name 'a-b' on queues; "
        "rename one of them so that they differ in letters or digits",
    ),
    "personas whose slugs collide": (
        PERSONA + PERSONA,
        "persona: the personas 'p' and 'p' would share the name 'p' on queues; "
        "rename one of them so that they differ in letters or digits",
    ),
    "a name without a letter": (
        "[[model]]\nname = '雀'\ngguf = 'x'",
        "model: the model name '雀' has no letter or digit of a-z, 0-9 in it; give the model a name such as 'my-model'",
    ),
    "an alias that nobody looks up": (
        "[[model]]\nname = 'm'\naliases = { opnai = 'x', openai = 'x' }\n" + TWO_HOSTS,
        "model[0].aliases.opnai (model 'm'): wanted the name of a host (home, studio) or a kind of server "
        "(lmstudio, ollama, vllm, router, openai); did you mean 'openai'?",
    ),
    "a host's model that is not there": (
        MODEL + "[[host]]\nname = 'h'\nmodels = ['*', 'mm']",
        "host[0].models[1] (host 'h') = \"mm\": no model has that name; did you mean 'm'?",
    ),
    "a model that the host cannot load": (
        TWO_MODELS + "[[host]]\nname = 'h'\nmodels = ['small', 'large']",
        "host[0].models[1] (host 'h') = \"large\": wanted a model with gguf or builtin, which llamacpp can load itself",
    ),
    "the built-in model on a server": (
        "[[host]]\nname = 'h'\nengine = 'http://x'\nmodels = ['demo']",
        "host[0].models[0] (host 'h') = \"demo\": wanted a model that a server can have; "
        "the built-in one needs llamacpp",
    ),
    "a model in a format that the host cannot read": (
        "[[model]]\nname = 'm'\nformat = 'mlx'\naliases = { ollama = 'x' }\n"
        "[[host]]\nname = 'h'\nengine = 'ollama+http://x'\nmodels = ['m']",
        "host[0].models[0] (host 'h') = \"m\": wanted a model in gguf, which is what this host takes; it is in mlx",
    ),
    "a file for a host that wants no GGUF": (
        MODEL + "[[host]]\nname = 'h'\nengine = 'vllm+http://x'\nmodels = ['m']",
        "host[0].models[0] (host 'h') = \"m\": wanted a model in safetensors, "
        "which is what this host takes; it is in gguf",
    ),
    "a persona's model that is not there": (
        TWO_MODELS + "[[persona]]\nname = 'p'\nmodel = 'tiny'",
        "persona[0].model (persona 'p') = \"tiny\": no model has that name; there are: small, large",
    ),
    "a pin to nowhere": (
        TWO_MODELS + TWO_HOSTS + PERSONA + 'pin = "hom"',
        "persona[0].pin (persona 'p') = \"hom\": no host has that name; did you mean 'home'?",
    ),
    "a model that no host may hold": (
        TWO_MODELS + "[[persona]]\nname = 'p'\nmodel = 'large'",
        "persona[0].model (persona 'p') = \"large\": no host may hold this model; "
        "name it in `models` of a host whose engine can have it",
    ),
    "a first model that no host may hold": (
        "[[model]]\nname = 'large'\naliases = { openai = 'x' }",
        'persona[0].model = "large": no host may hold this model; '
        "name it in `models` of a host whose engine can have it",
    ),
    "a pin to a host without the model": (
        TWO_MODELS + TWO_HOSTS + PERSONA + 'pin = "studio"',
        "persona[0].pin (persona 'p') = \"studio\": wanted a host that may hold the model 'small': home",
    ),
    "labels that no holder has": (
        TWO_MODELS + TWO_HOSTS + PERSONA + 'labels = ["north"]',
        "persona[0].labels (persona 'p') = [\"north\"]: wanted labels that one of these hosts has: home",
    ),
    "a private persona in the cloud": (
        TWO_MODELS + TWO_HOSTS + "cloud = true\n[[persona]]\nname = 'p'\nmodel = 'large'",
        "persona[0].private (persona 'p') = true: a private persona never leaves the flock, "
        "and it could only run in the cloud: studio",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_is_told_where_and_what_was_wanted(case: str) -> None:
    toml, line = REFUSALS[case]
    with_small = TWO_MODELS if toml.startswith(PERSONA) else ""
    assert refused(with_small + toml) == [f"{FILE}: {line}"]


def test_every_problem_is_told_at_once() -> None:
    lines = refused('[web]\nport = 0\nprot = 1\n[[model]]\nname = "m"\nslots = "x"\n[[host]]\nname = ""')
    assert [line.split(": ")[1].split(" ")[0] for line in lines] == [
        "web.port",
        "web.prot",
        "model[0].slots",
        "host[0].name",
    ]


def test_a_public_persona_may_go_to_the_cloud() -> None:
    cloud = TWO_MODELS + TWO_HOSTS + "cloud = true\n[[persona]]\nname = 'p'\nmodel = 'large'\nprivate = false"
    cloud += "\nallow_cloud = true"
    assert not fleet_of(cloud).persona("p").private


def test_a_private_persona_needs_only_one_host_of_the_flock() -> None:
    hosts = "[[host]]\nname = 'home'\nengine = 'fake'\n[[host]]\nname = 'far'\nengine = 'fake'\ncloud = true\n"
    assert fleet_of(hosts).persona("rookery").private


@pytest.mark.parametrize(
    "toml",
    [
        "[flower]\nport = 8080\nenabled = false",
        '[redis]\nurl = "redis://h"\n[web]\nport = 6390',
        '[redis]\nurl = "unix:///run/redis.sock"',
        '[redis]\nurl = "rediss://user:p%2Fw@[::1]:6380/2"',
        "[[host]]\nname = 'Gräfin 1'",
    ],
)
def test_what_only_looks_wrong_is_taken(toml: str) -> None:
    fleet_of(toml)


@pytest.mark.parametrize(
    "raw", [{"jobs": {"lease_s": 10**400}}, {"model": [{"name": 10**5000}]}, {"web": {"port": {}}}]
)
def test_absurd_values_get_a_line_too(raw: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(raw, FILE)
    assert all(line.startswith(FILE) and len(line) < 200 for line in caught.value.message.splitlines())


def test_every_problem_is_told_at_once_though_some_tables_are_wrong_in_themselves() -> None:
    said = refused(
        '[web]\nport = 0\n[jobs]\ntext_life_s = 9\nrecord_life_s = 1\n[[persona]]\nname = "p"\nmodel = "nobody"\n'
    )
    assert [line.split(" = ")[0].removeprefix(f"{FILE}: ") for line in said] == [
        "web.port",
        "jobs.text_life_s",
        "persona[0].model (persona 'p')",
    ]


def test_what_is_wrong_in_itself_is_not_blamed_on_what_stands_beside_it() -> None:
    said = refused(
        '[[model]]\nname = "m"\ngguf = 3\n[[persona]]\nname = "p"\nmodel = "m"\n[[host]]\nname = "h"\nmodels = ["m"]\n'
    )
    assert said == [f"{FILE}: model[0].gguf (model 'm') = 3: wanted text in quotes"]


def test_of_a_thousand_names_the_first_ones_are_told() -> None:
    fleet = parse({"persona": [{"name": f"p{n}", "model": "demo"} for n in range(1000)]}, "f")
    with pytest.raises(UnknownPersona, match=r"there are: p0, p1, .* and 980 more"):
        fleet.persona("nobody")


@pytest.mark.parametrize("tail", ["?api_key=hunter2", "/v1?k=hunter2", "#hunter2"])
def test_an_engine_whose_address_may_hold_a_key_is_refused_without_showing_it(tail: str):
    (line,) = refused(f'[[host]]\nname = "studio"\nengine = "ollama+http://10.0.0.5:1{tail}"\n')
    assert "`api_key_env`" in line
    assert "hunter2" not in line
