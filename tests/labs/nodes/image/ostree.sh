#!/bin/sh
# Gives the root $1 what Fedora's systems of OSTree have: all that may be written is below /var, and SELinux's tools are there.
set -eu
root=$1

for pair in opt:opt usr/local:usrlocal home:home; do
  mkdir -p "$root/var/${pair#*:}"
  cp -a "$root/${pair%%:*}/." "$root/var/${pair#*:}/" 2>/dev/null || :
  rm -rf "${root:?}/${pair%%:*}"
done
ln -s var/opt "$root/opt"
ln -s var/home "$root/home"
ln -s ../var/usrlocal "$root/usr/local"

# Debian runs no policy, so there is nothing to label; that each path is there is checked all the same.
cat >"$root/usr/sbin/restorecon" <<'END'
#!/bin/sh
for path; do
  case $path in -*) ;; *) [ -e "$path" ] || { echo "restorecon: $path: no such file" >&2; exit 1; } ;; esac
done
END
cat >"$root/usr/bin/update-ca-trust" <<'END'
#!/bin/sh
mkdir -p /etc/pki/ca-trust/extracted/pem
find /etc/ssl/certs/ca-certificates.crt /etc/pki/ca-trust/source/anchors -type f -exec cat {} + \
  >/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem
END
chmod 755 "$root/usr/sbin/restorecon" "$root/usr/bin/update-ca-trust"
mkdir -p "$root/etc/pki/ca-trust/source/anchors"
chroot "$root" update-ca-trust
touch "$root/etc/.updated" "$root/var/.updated"
