#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a release is made of, as CycloneDX 1.5: sbom.py OUT.json VERSION REVISION SECONDS

Sources of other projects with their digests from third_party.mk, fitted models from models/provenance.py, libraries and tools
of Debian from debian/control, whose versions are the builder's. Written and judged by CycloneDX's own library
(requirements.txt); the same arguments give the same bytes. SECONDS: Unix time of the revision.
"""
import datetime
import importlib.util
import os
import re
import sys
import uuid

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot5
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
# Licence, and whether its code is in what is installed.
FETCHED = {"kissfft": ("BSD-3-Clause", True), "bearssl": ("MIT", True), "cmocka": ("Apache-2.0", False)}


def text(*names):
    with open(os.path.join(ROOT, *names), encoding="utf-8") as f:
        return f.read()


def fetched():
    rows = re.findall(r"\$\(FETCH\) (\w+) (\S+) \\\n\s+([0-9a-f]{64}) ", text("third_party.mk"))
    if {name for name, _, _ in rows} != set(FETCHED):
        sys.exit(f"sbom: third_party.mk fetches {sorted(name for name, _, _ in rows)}, of which not each has its licence here")
    for name, archive, digest in rows:
        licence, inside = FETCHED[name]
        version = re.fullmatch(rf"{name}_(.+)\.orig\.tar\.\w+", archive).group(1)
        yield Component(name=name, version=version, type=ComponentType.LIBRARY, bom_ref=f"fetched/{name}", licenses=[DisjunctiveLicense(id=licence)],
                        scope=ComponentScope.REQUIRED if inside else ComponentScope.EXCLUDED,
                        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)], properties=[Property(name="undertone:archive", value=archive)],
                        purl=PackageURL("deb", "debian", name, version, {"arch": "source"}))


def models():
    spec = importlib.util.spec_from_file_location("provenance", os.path.join(ROOT, "models", "provenance.py"))
    provenance = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(provenance)
    for name in provenance.models():
        licences = sorted({licence for sources in provenance.fitted(name).values() for _, licence in sources or []})
        yield Component(name=name, version=provenance.crc32(name), type=ComponentType.MACHINE_LEARNING_MODEL, bom_ref=f"model/{name}",
                        description=provenance.use(name), properties=[Property(name="undertone:fitted-to", value=x) for x in licences])


def debian():
    for name in re.findall(r"^ ([a-z0-9][a-z0-9+.-]+),?$", text("host-tools/package/debian/control").split("Standards-Version")[0], re.M):
        library = name.endswith("-dev") or name.startswith("picolibc")  # what is linked, on one machine or the other
        yield Component(name=name, type=ComponentType.LIBRARY if library else ComponentType.APPLICATION, bom_ref=f"debian/{name}",
                        scope=ComponentScope.REQUIRED if library else ComponentScope.EXCLUDED, purl=PackageURL("deb", "debian", name))


def main(words):
    if len(words) != 4 or not words[3].isdigit():
        sys.exit(__doc__.split("\n\n", maxsplit=1)[0])
    out, version, revision, seconds = words
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"undertone {version} {revision}"))
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    bom.metadata.component = Component(name="undertone", version=version, type=ComponentType.APPLICATION, bom_ref="undertone",
                                       licenses=[DisjunctiveLicense(id="Apache-2.0")], properties=[Property(name="undertone:revision", value=revision)])
    parts = [*fetched(), *models(), *debian()]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(bom.metadata.component, parts)
    made = JsonV1Dot5(bom).output_as_string(indent=2)
    problem = JsonStrictValidator(SchemaVersion.V1_5).validate_str(made)
    if problem is not None:
        sys.exit(f"sbom: not CycloneDX 1.5: {problem}")
    with open(out, "w", encoding="utf-8") as f:
        f.write(made + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
