# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2030,SC2031,SC2034 # state is from lib.sh
# shellcheck disable=SC2016 # what stands in single quotes is for the session's shell
# shellcheck disable=SC2317 # the functions are called by their names in the tables
# What the profile exam is for and what it refuses: functions for the tables of
# tests/special.test, as in sshd_features.sh and sshd_denials.sh.

# A process of before: it has a UNIX socket in the very directory, and an abstract one.
serve_from_before() {
	exec "$launch" -u "$1" /usr/bin/python3 -c '
import os, socket, sys
def listener(name):
    s = socket.socket(socket.AF_UNIX)
    s.bind(name)
    s.listen()
    return s
os.umask(0o77)
kept = listener(sys.argv[1]), listener(chr(0) + sys.argv[1])
while True:
    kept[0].accept()[0].send(b"hello\n")
' "/srv/exam/$1/before"
}

feature_exam_home() {
	[ "$(on "$at" 'cd && pwd && echo one >file && cat file')" = "/srv/exam/$who
one" ]
}
feature_exam_course() { [ "$(on "$at" cat /srv/course/sheet)" = questions ]; }
feature_exam_program() {
	[ "$(on "$at" 'cd && echo "int main(void) { return 7; }" >p.c && cc -o p p.c; ./p; echo $?')" = 7 ]
}
feature_exam_python() {
	[ "$(on "$at" 'python3 -c "
import tempfile, threading
thread = threading.Thread(target=print, args=[tempfile.gettempdir()])
thread.start(); thread.join()"')" = "/srv/exam/$who/tmp" ]
}

feature_exam_sftp() { transfer "$internal" "/srv/exam/$who"; }

# exam_act PATTERN COMMAND: in a session; bob's succeeds.
exam_act() { only_bob "$1" on_there "$2"; }
on_there() { on "$at" "$1"; }

read_process() { on "$at" "cat /proc/$(before)/environ >/dev/null"; }
signal_process() { on "$at" "kill -CONT $(before)"; }
before() { cat "$state/before.$who"; }
see_agent() {
	eval "$(ssh-agent)" >/dev/null
	trap 'kill "$SSH_AGENT_PID"' EXIT
	export SSH_AUTH_SOCK
	on -A "$at" 'ls "${SSH_AUTH_SOCK:-/no/agent}"'
}
ask_before() { on "$at" "python3 -c '$ask_socket' /srv/exam/$who/before"; }
ask_abstract() {
	on "$at" "python3 -c 'import socket
socket.socket(socket.AF_UNIX).connect(chr(0) + \"/srv/exam/$who/before\")'"
}
make_queue() {
	on "$at" "python3 -c 'import ctypes, os, sys
c = ctypes.CDLL(None, use_errno=True)
queue = c.mq_open(b\"/exam-$who\", os.O_RDWR | os.O_CREAT, 0o600, None)
sys.exit(os.strerror(ctypes.get_errno()) if queue < 0 else 0)'"
}

no_sockets='not supported'
denial_exam_home() { exam_act 'permission denied' 'cat /home/$(id -un)/own'; }
denial_exam_other() { exam_act 'permission denied' 'cat /srv/exam/carol/file'; }
denial_exam_list() { exam_act 'permission denied' 'ls /srv/exam'; }
denial_exam_course() { exam_act 'permission denied' 'touch /srv/course/$(id -un)'; }
denial_exam_tmp() { exam_act 'permission denied' 'touch /tmp/exam-$(id -un)'; }
denial_exam_shm() { exam_act 'permission denied' 'touch /dev/shm/exam-$(id -un)'; }
denial_exam_tcp() { exam_act "$no_sockets" 'exec 3<>/dev/tcp/127.0.0.1/8080'; }
denial_exam_udp() { exam_act "$no_sockets" 'exec 3<>/dev/udp/127.0.0.1/53'; }
denial_exam_before() { only_bob "$no_sockets" ask_before; }
denial_exam_abstract() { only_bob "$no_sockets" ask_abstract; }
denial_exam_process() { only_bob 'permission denied' read_process; }
denial_exam_signal() { only_bob 'not permitted' signal_process; }
denial_exam_ipc() { exam_act 'not permitted' 'ipcmk -Q'; }
denial_exam_queue() { only_bob 'not permitted' make_queue; }
denial_exam_agent() { only_bob 'cannot access' see_agent; }
denial_own_file() { only_bob 'permission denied' read_own_file; }
denial_exam_socket() { only_bob "$prohibited" connect_to_socket; }
