#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scripts/install-deps.sh [build|test|vm]
#
# Installs, with apt, what is missing to build bpfview (the default), to build and test it, or to
# test it in guests with other kernels (scripts/vmtest) as well.
# Debian 12 and 13.  Nothing is touched, and no network used, when nothing is missing.
set -euo pipefail
# shellcheck source=scripts/apt-source.sh
. "$(dirname "$0")/apt-source.sh"

build=(gcc make clang pkg-config libc6-dev libfuse3-dev fuse3 libbpf-dev libelf-dev zlib1g-dev binutils-dev libmnl-dev
	linux-libc-dev python3 python3-docutils mount)
test=(bpftool libcmocka-dev g++ zsh python3-pytest python3-hypothesis xdp-tools iproute2 graphviz tar jq
	libglib2.0-bin procps rsync llvm libclang-rt-dev clang-format clang-tidy cppcheck shellcheck)
vm=(qemu-system-x86 busybox-static kmod cpio xz-utils zstd)
# What must not be older.  Debian 12 has these in its backports suite only.
declare -A at_least=([libbpf-dev]=1:1.4 [linux-libc-dev]=6.12 [bpftool]=7.5)

die() {
	echo "install-deps: $*" >&2
	exit 1
}

# new_enough PACKAGE VERSION
new_enough() {
	dpkg --compare-versions "$2" ge "${at_least[$1]:-0}"
}

installed() {
	local status version
	read -r status version < <(dpkg-query -Wf '${db:Status-Status} ${Version}\n' "$1" 2>&1) || true
	[ "$status" = installed ] && new_enough "$1" "$version"
}

# Whether some configured source offers the package, new enough.
offered() {
	local version
	while read -r version; do
		new_enough "$1" "$version" && return
	done < <(apt-cache madison "$1" | cut -d'|' -f2 | tr -d ' ')
	return 1
}

# A mirror that fails for a moment is asked again, the whole step once, each file by apt itself.
apt() {
	local try
	for try in 1 2; do
		apt-get -qq -o Acquire::Retries=2 "$@" && return
		echo "install-deps: apt-get $1 failed (try $try)" >&2
		sleep 5
	done
	return 1
}

# Configures the backports suite beside the release's own entry.
add_backports() {
	add_suite "$codename-backports" /etc/apt/sources.list.d/bpfview-backports ||
		die "no configured apt source offers Debian $codename, so its backports cannot be found"
	echo "install-deps: added the suite $codename-backports to the apt sources"
}

usage='usage: scripts/install-deps.sh [build|test|vm]'
[ $# -le 1 ] || die "$usage"
case ${1:-build} in
build) wanted=("${build[@]}") ;;
test) wanted=("${build[@]}" "${test[@]}") ;;
vm)
	[ "$(release_codename)" = bookworm ] || vm+=(virtiofsd) # there it is a part of QEMU's packages
	wanted=("${build[@]}" "${test[@]}" "${vm[@]}")
	;;
*) die "$usage" ;;
esac
command -v apt-get > /dev/null || die "no apt-get here; install by hand: ${wanted[*]}"

missing=()
for package in "${wanted[@]}"; do
	installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	command -v sudo > /dev/null || die "run this as root; missing: ${missing[*]}"
	exec sudo -- "$0" "$@"
fi
export DEBIAN_FRONTEND=noninteractive

echo "install-deps: installing ${missing[*]}"
apt update
codename=$(release_codename)
old=()
for package in "${missing[@]}"; do
	offered "$package" || old+=("$package")
done
if [ ${#old[@]} -gt 0 ]; then
	add_backports
	apt update
	for package in "${old[@]}"; do
		offered "$package" || die "no configured apt source offers $package ${at_least[$package]:-}"
	done
fi

# Only what has to come from backports is taken from there.
ordinary=() newer=()
for package in "${missing[@]}"; do
	candidate=$(apt-cache policy "$package" | awk '$1 == "Candidate:" { print $2 }')
	if new_enough "$package" "$candidate"; then
		ordinary+=("$package")
	else
		newer+=("$package")
	fi
done
[ ${#newer[@]} -eq 0 ] || apt install -y --no-install-recommends -t "$codename-backports" "${newer[@]}"
[ ${#ordinary[@]} -eq 0 ] || apt install -y --no-install-recommends "${ordinary[@]}"
