from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable

import pytest

from tasks.contracts.fleet import Fleet, parse
from tests.workers.doctor import emulated
from tests.workers.doctor.emulated import LM_STUDIOS_UNKNOWN, Emulated, lm_studio_model, openai_list
from workers.doctor.engines import look_around, look_at_host, unnamed
from workers.doctor.findings import Finding, Level

KEY = "STUDIO_KEY"


def one_host(url: str, alias: str = "big", extra: str = "") -> str:
    model = f'[[model]]\nname = "m"\naliases = {{openai = "{alias}"}}\n'
    return f'{model}[[host]]\nname = "studio"\nengine = "{url}"\n{extra}'


def around(server: Emulated) -> list[Finding]:
    return look_around(Fleet(), server.url)


def test_a_server_that_is_found_comes_with_lines_that_can_be_used():
    pages = emulated.lm_studio(lm_studio_model("qwen/qwen3-8b", loaded=True), lm_studio_model("phi", loaded=False))
    with Emulated(pages, unknown=LM_STUDIOS_UNKNOWN) as server:
        found, switches = around(server)
    assert (found.level, found.what) == (Level.NOTE, f"LM Studio runs at {server.url}, with 2 models")
    fleet = parse(tomllib.loads(found.toml), "rookery.toml")
    assert ([model.name for model in fleet.models], fleet.hosts[0].engine) == (
        ["qwen3-8b", "phi"],
        f"lmstudio+{server.url}",
    )
    assert (switches.level, "Auto-Evict" in switches.next_step) == (Level.WARNING, True)


def test_a_server_with_one_model_is_told_with_its_name():
    with Emulated(emulated.ollama("phi4:latest", running="phi4:latest")) as server:
        [found] = around(server)
    assert found.what == f"Ollama runs at {server.url}, with phi4:latest"


def test_a_server_without_a_model_has_no_lines():
    with Emulated(emulated.ollama()) as server:
        found = around(server)[0]
    assert (found.toml, "without a model to talk to" in found.what) == ("", True)


def test_a_server_that_wants_a_key_is_noted():
    with Emulated(emulated.vllm("m"), key="abc") as server:
        [found] = around(server)
    assert (found.level, found.what) == (Level.NOTE, f"{server.url} answers those alone who have its key")


def test_where_nobody_answers_there_is_nothing_to_say(free_port: Callable[[], int]):
    assert look_around(Fleet(), f"http://127.0.0.1:{free_port()}") == []


def test_addresses_that_a_host_has_are_left_to_that_host(told):
    fleet = told(one_host("http://localhost:1234/v1")).fleet
    assert list(unnamed(fleet, ("http://127.0.0.1:1234", "http://127.0.0.1:8000"))) == ["http://127.0.0.1:8000"]


def test_a_host_whose_server_has_its_models_is_well(told):
    with Emulated(emulated.vllm("big")) as server:
        settings = told(one_host(f"vllm+{server.url}"))
        [found] = look_at_host(settings, settings.fleet.hosts[0], {})
    assert found.level is Level.OK
    assert re.fullmatch(rf"host 'studio': vLLM at {server.url} answers in \d+ ms and has big", found.what)


def test_each_host_is_told_with_how_soon_its_server_answers(told, free_port: Callable[[], int]):
    pages = emulated.vllm("big")
    with Emulated(pages, delay_s=0.05) as slow, Emulated(pages) as quick:
        urls = {"slow": slow.url, "quick": quick.url, "dead": f"http://127.0.0.1:{free_port()}"}
        hosts = [f'[[host]]\nname = "{name}"\nengine = "vllm+{url}"\nmodels = ["big"]\n' for name, url in urls.items()]
        settings = told('[[model]]\nname = "big"\naliases = { vllm = "big" }\n' + "".join(hosts))
        began_s = time.monotonic()
        found = {host.name: look_at_host(settings, host, {})[0] for host in settings.fleet.hosts}
        took_ms = (time.monotonic() - began_s) * 1000
    latency_ms = int(re.search(r"answers in (\d+) ms", found["slow"].what)[1])
    assert 50 <= latency_ms <= took_ms
    assert [found[name].level for name in urls] == [Level.OK, Level.OK, Level.PROBLEM]


def test_a_host_that_could_say_which_kind_of_server_it_has_is_told_the_line(told):
    with Emulated(emulated.vllm("big")) as server:
        settings = told(one_host(f"{server.url}/v1"))
        well, found = look_at_host(settings, settings.fleet.hosts[0], {})
    assert (well.level, found.level) == (Level.OK, Level.NOTE)
    assert found.next_step.startswith(f'write engine = "vllm+{server.url}/v1"')


def test_a_host_that_names_another_kind_than_answers_is_a_problem(told):
    with Emulated(emulated.router(big="loaded", autoload=False)) as server:
        settings = told(one_host(f"ollama+{server.url}"))
        _, found = look_at_host(settings, settings.fleet.hosts[0], {})
    assert found.level is Level.PROBLEM
    assert "llama-server (router) answers" in found.what
    assert found.next_step == f'write engine = "router+{server.url}"'


def test_a_host_whose_server_lacks_a_model_is_a_problem_with_those_that_are_there(told):
    with Emulated({"/v1/models": openai_list({"id": "small"}, {"id": "tiny"})}) as server:
        settings = told(one_host(server.url))
        [found] = look_at_host(settings, settings.fleet.hosts[0], {})
    assert found.level is Level.PROBLEM
    assert found.what.endswith("has no big; there are: small, tiny")


def test_a_host_whose_server_does_not_answer_is_a_problem(told, free_port: Callable[[], int]):
    settings = told(one_host(f"http://127.0.0.1:{free_port()}"))
    [found] = look_at_host(settings, settings.fleet.hosts[0], {})
    assert (found.level, "no inference server answers" in found.what) == (Level.PROBLEM, True)


@pytest.mark.parametrize(
    ("extra", "environ", "told_so"),
    [
        ("", {}, "wants a key"),
        (f'api_key_env = "{KEY}"\n', {KEY: "wrong"}, "refuses the key that we have"),
        (f'api_key_env = "{KEY}"\n', {}, f"{KEY} is not set"),
    ],
)
def test_a_host_whose_key_will_not_do_is_a_problem(told, extra: str, environ: dict[str, str], told_so: str):
    with Emulated(emulated.vllm("big"), key="abc") as server:
        settings = told(one_host(server.url, extra=extra))
        [found] = look_at_host(settings, settings.fleet.hosts[0], environ)
    assert (found.level, told_so in found.what) == (Level.PROBLEM, True)
    assert "wrong" not in found.what


def test_a_host_with_the_right_key_is_well(told):
    with Emulated(emulated.vllm("big"), key="abc") as server:
        settings = told(one_host(f"vllm+{server.url}", extra=f'api_key_env = "{KEY}"\n'))
        [found] = look_at_host(settings, settings.fleet.hosts[0], {KEY: "abc"})
    assert found.level is Level.OK
