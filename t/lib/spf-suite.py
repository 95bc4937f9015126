#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# The RFC 7208 test suite (YAML) as cases for t/4300-spf.c, on standard output.
import sys
import yaml

TYPES = ['A', 'AAAA', 'MX', 'PTR', 'TXT']


def quoted(text):
    data = text.encode('latin-1', 'surrogateescape')
    pieces = [data[i:i + 250] for i in range(0, len(data), 250)] or [b'']
    return ' '.join('"' + ''.join(
        chr(c) if 32 <= c < 127 and chr(c) not in '"\\' else '\\x%02x' % c
        for c in piece) + '"' for piece in pieces)


def text_of(value):
    return ''.join(value) if isinstance(value, list) else value


def zone_of(zonedata):
    for name, records in zonedata.items():
        late = 'TIMEOUT' in records
        pairs = [(kind, value) for record in records if isinstance(record, dict)
                 for kind, value in record.items()]
        # A record of type SPF stands for one of type TXT, too.
        if not any(kind == 'TXT' for kind, _ in pairs):
            pairs += [('TXT', value) for kind, value in pairs if kind == 'SPF']
        there = set()
        for kind, value in pairs:
            if kind == 'SPF' or value == 'NONE':
                continue
            there.add(kind)
            if kind == 'MX':
                value = '%d %s' % (value[0], value[1] or '.')
            elif kind == 'TXT':
                value = quoted(text_of(value))
            print(word(name.rstrip('.')), kind, value)
        if not there:
            print(word(name.rstrip('.')), 'NS', 'ns.invalid')
        if late:
            for kind in TYPES:
                if kind not in there:
                    print(word(name.rstrip('.')), kind, '!late')


def word(text):
    return (text or '<>').replace(' ', '\\x20')


for suite in yaml.safe_load_all(open(sys.argv[1], encoding='utf-8')):
    print('zone', suite['description'])
    zone_of(suite['zonedata'])
    for name, case in suite['tests'].items():
        results = case['result']
        results = results if isinstance(results, list) else [results]
        print('case', name, case['host'], word(case['helo']),
              word(case['mailfrom']), ','.join(results))
