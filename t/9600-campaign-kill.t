#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The short form of `make campaign-kill`: 50 kills.
KILLS=${KILLS:-50} exec t/campaign-kill
