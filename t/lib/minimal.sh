# SPDX-License-Identifier: GPL-2.0-or-later
# For t/bare and t/booted: a minimal Debian below a folder of its own, with the
# committed tree in it: the release of this system, or that of $SUITE ("trixie").
# The mirror is the one that apt on this system uses.

fail()
{
	echo "$name: $1" >&2
	exit 69
}

# minimal_make PACKAGES: sets $root; it goes away at the end, but for $keep.
minimal_make()
{
	[ "$(id -u)" = 0 ] || fail "only root can do this"
	command -v debootstrap >/dev/null || fail "debootstrap is not installed"
	here=$(. /etc/os-release && echo "$VERSION_CODENAME")
	suite=${SUITE:-$here}
	sources=$(apt-get indextargets --format \
		'$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' | sort -u | awk -v suite="$suite" \
		-v here="$here" '$2 == here || index($2, here "-") == 1 {
			sub(here, suite, $2); print }')
	mirror=$(echo "$sources" | awk -v suite="$suite" \
		'$2 == suite { print $1 }' | head -n 1)
	[ -n "$mirror" ] || fail "apt knows no mirror of $suite"

	root=$(mktemp -d "${TMPDIR:-/var/tmp}/ispfilter-$name.XXXXXX")
	chmod 755 "$root" # the "/" of the others in it
	trap minimal_tidy EXIT
	trap 'exit 130' INT TERM

	echo "$name: making a minimal $suite in $root"
	debootstrap --variant=minbase --include="$1" "$suite" "$root" \
		"$mirror" >"$root.log" 2>&1 ||
		{ tail -n 20 "$root.log" >&2; fail debootstrap; }
	rm -f "$root.log"
	echo "$sources" | sed 's/^/deb /' >"$root/etc/apt/sources.list"
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	for file in /etc/apt/apt.conf.d/*proxy*; do
		[ ! -e "$file" ] || cp "$file" "$root/etc/apt/apt.conf.d/"
	done
	git clone -q --no-local . "$root/root/ispfilter"
}

minimal_tidy()
{
	if [ -n "$keep" ]; then
		echo "$name: kept $root"
	else
		rm -rf "$root"
	fi
}

# minimal_run COMMAND: in the tree, with processes and /proc of its own.
minimal_run()
{
	unshare --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$1/proc"
		exec chroot "$1" /usr/bin/env -i HOME=/root TERM=dumb \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			sh -c "cd /root/ispfilter && $2"' \
		"$name" "$root" "$1" </dev/null
}
