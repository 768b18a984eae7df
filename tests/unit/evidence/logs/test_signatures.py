# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of signatures: each row has a sample that it takes, and where rows compete the order decides."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.signatures import (
    TABLE,
    compact,
    host_of,
    load_signatures,
)
from support.log_samples import CLASSES, TLS, classes, of_class, read, softdist

ROWS = {row.name: row for row in load_signatures().rows}


def test_the_table_has_the_form_of_its_schema_and_names_its_sources():
    schema = json.loads((TABLE.parent / "schemas" / "signatures.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    table = yaml.safe_load(TABLE.read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(table)
    assert {row["source"] for row in (*table["signatures"], *table["final"])} == set(table["sources"])
    names = [row["class"] for row in table["signatures"]]
    assert len(names) == len(set(names))


def test_every_row_has_a_sample():
    assert set(CLASSES) == set(ROWS) - {"service_started"}
    assert {name for name, row in ROWS.items() if row.tls} == TLS


@pytest.mark.parametrize("name", CLASSES)
def test_sample_has_its_class_and_no_other(name):
    event, *others = read(of_class(name))["events"]
    assert not others
    assert (event["class"], event["tls"], event["count"]) == (name, name in TLS, 1)
    assert event["meaning"] == ROWS[name].meaning and event["message"]


@pytest.mark.parametrize("name", CLASSES)
def test_no_earlier_row_takes_the_sample_and_the_quick_question_lets_it_pass(name):
    small = compact(" ".join(CLASSES[name]))
    matching = [row.name for row in load_signatures().matching(small)]
    assert load_signatures().may_match(small) and matching[0] == name == load_signatures().first(small).name


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_alternative_of_a_row_is_reached(row):
    for texts in row.alternatives:
        found = load_signatures().first("x".join(texts))
        assert found is not None
        # An earlier row may be the more special one, never an unrelated one.
        assert found is row or (found.name, row.name) in {
            ("catalog_import", "tls_no_common_algorithm"),
            ("content_download", "http_5xx"),
        }


@pytest.mark.parametrize(
    ("first", "others"),
    [
        ("hmt_web_services", {"unable_to_connect"}),
        ("content_download", {"http_5xx"}),
        ("soap_fe2", {"soap_fault"}),
        ("tls_reset", {"connection_closed"}),
        ("auth_closed", {"connection_closed"}),
        ("trust", {"trust_detail"}),
        ("connect_timeout", {"unable_to_connect"}),
        ("refused", {"unable_to_connect"}),
        ("catalog_import", {"connection_closed", "catalog_import_other"}),
        ("eula", {"sync_failed"}),
    ],
)
def test_the_more_special_row_comes_first(first, others):
    matching = [row.name for row in load_signatures().matching(compact(" ".join(CLASSES[first])))]
    assert matching[0] == first and others <= set(matching[1:])


def test_health_checks_and_content_signatures_are_not_about_tls():
    local = softdist("HmtWebServices.CheckDssAuthWebService", "An unexpected error occurred on a send. " * 2)
    cab = softdist(
        "CabUtilities.CheckCertificateSignature",
        "File cert verification failed for x.cab with 2148204809: Could not establish trust relationship for the "
        "SSL/TLS secure channel",
    )
    assert classes(read(local, cab)) == ["hmt_web_services", "cab_signature"]
    assert not any(event["tls"] for event in read(local, cab)["events"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EventId=3841,Type=Information", None),
        ("Processed 407 updates, (407) of them new", None),
        ("Processed (503) rows of status 503", None),
        ("USS ThrowException: Actor = https://fe2.update.microsoft.com.example.net/a.asmx,", "soap_fault"),
        ("USS ThrowException: Actor = https://sws1.update.microsoft.com/a.asmx,", "soap_fault"),
        ("forcibly closed by the remote host before: An unexpected error occurred on a send.", "connection_closed"),
        ("an UNEXPECTED error OCCURRED on a SEND, then FORCIBLY closed by the REMOTE host", "tls_reset"),
        ("HTTP status 5031", None),
    ],
)
def test_what_only_looks_alike(text, expected):
    found = load_signatures().first(compact(text))
    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Actor = https://FE2.update.microsoft.com/v6/a.asmx, Method = x", "fe2.update.microsoft.com"),
        ("Actor = https://fe2.update.micro\nsoft.com/v6/a.asmx", "fe2.update.microsoft.com"),
        ("name could not be resolved: 'sws.example.net'", "sws.example.net"),
        ("name could not be resolved: \u2018sws.example.net\u2019", "sws.example.net"),
        ("secure channel with authority 'sws.example.net:443'.", "sws.example.net"),
        ("could not reach https://sws.example.net:8531 in time", "sws.example.net"),
        ('Method = "http://www.microsoft.com/SoftwareDistribution/GetConfig"', None),
        ("failed to respond 192.0.2.77:443", "192.0.2.77"),
        ("version 10.0.20348.2849", None),
        ("nothing", None),
    ],
)
def test_host(text, host):
    assert host_of(text, compact(text)) == host


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("found Exception was WebException. Action: Retry. Exception", False),
        ("but Retry Limit Exceeded. Action: No Retry, Fail. Exception", True),
        ("Sync failed. Will retry in 60 minutes", True),
        ("EventId=386,Type=Error", True),
        ("something else", None),
    ],
)
def test_retry_or_final(text, final):
    assert load_signatures().final(compact(text)) is final
