#!/bin/sh
# usage: boot-copy.sh FOLDER
#
# Boots systemd, as root, in a copy of this machine: its own processes, network (loopback alone), services and time to
# live. What is written there stays in memory. The copy may read FOLDER as /mnt. Prints the pid of the process whose child
# is the copy's first, once that is on its way, and ends when its own standard input does.
set -eu

inside() {
	# Mounts are the copy's own already, so /mnt is as good a place as any.
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/upper /mnt/work /mnt/root /mnt/shared
	mount --bind "$1" /mnt/shared
	mount -o remount,bind,ro /mnt/shared
	mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
	cd /mnt/root

	mount -t proc proc proc
	# These are the kernel's, and so the real machine's.
	mount --bind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	for folder in dev run tmp; do mount -t tmpfs tmpfs "$folder"; done
	for device in null zero full random urandom tty; do
		touch "dev/$device"
		mount --bind "/dev/$device" "dev/$device"
	done
	mkdir dev/shm dev/pts
	mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	mount --bind /mnt/shared mnt
	ip link set lo up

	# Container images refuse to start services: this is a machine of its own.
	rm -f usr/sbin/policy-rc.d
	# Nothing runs but the journal and what a test starts.
	rm -rf etc/systemd/system/* usr/lib/systemd/system/sysinit.target.wants
	for target in sysinit basic copy; do
		printf '[Unit]\nDefaultDependencies=no\n' >"etc/systemd/system/$target.target"
	done
	echo 'Requires=systemd-journald.service' >>etc/systemd/system/copy.target

	mkdir tmp/real
	mount --make-rprivate /
	pivot_root . tmp/real
	umount --lazy /tmp/real
	cd /
	mount --make-rshared /
	touch /run/pns-test-copy
	exec setpriv --bounding-set=-sys_module,-sys_time,-sys_boot,-syslog,-sys_rawio \
		env -i container=pns-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		/lib/systemd/systemd --system --unit=copy.target --log-target=journal --show-status=no
}

if [ "$1" = inside ]; then inside "$2"; fi

# Whatever ends the tests: this ends when they have ended, and not before it has cleaned up.
trap '' HUP INT TERM
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/pns-test-$$
mkdir "$cgroup"
sh -c 'echo 0 >"$1/cgroup.procs" && exec setpriv --pdeathsig=KILL unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child sh "$0" inside "$2"' \
	"$0" "$cgroup" "$1" &
echo $!
cat >/dev/null
kill -KILL $! || true
while grep -q 'populated 1' "$cgroup/cgroup.events"; do sleep 0.05; done
find "$cgroup" -depth -type d -exec rmdir {} ';'
