# shellcheck shell=bash
# The workers' join token in etcd, under a key that workers may read.
use etcd

: "${JEROBOAM_WORKER_TOKEN:?}"

TOKEN_FORM='^SWMTKN-1-[0-9a-z]+-[0-9a-z]+$'

# publish_token: what Docker says now, unless it is there. By standard input, where no other process sees it.
publish_token() {
  local endpoints token published
  endpoints=$(etcd_endpoints)
  token=$(docker swarm join-token --quiet worker) || return
  if [[ ! $token =~ $TOKEN_FORM ]]; then
    say "Docker returned something that is not a join token"
    return 1
  fi
  published=$(in_etcd "$endpoints" get --print-value-only "$JEROBOAM_WORKER_TOKEN") || return
  if [[ $published != "$token" ]]; then
    printf %s "$token" | in_etcd "$endpoints" put "$JEROBOAM_WORKER_TOKEN" >/dev/null || return
    say "published the workers' join token"
  fi
}
