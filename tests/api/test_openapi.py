#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The files that describe the HTTP of desk and floor, by OpenAPI's own validator; that it would notice. What they say of the
programs is held against these in tests/host-tools/desk/test_openapi.py and tests/host-tools/serve/test_floor_openapi.py."""
import json
import os

import openapi_spec_validator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from referencing.exceptions import Unresolvable

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
passed = failed = 0


def check(what, holds, seen=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print(f"FAILED: {what}: {seen}"[:600])


def fault(api):
    try:
        openapi_spec_validator.validate(api)
    except (OpenAPIValidationError, Unresolvable) as wrong:
        return str(wrong)[:300] or "wrong"
    return None


for name in ("desk", "serve"):
    with open(os.path.join(ROOT, "host-tools", name, "openapi.json"), encoding="utf-8") as f:
        text = f.read()
    check(f"{name}: nothing to say", fault(json.loads(text)) is None, fault(json.loads(text)))
    for what, before, after in (("a place of no request", '"paths": {\n', '"paths": {"no/slash": {},\n'), ("another member", '"paths": {\n', '"path": {}, "paths": {\n'),
                                ("a reference to nothing", "#/components/schemas/", "#/components/schemas/No"), ("an answer of no words", '"description":', '"descriptions":')):
        check(f"{name}: there is such a place for {what}", before in text)
        check(f"{name}: {what} is noticed", fault(json.loads(text.replace(before, after, 1))) is not None)
print(f"{passed} passed, {failed} failed")
raise SystemExit(failed != 0)
