"""The correctness phase: what the caller gets, what the upstream gets, and what is refused before it."""

import re
import time

from . import job
from .failure import Failure
from .job import with_the_pages_id


def verify(party, recorder, token, key):
    """Checks a party against the recording upstream, and notes what its right answer is. Fails on the first fault."""
    _wait_until_enabled(party)
    recorder.taken()
    answers = party.post(count=2)
    requests = recorder.taken()
    for answer in answers:
        _check_answer(party, answer)
    if len(requests) != len(answers):
        raise Failure(f"{party.name}: {len(answers)} calls made {len(requests)} requests upstream.")
    for request in requests:
        _check_upstream(party, request, token, key)
    party.expected = with_the_pages_id(answers[0].body)
    party.is_exact = party.expected == with_the_pages_id(answers[1].body)
    party.upstream_length = len(requests[0].body)
    if party.is_unified:
        _check_refusals(party, recorder)


def verify_again(party):
    """One call through the fast upstream: the answer must be the one that was found right before."""
    answer = party.post()[0]
    _check_answer(party, answer)
    if party.is_exact and with_the_pages_id(answer.body) != party.expected:
        raise Failure(f"{party.name}: the answer through the fast upstream differs: {answer.body[:500]!r}")


def _wait_until_enabled(party):
    deadline = time.monotonic() + 15
    while (answer := party.post()[0]).status == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    if answer.status == 503:
        raise Failure(f"{party.name} answers 503: {answer.body[:500]!r}")


def _check_answer(party, answer):
    faults = []
    if answer.status != 201:
        faults.append(f"the status is {answer.status}, not 201: {answer.body[:500]!r}")
    else:
        check = job.faults_of_unified_answer if party.is_unified else job.faults_of_native_answer
        faults += check(answer.body)
        if party.is_unified:
            content_type = answer.headers.get("content-type", "")
            if content_type.partition(";")[0] != "application/json":
                faults.append(f"Content-Type is {content_type!r}")
            location = answer.headers.get("location", "")
            if not re.search(re.escape(job.UNIFIED_PATH) + r"/227(-[0-9.-]+)?$", location):
                faults.append(f"Location is {location!r}")
    _fail_if(party, "its answer", faults)


def _check_upstream(party, request, token, key):
    faults = []
    if (request.method, request.target) != ("POST", party.upstream_path):
        faults.append(f"it is {request.method} {request.target}")
    expected = {
        "X-Auth-Token": token,
        "X-Organization-Id": job.ORGANIZATION,
        "Content-Type": job.NATIVE_TYPE,
        "Content-Length": str(len(request.body)),
    }
    for name, value in expected.items():
        if request.header(name) != value:
            faults.append(f"{name} is {request.header(name)!r}, not {value!r}")
    if any(key in value for _, value in request.headers):
        faults.append("it carries the gateway's own key")
    try:
        if job.parse(request.body) != job.parse(job.NATIVE_REQUEST):
            faults.append(f"its body is not the page's: {request.body[:500]!r}")
    except ValueError as error:
        faults.append(f"its body is not JSON: {error}")
    _fail_if(party, "its request upstream", faults)


def _check_refusals(party, recorder):
    faults = []
    wrong_key = dict(party.headers, Authorization="Bearer not-a-key")
    if (status := party.post(headers=wrong_key)[0].status) != 401:
        faults.append(f"a wrong key got {status}, not 401")
    for what, body in job.refused_requests().items():
        if (status := party.post(body=body)[0].status) != 422:
            faults.append(f"{what} got {status}, not 422")
    if recorder.taken():
        faults.append("a refused call made a request upstream")
    _fail_if(party, "what it refuses", faults)
    party.features.update({"key check": "on", "validation": "on", "mapping report": "on"})


def _fail_if(party, what, faults):
    if faults:
        raise Failure("\n  ".join([f"{party.name}: {what} is wrong:", *faults]))
