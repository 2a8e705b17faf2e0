"""LDAP against a real OpenLDAP server on loopback (package slapd), by TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from desk import PAGE, Browser

from dashboards.signin import directory
from pipeline import accounts
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.sign_in_settings import load_sign_in

SLAPD = shutil.which("slapd") or shutil.which("/usr/sbin/slapd")
pytestmark = [
    pytest.mark.skipif(SLAPD is None, reason="no slapd: apt-get install slapd"),
    # ldap3 itself asks for the host name by the old function, where Python still has it
    pytest.mark.filterwarnings("ignore:ssl.match_hostname:DeprecationWarning"),
]
SCHEMAS = ("core", "cosine", "inetorgperson")
PEOPLE = """\
dn: dc=bank,dc=cn
objectClass: domain
dc: bank

dn: ou=people,dc=bank,dc=cn
objectClass: organizationalUnit
ou: people

dn: uid=lidong,ou=people,dc=bank,dc=cn
objectClass: inetOrgPerson
uid: lidong
cn: 李东
sn: 李
departmentNumber: 01010101
employeeType: outlet-head
employeeType: staff
userPassword: Shuanglong-88

dn: uid=zhaoliu,ou=people,dc=bank,dc=cn
objectClass: inetOrgPerson
uid: zhaoliu
cn: 赵柳
sn: 赵
employeeType: staff
userPassword: Shuanglong-88
"""
SETTINGS = """
ldap:
  url: {url}
  security: {security}
  ca_file: ca.pem
  bind_dn: cn=admin,dc=bank,dc=cn
  bind_password_file: ldap-password
  base: ou=people,dc=bank,dc=cn
  rules: [{{claim: employeeType, value: outlet-head, role: branch, node_claim: departmentNumber}}]
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, Path]]:
    """Ports of the server, without and with TLS, and the certificate of its authority."""
    place = tmp_path_factory.mktemp("slapd")
    (place / "data").mkdir()
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(place / "ca.pem")
    own.private_key_pem.write_to_path(place / "key.pem")
    own.cert_chain_pems[0].write_to_path(place / "cert.pem")
    lines = [f"include /etc/ldap/schema/{s}.schema" for s in SCHEMAS]
    lines += ["modulepath /usr/lib/ldap", "moduleload back_mdb"]
    lines += [f"TLSCertificateFile {place}/cert.pem", f"TLSCertificateKeyFile {place}/key.pem"]
    lines += ["database mdb", 'suffix "dc=bank,dc=cn"', 'rootdn "cn=admin,dc=bank,dc=cn"']
    lines += ["rootpw geheim", f"directory {place}/data"]
    (place / "slapd.conf").write_text("\n".join(lines) + "\n", "utf-8")
    (place / "people.ldif").write_text(PEOPLE, "utf-8")
    plain, tls = _free_port(), _free_port()
    told = [str(SLAPD), "-f", str(place / "slapd.conf")]
    subprocess.run(
        [*told[:1], "-T", "add", *told[1:], "-l", str(place / "people.ldif")],
        check=True, capture_output=True,
    )  # fmt: skip
    at = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{tls}"
    server = subprocess.Popen([*told, "-h", at, "-d", "0"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", tls), 1).close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        yield plain, tls, place / "ca.pem"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def bank(office: DataFolder, slapd: tuple[int, int, Path]) -> DataFolder:
    return _settings(office, slapd, f"ldaps://127.0.0.1:{slapd[1]}", "tls")


def _settings(
    office: DataFolder, slapd: tuple[int, int, Path], url: str, security: str
) -> DataFolder:
    shutil.copy(slapd[2], office.root / "ca.pem")
    secret = office.root / "ldap-password"
    secret.write_text("geheim", "utf-8")
    secret.chmod(0o600)
    kept = office.sign_in.read_text("utf-8").split("\nldap:")[0]
    office.sign_in.write_text(kept + SETTINGS.format(url=url, security=security), "utf-8")
    return office


def test_a_person_of_the_directory_signs_in_with_the_node_it_names(bank: DataFolder) -> None:
    """`lidong` is a local account too: that one goes first, so it is another person here."""
    accounts.disable(bank, "lidong", "sys")
    person = directory.found(bank, load_sign_in(bank).ldap, "LiDong", "Shuanglong-88")  # type: ignore[arg-type]
    assert person is not None and (person.id, person.name) == ("lidong", "李东")
    refused = Browser().sign_in("zhaoliu", "Shuanglong-88")
    assert refused.status == 403 and "还没有本系统的角色" in refused.text
    assert Browser().sign_in("lidong", "Shuanglong-88").status == 401  # the local one is closed


def test_whom_the_directory_knows_sees_the_own_branch(bank: DataFolder) -> None:
    with_uid = bank.sign_in.read_text("utf-8") + "  filter: (|(uid={account})(cn={account}))\n"
    bank.sign_in.write_text(with_uid, "utf-8")
    browser = Browser()
    assert browser.sign_in("李东", "Shuanglong-88").status == 303
    assert browser.ask("/league", **PAGE).status == 200
    (made,) = [a for a in accounts.listed(bank) if a.source == "ldap"]
    assert (made.id, made.name, made.role) == ("ldap:lidong", "李东", None)


@pytest.mark.parametrize("word", ["", "falsch", "geheim", "Shuanglong-88 "])
def test_a_wrong_or_empty_password_is_nobody(bank: DataFolder, word: str) -> None:
    assert directory.found(bank, load_sign_in(bank).ldap, "lidong", word) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["*", "lidong*", "x)(uid=*", "lidong)(cn=*", "\\2a", "a\x00b"])
def test_what_is_typed_is_no_filter(bank: DataFolder, typed: str) -> None:
    assert directory.found(bank, load_sign_in(bank).ldap, typed, "Shuanglong-88") is None  # type: ignore[arg-type]


def test_start_tls_and_a_certificate_that_is_not_the_server_s(
    office: DataFolder, slapd: tuple[int, int, Path]
) -> None:
    plain = f"ldap://127.0.0.1:{slapd[0]}"
    _settings(office, slapd, plain, "starttls")
    settings = load_sign_in(office).ldap
    assert settings is not None
    assert directory.found(office, settings, "lidong", "Shuanglong-88") is not None
    trustme.CA().cert_pem.write_to_path(office.root / "ca.pem")
    with pytest.raises(Fault) as away:
        directory.found(office, settings, "lidong", "Shuanglong-88")
    assert away.value.status == 4
    assert Browser().sign_in("someone", "Shuanglong-88").status == 503
