# SPDX-License-Identifier: Apache-2.0
#
# Sourced by tests/run.sh and examples/quickstart.sh, in the repository's root: installs what building needs.
# shellcheck shell=sh

say() {
    printf '\n==> %s\n' "$*"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# The packages of .ci/packages (one a line, # begins a comment) that are not installed.
missing_packages() {
    sed 's/#.*//' .ci/packages | while read -r package; do
        [ -n "$package" ] || continue
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

install_packages() {
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    say "Installing: $packages"
    as_root apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages
}
