#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A forwarder that does nothing for a while.
exec sleep 4
