use etcd-member

SNAPSHOTS=$ETCD/snapshots

snapshot_files() {
  local file
  for file in "$SNAPSHOTS"/*.db; do if [[ -e $file ]]; then say "$file"; fi; done
}

whole_snapshot() {
  local size end
  size=$(stat -c %s "$1") || return
  ((size % 512 == 32)) || return
  end=$(tail -c 32 "$1" | od -An -v -t x1 | tr -d ' \n')
  [[ $(head -c -32 "$1" | sha256sum) == "$end "* ]]
}
