"""busybox under all names that it works by without a system around it."""

from __future__ import annotations

from tests.labs.nodes.mirror.contents import Placed, Program

_APPLETS = """
    [ [[ ar arch arp arping ash awk base64 basename bc bunzip2 bzcat bzip2 cal cat chgrp chmod chown
    chroot clear cmp cp cpio crc32 cut date dc dd df diff dirname dnsdomainname dos2unix du echo ed
    egrep env expand expr factor fallocate false fgrep find fold free getopt grep groups gunzip gzip
    head hexdump hostid hostname httpd id ifconfig ip ipcalc kill killall last less link ln logger
    logname ls lzcat md5sum mkdir mkfifo mknod mktemp more mount mv nc netstat nl nproc nsenter nslookup
    od paste patch pidof ping ping6 printf ps pwd readlink realpath renice reset rev rm rmdir route sed
    seq setsid sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort stat strings stty su sync
    sysctl tac tail tar tee telnet test tftp time timeout top touch tr traceroute true truncate ts tty
    umount uname unexpand uniq unlink unshare unxz unzip uptime usleep uudecode uuencode vi watch wc
    wget which who whoami xargs xxd xz xzcat yes zcat
"""
SHELL = Placed(
    {"bin/busybox": Program("busybox", "busybox")},
    {f"bin/{applet}": "busybox" for applet in _APPLETS.split()},
)
