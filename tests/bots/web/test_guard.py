from __future__ import annotations

import socket

import pytest

from bots.web.guard import is_loopback, is_ours, refusal

HOME = "127.0.0.1"
ALL = "0.0.0.0"


@pytest.mark.parametrize(
    ("name", "bind", "ours"),
    [
        ("localhost", HOME, True),
        ("127.0.0.1", HOME, True),
        ("::1", HOME, True),
        ("localhost", "192.168.1.7", True),
        ("192.168.1.7", "192.168.1.7", True),
        ("studio.lan", "Studio.lan", True),
        ("192.168.1.7", HOME, False),
        ("evil.example", HOME, False),
        ("127.0.0.1.evil.example", HOME, False),
        ("", HOME, False),
        ("192.168.1.7", ALL, True),  # no DNS can point an address elsewhere
        ("fe80::1", "::", True),
        ("evil.example", ALL, False),
        (socket.gethostname().lower(), ALL, True),
        (f"{socket.gethostname().lower()}.evil.example", ALL, False),
    ],
)
def test_only_names_of_this_server_are_heard(name: str, bind: str, ours: bool) -> None:
    assert is_ours(name, bind) is ours


@pytest.mark.parametrize(
    ("method", "headers", "heard"),
    [
        ("GET", {"host": "localhost:8080"}, True),
        ("POST", {"host": "localhost:8080"}, True),  # curl, and every program that is not a browser
        ("POST", {"host": "localhost:8080", "origin": "http://localhost:8080"}, True),
        ("POST", {"host": "localhost", "origin": "https://localhost"}, True),  # behind a proxy that ends TLS
        ("POST", {"host": "[::1]:8080", "origin": "http://[::1]:8080", "sec-fetch-site": "same-origin"}, True),
        ("GET", {"host": "localhost:8080", "sec-fetch-site": "cross-site"}, True),  # a link to the page
        ("GET", {"host": "localhost:8080", "origin": "http://localhost:3000"}, False),
        ("POST", {"host": "localhost:8080", "origin": "http://localhost:3000"}, False),
        ("POST", {"host": "localhost:8080", "origin": "null"}, False),
        ("POST", {"host": "localhost:8080", "origin": "file://localhost:8080"}, False),
        ("POST", {"host": "localhost:8080", "origin": ""}, False),
        ("DELETE", {"host": "localhost:8080", "sec-fetch-site": "cross-site"}, False),
        ("GET", {"host": "evil.example:8080"}, False),
        ("GET", {"host": "[localhost"}, False),
        ("GET", {}, False),
    ],
)
def test_requests_that_another_site_had_a_hand_in_are_refused(
    method: str, headers: dict[str, str], heard: bool
) -> None:
    refused = refusal(method, headers, HOME)
    assert (refused is None) is heard
    assert heard or (refused and refused.next_step)


def test_a_name_that_the_settings_give_is_heard_whatever_its_case() -> None:
    for host, heard in (("rookery.example.org", True), ("ROOKERY.example.org:443", True), ("example.org", False)):
        assert (refusal("GET", {"host": host}, HOME, ["Rookery.Example.org"]) is None) is heard


@pytest.mark.parametrize(
    ("authorization", "heard"),
    [("Bearer rk_abc", True), ("bearer rk_abc", True), ("Bearer sk-abc", False), ("Basic rk_abc", False), ("", False)],
)
def test_who_shows_a_key_of_ours_was_led_here_by_no_page(authorization: str, heard: bool) -> None:
    headers = {"host": "tunnel.example:8080", "authorization": authorization}
    assert (refusal("POST", headers, HOME) is None) is heard
    assert refusal("POST", {**headers, "origin": "https://evil.example"}, HOME) is not None


@pytest.mark.parametrize(
    ("bind", "alone"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.8.8.8", True), (ALL, False), ("studio.lan", False)],
)
def test_an_address_of_loopback_is_reached_by_this_machine_alone(bind: str, alone: bool) -> None:
    assert is_loopback(bind) is alone
