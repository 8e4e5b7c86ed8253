"""Where the gate may listen, and what it passes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import redis

from tasks.contracts import roles
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import load
from tests.workers.fleet.lodge import OUTSIDE, Lodge
from workers.fleet import certificate, gate, inviting, joining
from workers.fleet.invitation import read


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("10.0.0.1", True),
        ("192.168.1.4", True),
        ("172.16.0.1", True),
        ("100.100.2.3", True),
        ("fd00::1", True),
        ("127.0.0.2", True),
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("example.org", False),
    ],
)
def test_private_networks_are_known(host: str, private: bool) -> None:
    assert gate.is_private(host) is private


def test_without_openssl_nothing_listens_in_the_open(monkeypatch: pytest.MonkeyPatch) -> None:
    gate.refuse_in_the_open("8.8.8.8")
    monkeypatch.setattr(certificate, "can_be_made", lambda: False)
    gate.refuse_in_the_open("10.0.0.1")
    with pytest.raises(ConfigurationError, match="readable on its way"):
        gate.refuse_in_the_open("8.8.8.8")


def test_everywhere_means_no_loopback() -> None:
    assert not [each for each in gate.addresses("0.0.0.0") if each.startswith("127.")]
    assert gate.addresses("10.1.2.3") == ["10.1.2.3"]


def test_a_certificate_is_made_once(tmp_path: Path) -> None:
    made, key = certificate.ensure(tmp_path)
    before = made.read_text()
    assert certificate.ensure(tmp_path)[0].read_text() == before
    assert len(certificate.fingerprint(before)) == 64
    assert key.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["gate.key", "gate.pem"]


def test_much_goes_through_by_many_at_once(lodge: Lodge) -> None:
    secret = roles.secrets_in(lodge.users.folder)[roles.HOST]
    url = f"rediss://host:{secret}@{OUTSIDE}:{lodge.outside_port}/0?ssl_check_hostname=false&ssl_ca_certs="
    url += str(lodge.users.folder / certificate.CERTIFICATE)
    wrong: list[str] = []

    def talk(number: int) -> None:
        value = f"{number} " * 200_000
        with redis.Redis.from_url(url, decode_responses=True) as client:
            client.set(f"rookery:big:{number}", value)
            if client.getdel(f"rookery:big:{number}") != value:
                wrong.append(str(number))

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_without_openssl_machines_of_a_private_network_join_and_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, second = Lodge(tmp_path / "owner", PATH=str(tmp_path)), tmp_path / "second"
    second.mkdir()
    monkeypatch.chdir(second)
    said: list[str] = []
    with plain.open():
        store = plain.store()
        word = inviting.invite(plain.settings(), store, "studio", 60)
        joined = joining.join(read(word), load(None, {}), said.append)
        store.close()
        assert joined.url.startswith("redis://machine.studio:")
        with redis.Redis.from_url(joined.url) as client:
            assert client.ping()
    assert "NOT encrypted" in said[0]
    monkeypatch.setattr(certificate, "can_be_made", lambda: False)
    assert "keep to a VPN" in gate.cautions()[0]


def test_a_gate_that_is_closed_is_told(lodge: Lodge) -> None:
    lodge.file.write_text(lodge.told("").replace("listen", "#listen"))
    with pytest.raises(ConfigurationError, match="no gate to open") as caught:
        lodge.command.invoke("run", "gate")
    assert "rookery up --listen" in caught.value.next_step


def test_an_address_of_another_machine_is_told(lodge: Lodge) -> None:
    folder = lodge.users.folder
    with pytest.raises(ConfigurationError, match=r"cannot be opened at 192\.0\.2\.7"):
        gate.open_gate(folder, ("192.0.2.7", lodge.outside_port), lodge.port)
