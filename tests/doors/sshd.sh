# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh, ssh for others
# An sshd of the world's own, keys that let test users in, and something to connect to.

port=2222
ssh_options=(
	-F none -i "$state/key"
	-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
	-o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=20
)
ssh=(ssh "${ssh_options[@]}" -p "$port")

# start_sshd [LINE...]: with these lines in its configuration.
start_sshd() {
	local line

	need sshd ssh ssh-keygen
	ssh-keygen -q -t ed25519 -N '' -f "$state/host_key" &&
		ssh-keygen -q -t ed25519 -N '' -C test -f "$state/key" || return
	cat >"$state/sshd_config" <<-END
		ListenAddress 127.0.0.1:$port
		HostKey $state/host_key
		PidFile none
		UsePAM yes
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		AuthorizedKeysFile .ssh/authorized_keys
		PermitUserEnvironment yes
		AcceptEnv *
		PrintMotd no
		PrintLastLog no
		MaxStartups 100
		Subsystem sftp /usr/lib/openssh/sftp-server
	END
	for line; do
		printf '%s\n' "$line" >>"$state/sshd_config"
	done
	"$(command -v sshd)" -D -E "$state/sshd" -f "$state/sshd_config" &
	await connects "$port" || {
		say "$(cat "$state/sshd")"
		return 1
	}
}

# let_in USER: the key opens the user's account.
let_in() {
	local owner=(-o "$1" -g "$(id -g "$1")")

	install -d -m 700 "${owner[@]}" "/home/$1/.ssh"
	install -m 600 "${owner[@]}" "$state/key.pub" "/home/$1/.ssh/authorized_keys"
}

# connects PORT: somebody listens there.
connects() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# listen PORT...: takes connections on loopback and says hello.
listen() {
	local one

	python3 - "$@" <<-'END' &
		import select, socket, sys
		listeners = []
		for port in sys.argv[1:]:
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    s.bind(("127.0.0.1", int(port)))
		    s.listen(16)
		    listeners.append(s)
		while True:
		    for s in select.select(listeners, [], [])[0]:
		        c = s.accept()[0]
		        c.send(b"hello\n")
		        c.close()
	END
	for one; do
		await connects "$one" || return
	done
}
