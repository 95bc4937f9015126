#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# What Python's email package shows of mails: reads their names from standard
# input, and prints of each the name, a tab, and which of its two ways of reading
# give the file that is looked for ($1 in hex), also within a ZIP file.
import email
import email.policy
import io
import sys
import zipfile

wanted = bytes.fromhex(sys.argv[1])


def shows(data):
    if wanted in data:
        return True
    if b'PK\3\4' not in data:
        return False
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        return any(wanted in archive.read(name) for name in archive.namelist())
    except Exception:
        return False


def payloads(message):
    for part in message.walk():
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True)
        yield payload or b''
        if hasattr(part, 'get_content'):
            content = part.get_content()
            yield content if isinstance(content, bytes) else str(content).encode('latin-1', 'replace')


def finds(raw, policy):
    try:
        return any(shows(data) for data in payloads(email.message_from_bytes(raw, policy=policy)))
    except Exception:
        return False


for line in sys.stdin:
    name = line.rstrip('\n')
    with open(name, 'rb') as file:
        raw = file.read()
    found = [label for label, policy in (('python-compat32', email.policy.compat32),
                                         ('python-default', email.policy.default)) if finds(raw, policy)]
    print(name, ' '.join(found), sep='\t')
