#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Packs the build and runs it on this machine's GPUs: run_here.sh BUILD-DIRECTORY. Exit status 77 without a GPU.
set -eu
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$here/pack.sh" "$1" "$folder/pack"
"$here/run.sh" "$folder/pack"
