"""What counts as a host name, a path of a proxy and a network."""

import pytest

from polymuse.errors import UserError
from polymuse.settings import load_settings
from polymuse.web_addresses import allowed_host, host_name, normal_root_path, proxy_network


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Music.example.org", "music.example.org"),
        ("music.example.org:8443", "music.example.org"),
        ("music.example.org.", "music.example.org"),
        ("[::1]:8765", "::1"),
        ("[FE80::1]", "fe80::1"),
        ("::1", ""),  # not a valid header
        ("", ""),
        ("127.0.0.1:evil.example", ""),
        ("localhost:80 evil.example", ""),
        ("localhost:80:80", ""),
        ("localhost:٨٠", ""),
        ("localhost, evil.example", ""),
        ("user@localhost", ""),
        ("localhost..", ""),
        ("[::1]evil.example", ""),
        ("[::1]:evil.example", ""),
        ("[::1", ""),
        ("[evil.example]", ""),
    ],
)
def test_the_name_in_a_header(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("NAS", "nas"),
        ("nas.local:8765", "nas.local"),
        ("::1", "::1"),
        ("[::1]:80", "::1"),
        ("192.168.1.4",) * 2,
    ],
)
def test_hosts_may_be_allowed_as_people_write_them(host: str, name: str) -> None:
    assert allowed_host(host) == name


@pytest.mark.parametrize("host", ["https://music.example.org", "*", "*.example.org", "music.example.org/music", "a b"])
def test_what_is_no_host_name_is_refused(host: str) -> None:
    with pytest.raises(UserError, match=r"allowed_hosts.*music\.example\.org"):
        load_settings(allowed_hosts=(host,))


@pytest.mark.parametrize(
    ("path", "normal"),
    [("", ""), ("/", ""), ("/music", "/music"), ("music/", "/music"), ("/apps/poly-muse/", "/apps/poly-muse")],
)
def test_paths_are_normalised(path: str, normal: str) -> None:
    assert normal_root_path(path) == normal
    assert load_settings(root_path=path).root_path == normal


@pytest.mark.parametrize(
    "path",
    ["/..", "/a/../b", "/a//b", "/mu sic", "/é", "https://example.org", "/a?b", "/v1", "/web/a", "/" + "a" * 200],
)
def test_paths_that_mislead_are_refused(path: str) -> None:
    with pytest.raises(UserError, match=r"root_path.*/music"):
        load_settings(root_path=path)


def test_networks() -> None:
    assert proxy_network("172.17.0.1") == "172.17.0.1"
    assert proxy_network("172.17.0.1/12") == "172.16.0.0/12"
    assert load_settings().trusted_proxies == ("127.0.0.1", "::1")
    with pytest.raises(UserError, match=r"trusted_proxies.*172\.16\.0\.0/12"):
        load_settings(trusted_proxies="traefik")
