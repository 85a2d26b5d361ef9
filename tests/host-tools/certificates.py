# SPDX-License-Identifier: Apache-2.0
"""Certificates that tests make by openssl: good ones, and those that have expired or are not valid yet."""
import os
import subprocess

from tool import path, write


def openssl(*words):
    done = subprocess.run(["openssl", *words], cwd=path(""), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def certificate(name, first="20200101000000Z", last="21000101000000Z", ca=None):
    """NAME.crt and NAME.key; an authority of its own, or signed by one."""
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", f"basicConstraints=CA:{'FALSE' if ca else 'TRUE'}")
    for file, text in ((f"{name}.idx", ""), (f"{name}.ca", f"[ca]\ndefault_ca=a\n[a]\ndatabase={name}.idx\nnew_certs_dir=.\nrand_serial=yes\n"
                                             "default_md=sha256\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n[p]\ncommonName=supplied\n")):
        write(file, text)
    signer = ["-cert", f"{ca}.crt", "-keyfile", f"{ca}.key"] if ca else ["-selfsign", "-keyfile", f"{name}.key"]
    openssl("ca", "-batch", "-notext", "-config", f"{name}.ca", "-in", f"{name}.csr", "-out", f"{name}.crt", "-startdate", first,
            "-enddate", last, *signer)
    os.chmod(path(f"{name}.key"), 0o600)
