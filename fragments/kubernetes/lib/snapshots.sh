# shellcheck shell=bash
# Snapshots of etcd on the disk that its data is on: files that end with the SHA-256 of what is before it.
use etcd-member

SNAPSHOTS=$ETCD/snapshots

# snapshot_files: the oldest first.
snapshot_files() {
  local file
  for file in "$SNAPSHOTS"/*.db; do if [[ -e $file ]]; then say "$file"; fi; done
}

# whole_snapshot FILE: whether all of it is there, unchanged. Fact: etcd's server/etcdserver/api/snap, and etcdutl, which
# reads the last 32 bytes behind pages of 512 as such a digest.
whole_snapshot() {
  local size end
  size=$(stat -c %s "$1") || return
  ((size % 512 == 32)) || return
  end=$(tail -c 32 "$1" | od -An -v -t x1 | tr -d ' \n')
  [[ $(head -c -32 "$1" | sha256sum) == "$end "* ]]
}
