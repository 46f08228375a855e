"""The job: the requests and answers of the vendor's create page, and what a right unified answer holds.

`bodies/native-request.json` and `bodies/native-answer.json` are the first create example of Productive's time entries
page, member for member.
"""

import json
import pathlib
import re

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent

CONNECTION = "bench-productive"
ORGANIZATION = "2055"
USER = "8160"
UNIFIED_PATH = f"/v1/{CONNECTION}/time-entries"
NATIVE_PATH = "/api/v2/time_entries"
# What the plugin has no operation for, so that the proxy passes it unread.
UNREAD_PATH = "/api/v2/time_reports"
NATIVE_TYPE = "application/vnd.api+json"


def _compact(name):
    document = json.loads((BENCHMARKS / "bodies" / name).read_text())
    return json.dumps(document, separators=(",", ":")).encode()


NATIVE_REQUEST = _compact("native-request.json")
NATIVE_ANSWER = _compact("native-answer.json")
_ID = b'"id":"227"'
# A vendor gives every entry an id of its own, each behind the one before; what follows the page's tells the answers apart.
_OTHER_ID = re.compile(rb'"id":"227-[0-9.-]+"')


def answer_numbered(number):
    """The vendor's answer with an id that ends so."""
    return NATIVE_ANSWER.replace(_ID, b'"id":"227-%s"' % str(number).encode(), 1)


# As nginx writes it: it counts for each connection only, so the time comes first.
NGINX_NUMBER = "$msec-$connection-$connection_requests"


def with_the_pages_id(data):
    """An answer, whatever the number of its id."""
    return _OTHER_ID.sub(_ID, data)


UNIFIED_REQUEST = _compact("unified-request.json")

_ENTRY = {
    "id": "227",
    "connection": CONNECTION,
    "vendor": "productive",
    "work_date": "2016-10-01",
    "duration_seconds": 28800,
    "note": "test note",
    "billable_seconds": 28800,
    "tracked_by": "manual",
    "created_at": "2025-08-01T06:18:43.688+02:00",
    "updated_at": "2025-08-01T06:18:43.688+02:00",
    "user.id": USER,
    "subjects.service.id": "1192",
    "subjects.task.id": "444",
    "approval.state": "unapproved",
}
_VENDOR_ONLY = {"overhead": True, "last_activity_at": "2025-08-01T06:18:43.688+02:00"}
_ECHOED = ("user", "subjects.service", "subjects.task")


def parse(data):
    """A JSON document, with a member name that comes twice refused."""

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise ValueError(f"a member comes twice in {names}")
        return dict(pairs)

    return json.loads(data, object_pairs_hook=unique)


def faults_of_unified_answer(data):
    """What is wrong with the body of a unified answer, one sentence each; empty if it is right."""
    try:
        document = parse(with_the_pages_id(data))
        entry, mapping = document["data"], document["mapping"]
    except (ValueError, KeyError, TypeError) as error:
        return [f"not a unified answer with data and mapping: {error!r}"]
    faults = []
    for path, expected in _ENTRY.items():
        found = _at(entry, path)
        if found != expected or type(found) is not type(expected):
            faults.append(f"data.{path} is {found!r}, not {expected!r}")
    vendor_fields = entry.get("vendor_fields")
    for name, expected in _VENDOR_ONLY.items():
        if _find(vendor_fields, name) != expected:
            faults.append(f"data.vendor_fields does not hold {name} = {expected!r}")
    if "money" in entry or _find(vendor_fields, "cost") is not None:
        faults.append("money was not asked for and is in the answer")
    completeness = entry.get("completeness")
    if completeness != "partial" and not (isinstance(completeness, dict) and "partial" in completeness.values()):
        faults.append(f"data.completeness is {completeness!r}, not 'partial'")
    echoed = mapping.get("echoed") if isinstance(mapping, dict) else None
    fields = [item.get("field", "") for item in echoed or [] if isinstance(item, dict)]
    for member in _ECHOED:
        if not any(field == member or field.startswith(member + ".") for field in fields):
            faults.append(f"mapping.echoed does not name {member}")
    return faults


def faults_of_native_answer(data):
    return [] if with_the_pages_id(data) == NATIVE_ANSWER else ["the answer is not the vendor's, byte for byte"]


def refused_requests():
    """Unified bodies that must be refused with 422, and what each shows."""
    entry = json.loads(UNIFIED_REQUEST)
    unknown = dict(entry, durations_seconds=1)
    missing = dict(entry, subjects={"task": {"id": "444"}})
    bad_type = dict(entry, duration_seconds="28800")
    bad_date = dict(entry, work_date="2016-02-30")
    cases = {
        "an unknown member": unknown,
        "a required subject missing": missing,
        "a duration that is a string": bad_type,
        "a day that does not exist": bad_date,
    }
    return {name: json.dumps(body).encode() for name, body in cases.items()}


def _at(value, path):
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _find(value, name):
    """The first member of that name at any depth (also the last part of a dotted name)."""
    if not isinstance(value, dict):
        return None
    for key, found in value.items():
        if key == name or key.endswith("." + name):
            return found
    for found in value.values():
        inner = _find(found, name)
        if inner is not None:
            return inner
    return None
