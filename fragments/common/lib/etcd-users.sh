# shellcheck shell=bash
# Who may do what in etcd: users without passwords, each with a role of its name.
use etcd

# auth_enabled: whether etcd asks who a client is.
auth_enabled() { [[ $(in_etcd "$ETCD_HERE" auth status 2>/dev/null) == *'Status: true'* ]]; }

# ensure KIND NAME [OPTION]: adds a user or a role that is not there.
ensure() {
  local known
  known=$(in_etcd "$ETCD_HERE" "$1" list) || return
  grep -qxF "$2" <<<"$known" || in_etcd "$ETCD_HERE" "$1" add "${@:2}"
}

# set_users: those of etcd-grants.list, whose lines are user, permission and key or prefix*; then root, who may do all.
set_users() {
  local user permission key range
  while read -r user permission key <&4; do
    range=()
    if [[ $key == *'*' ]]; then range=(--prefix); fi
    ensure user "$user" --no-password || return
    ensure role "$user" || return
    in_etcd "$ETCD_HERE" user grant-role "$user" "$user" || return
    in_etcd "$ETCD_HERE" role grant-permission "$user" "$permission" "${key%'*'}" "${range[@]}" || return
  done 4<"$ETC/etcd-grants.list"
  ensure user root --no-password || return
  # It adds the role root, too.
  in_etcd "$ETCD_HERE" auth enable
}
