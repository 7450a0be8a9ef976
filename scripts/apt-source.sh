# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# To be sourced: apt sources for other suites, made from this machine's own entry for its release, so
# that whatever mirror, key and options serve the one serve the other.

release_codename() {
	# shellcheck source=/dev/null
	(. /etc/os-release && echo "${VERSION_CODENAME:-}")
}

# The place of the source entry that offers this release's own main component, as `FILE:N`: the
# N-th line of a one-line file, the N-th stanza of a deb822 file.
release_entry() {
	# shellcheck disable=SC2016 # apt-get's own format
	apt-get indextargets --format '$(SOURCESENTRY)' 'Created-By: Packages' 'Component: main' \
		"Codename: $(release_codename)" 'Label: Debian' | head -n 1
}

# Prints one stanza of a deb822 file with other suites; its key, its options and its URIs stay.
stanza_with_suite() {
	awk -v wanted="$2" -v suite="$3" '
		/^#/ { next }
		/^[ \t]*$/ { inside = 0; skip = 0; next }
		!inside { inside = 1; n++ }
		n != wanted { next }
		/^[^ \t]/ { skip = 0 }
		tolower($0) ~ /^suites:/ { print "Suites: " suite; skip = 1; next }
		!skip { print }' "$1"
}

# Prints one line of a one-line file with another suite.
line_with_suite() {
	sed -n "$2p" "$1" | sed -E "s|^(deb(\s+\[[^]]*\])?\s+\S+)\s+\S+|\1 $3|"
}

# add_suite SUITE FILE: writes FILE.sources or FILE.list, for that suite.  Fails where no source
# offers the release itself.
add_suite() {
	local entry file n
	entry=$(release_entry)
	file=${entry%:*} n=${entry##*:}
	[ -f "$file" ] || return
	case $file in
	*.sources) stanza_with_suite "$file" "$n" "$1" > "$2.sources" ;;
	*) line_with_suite "$file" "$n" "$1" > "$2.list" ;;
	esac
}
