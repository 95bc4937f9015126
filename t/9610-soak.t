#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The short form of `make soak`: 2,000 messages.
MESSAGES=${MESSAGES:-2000} exec t/soak
