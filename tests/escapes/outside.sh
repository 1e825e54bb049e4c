# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh
# What the ways of tests/escapes find: files, and for each user what runs outside of sessions.

base=/tmp/escapes
launch=$state/launch
search=$HEEL_BINDIR:/usr/local/bin:/usr/bin:/bin

# A library that reads the canary wherever it is loaded.
make_library() {
	cat >"$state/preload.c" <<-'END'
		#include <fcntl.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <unistd.h>

		__attribute__((constructor)) static void loaded(void)
		{
			char name[256], text[256];
			int from = open("/srv/heel-canary", O_RDONLY), to;
			ssize_t n = from < 0 ? -1 : read(from, text, sizeof(text));

			if (getenv("HEEL_SAY"))
				puts("loaded");
			close(from);
			snprintf(name, sizeof(name), "/tmp/escapes/loaded-%s",
				 getenv("USER") ? getenv("USER") : "");
			to = n > 0 ? open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
			if (to >= 0 && write(to, text, (size_t)n) == n)
				close(to);
		}

		unsigned int la_version(unsigned int version)
		{
			return version;
		}
	END
	cc -shared -fPIC -o "$base/preload.so" "$state/preload.c"
}

# become USER COMMAND...: not confined, as by another door. In the background this process is
# then the command's; "as" is for the foreground.
become() {
	exec "$launch" -u "$1" -e "PATH=$search" -e "HOME=/home/$1" -e "USER=$1" -e LANG=C \
		-e TERM=xterm -e SHELL=/bin/bash "$(PATH=$search command -v "$2")" "${@:3}"
}

as() (become "$@")

make_base() {
	install -m 755 "$top_srcdir/tests/doors/launch" "$launch"
	chmod 755 /run "$state"
	mkdir -m 1777 "$base"
	install -m 755 "$top_srcdir/tests/escapes/ways" "$base/ways"
	make_library || no_world 'cc makes no library'
	echo "canary-$RANDOM$RANDOM" >/srv/heel-canary
	chmod 644 /srv/heel-canary
	python3 -c 'import os; os.setxattr("/srv/heel-canary", "user.heel", b"canary")'
	install -d -m 755 /home/outside /srv/exam /srv/real /srv/trials
	install -m 755 "$top_builddir/tests/trials" /srv/trials/trials
	install -d -m 1777 /mnt 2>/dev/null
	install -d -m 1770 -o daemon -g daemon /var/spool/cron/atjobs /var/spool/cron/atspool
	install -m 600 -o daemon -g daemon /dev/null /var/spool/cron/atjobs/.SEQ
	printf 'heelers:x:50200:alice,bob\n' >>/etc/group
	printf 'heelers:!::alice,bob\n' >>/etc/gshadow
	mount -t tmpfs tmpfs /sys/fs/cgroup || no_world 'no cgroups of its own'
	mkdir -p /dev/net && mknod -m 666 /dev/net/tun c 10 200
	printf '%s sufficient pam_permit.so\n' auth account session |
		tee /etc/pam.d/chsh >/etc/pam.d/newgrp
	echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range
	start_system_bus
	start_servers
}

# write_bus TYPE SOCKET SERVICES >FILE
write_bus() {
	cat <<-END
		<busconfig>
		  <type>$1</type>
		  <listen>unix:path=$2</listen>
		  <auth>EXTERNAL</auth>
		  <servicedir>$3</servicedir>
		  <policy context="default">
		    <allow user="*"/>
		    <allow own="*"/>
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		  </policy>
		</busconfig>
	END
}

# One of root's, which starts what it is asked for as root. (What fails is started anew the next
# time; what only ends, is waited for.)
start_system_bus() {
	local user

	mkdir "$state/services"
	for user in alice bob; do
		printf 'cp /srv/heel-canary %s\nexit 1\n' "$base/$user/proof-system" >"$state/services/$user"
		printf '[D-BUS Service]\nName=heel.System.%s\nExec=/bin/sh %s\n' \
			"$user" "$state/services/$user" >"$state/services/heel.System.$user.service"
	done
	write_bus session "$base/system-bus" "$state/services" >"$state/system-bus.conf"
	dbus-daemon --config-file="$state/system-bus.conf" --nofork --nopidfile 2>"$state/bus" &
}

