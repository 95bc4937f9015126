#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Asks the SpamAssassin that is installed about each field in t/received.cases.
echo 1..1
cd "$(dirname "$0")" || exit 1
if ! perl -MMail::SpamAssassin -e1 2>/dev/null; then
	echo "ok 1 # SKIP SpamAssassin is not installed"
	exit 0
fi
if perl received.pl <received.cases | diff received.cases - | sed 's/^/# /' |
	grep .; then
	printf 'not '
fi
echo "ok 1 - SpamAssassin reads Received fields as we do"