# A socket of a group's that amounts to root; TCP, which says hello; UDP.
start_servers() {
	python3 - <<-'END' &
		import grp, os, select, socket
		group = socket.socket(socket.AF_UNIX)
		group.bind("/tmp/escapes/group-socket")
		os.chown("/tmp/escapes/group-socket", 0, grp.getgrnam("students").gr_gid)
		os.chmod("/tmp/escapes/group-socket", 0o660)
		group.listen()
		datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		datagrams.bind(("127.0.0.1", 8081))
		words = {group: open("/srv/heel-canary", "rb").read()}
		for port in 8080, 8081:
		    words[socket.create_server(("127.0.0.1", port), backlog=16)] = b"hello\n"
		while True:
		    for one in select.select([*words, datagrams], [], [])[0]:
		        try:
		            if one is datagrams:
		                datagrams.sendto(*datagrams.recvfrom(9))
		                continue
		            there = one.accept()[0]
		            there.send(words[one])
		            there.close()
		        except OSError:
		            pass
	END
	await connects 8080
	await test -S "$base/group-socket"
}

# make_place USER: what is there for as long as the test runs.
make_place() {
	local user=$1 place=$base/$1

	install -d -o "$user" -g "$user" "$place" "/home/outside/$user" "/srv/exam/$user" \
		"/home/$user/.local/share/dbus-1/services" "/sys/fs/cgroup/heel-$user"
	chown -R "$user:$user" "/home/$user/.local"
	install -m 600 -o "$user" -g "$user" "$state/key" "$place/key"
	install -m 644 -o "$user" -g "$user" /dev/null "/sys/fs/cgroup/heel-$user/cgroup.procs"
	install -m 644 -o "$user" -g "$user" /srv/heel-canary "/home/$user/cheat"
	ip tuntap add "tun$(tun_of "$user")" mode tun user "$user" 2>/dev/null &&
		ip link set "tun$(tun_of "$user")" up
	write_bus session "$place/bus" "/home/$user/.local/share/dbus-1/services" >"$place/bus.conf"
	become "$user" dbus-daemon --config-file="$place/bus.conf" --nofork --nopidfile 2>"$place/bus.log" &
	as "$user" tmux -f /dev/null -S "$place/tmux" new-session -d
	become "$user" ssh-agent -D -a "$place/agent" >/dev/null &
	become "$user" ssh "${ssh_options[@]/"$state/key"/"$place/key"}" -p "$port" -M -S "$place/master" \
		-N bob@127.0.0.1 &
	await test -S "$place/bus" -a -S "$place/agent" -a -S "$place/master" -a -S "$place/tmux" ||
		no_world "no helpers of $user"
	SSH_AUTH_SOCK=$place/agent ssh-add -q "$state/key"
}

# tun_of USER: the unit of a tunnel device of theirs.
tun_of() { [ "$1" = alice ] && echo 6 || echo 5; }

# clean_place USER: as it was before the last session.
clean_place() {
	local user=$1 place=$base/$1

	: >"$state/targets"
	rm -f "$place"/died-* "$place"/proof-* "$place/facts" "/home/$user/outlived" \
		"/srv/exam/$user/outlived" "/home/$user"/{.profile,.forward,Makefile,proof.sh,linked,large}
	rm -rf "/home/$user/.config" "/home/$user/policy" "/home/outside/$user"/*
	rm -f "/home/$user/.local/share/dbus-1/services"/*
	install -m 644 -o "$user" -g "$user" /srv/heel-canary "/home/outside/$user/file"
	install -m 644 -o "$user" -g "$user" /dev/null "/home/outside/$user/moved"
	crontab -u "$user" -r 2>/dev/null
	rm -f "$crontabs/$user"
}

# start_outside USER; stop_outside
start_outside() {
	clean_place "$1"
	become "$1" python3 "$state/outside" "$base/$1" &
	outside=$!
	become "$1" /srv/trials/trials --prepare "/home/outside/$1/trial" >"$state/targets" &
	trials=$!
	await test -s "$state/targets" -a -e "$base/$1/facts"
	targets=$(cat "$state/targets")
}

stop_outside() {
	pkill -KILL -P "$outside"
	kill -KILL "$outside"
	kill "$trials"
	wait "$outside" "$trials"
} 2>/dev/null
