#!/bin/bash
# Fills a mirror with what nodes of clusters download and pull, which is listed at the end.
#
#   MIRROR=/srv/www/artifacts REGISTRY=registry.example.org/mirror bash fill.sh
#
# What is there already is checked and left alone, so that it can be run again, and has to be after it was
# interrupted. A file is under its name only once it is whole and its digest is right.
#
# Reads of the environment:
#   MIRROR     the folder that a web server serves as artifacts.mirror; without it, no downloads
#   REGISTRY   where images are copied to, as artifacts.image_registry has it; without it, no images
#   REGISTRY_TLS_VERIFY   false for a registry by plain HTTP or with a certificate that nothing vouches for
# curl and skopeo read their own: HTTPS_PROXY, NO_PROXY; CURL_CA_BUNDLE, SSL_CERT_FILE; REGISTRY_AUTH_FILE,
# or what `skopeo login` wrote.
#
# Exit status: 0 all of it is there; 1 something is not, and was named; 2 wrong usage.
set -euo pipefail
umask 022

MIRROR=${MIRROR:-}
REGISTRY=${REGISTRY:-}
REGISTRY=${REGISTRY%/}
REGISTRY_TLS_VERIFY=${REGISTRY_TLS_VERIFY:-true}
# What is not whole yet, by its digest: an interrupted run goes on there.
PARTS=$MIRROR/.parts

THERE=0
ADDED=0
LEFT_OUT=0
WRONG=0

say() {
  printf '%s\n' "$*"
}

added() {
  say "$1: $2"
  ADDED=$((ADDED + 1))
}

there() {
  say "$1: is there"
  THERE=$((THERE + 1))
}

wrong() {
  say "error: $*" >&2
  WRONG=$((WRONG + 1))
}

usage() {
  say "error: $*" >&2
  exit 2
}

# digest_of FILE: its SHA-256; nothing if there is no such file.
digest_of() {
  local sum
  if [[ -f $1 ]]; then
    sum=$(sha256sum <"$1")
    printf '%s' "${sum%% *}"
  fi
}

# size_of FILE: in bytes, 0 if there is none.
size_of() {
  if [[ -f $1 ]]; then wc -c <"$1"; else echo 0; fi
}

# mirrored URL: the file that the mirror has for it.
mirrored() {
  printf '%s' "$MIRROR/${1#*://*/}"
}

# place FILE TARGET: whole or not at all, for the two are on one file system.
place() {
  mkdir -p "$(dirname "$2")" && mv -f "$1" "$2"
}

# fetch URL FILE: goes on where FILE ends for as long as each try brings more, and begins anew where a server
# cannot. Exit status is curl's.
fetch() {
  local try before status code
  for ((try = 1; try <= 20; try++)); do
    before=$(size_of "$2")
    status=0
    code=$(curl --silent --show-error --fail --proto =https --location --connect-timeout 15 \
      --speed-limit 1024 --speed-time 60 --retry 3 --continue-at - --write-out '%{http_code}' \
      --output "$2" "$1") || status=$?
    if ((status == 0)); then return 0; fi
    # 33 is said of a server without ranges, 416 of a FILE that is too long, by some curls.
    if ((status == 33)) || [[ $code == 416 ]]; then
      rm -f "$2"
    elif (($(size_of "$2") <= before)); then
      return "$status"
    fi
  done
  return "$status"
}

# published_digest FILE NAME: of a checksum file that is one digest, or a line per file; nothing if it has none.
published_digest() {
  local digest name only=''
  while read -r digest name || [[ -n $digest ]]; do
    [[ $digest =~ ^[0-9a-f]{64}$ ]] || continue
    name=${name#\*}
    if [[ ${name##*/} == "$2" ]]; then
      printf '%s' "$digest"
      return 0
    fi
    if [[ -z $name ]]; then only=$digest; fi
  done <"$1"
  printf '%s' "$only"
}

# download NAME VERSION ARCH URL DIGEST CHECKSUMS CLUSTERS: CHECKSUMS, a URL, counts where DIGEST is a dash; the
# nodes read it too then.
download() {
  local what="$1 $2 $3" url=$4 digest=$5 checksums=$6 clusters=$7 file part found begun sums='' failed=''
  file=$(mirrored "$url")
  if [[ $digest == - ]]; then
    sums=$PARTS/checksums
    rm -f "$sums"
    if ! fetch "$checksums" "$sums"; then
      wrong "$what, for $clusters: cannot fetch $checksums"
      return
    fi
    digest=$(published_digest "$sums" "${url##*/}")
    if [[ -z $digest ]]; then
      wrong "$what, for $clusters: $checksums has no SHA-256 of ${url##*/}"
      return
    fi
  fi
  if [[ $(digest_of "$file") == "$digest" ]]; then
    if [[ -n $sums ]]; then place "$sums" "$(mirrored "$checksums")"; fi
    there "$what"
    return
  fi
  part=$PARTS/$digest
  if [[ $(digest_of "$part") != "$digest" ]]; then
    begun=$(size_of "$part")
    fetch "$url" "$part" || failed=true
    if ((begun > 0)) && [[ $(digest_of "$part") != "$digest" && -z $failed ]]; then
      # What an earlier run left was no part of it.
      rm -f "$part"
      fetch "$url" "$part" || failed=true
    fi
    if [[ -n $failed ]]; then
      wrong "$what, for $clusters: cannot fetch $url"
      return
    fi
  fi
  found=$(digest_of "$part")
  if [[ $found != "$digest" ]]; then
    rm -f "$part"
    wrong "$what, for $clusters: the SHA-256 of $url is $found, not $digest"
    return
  fi
  place "$part" "$file"
  if [[ -n $sums ]]; then place "$sums" "$(mirrored "$checksums")"; fi
  added "$what" "$file"
}

# index_digest IMAGE OPTION...: the digest by which a registry has it, all of its architectures.
index_digest() {
  local name=$1 sum
  shift
  sum=$(skopeo inspect --raw "$@" "docker://$name" | sha256sum) || return
  printf '%s' "sha256:${sum%% *}"
}

# held IMAGE: the same of REGISTRY; nothing if it is not there.
held() {
  index_digest "$1" --tls-verify="$REGISTRY_TLS_VERIFY" 2>/dev/null || true
}

# image SOURCE TARGET DIGEST CLUSTERS: a DIGEST of - is whatever SOURCE has today. It is copied whole, with all
# architectures, or its digest would be another.
image() {
  local source=$1 target=$REGISTRY/$2 digest=$3 clusters=$4 pulled
  pulled=$target
  if [[ $digest != - ]]; then pulled=$REGISTRY/${2%%[@:]*}@$digest; fi
  if [[ $source == "$REGISTRY"/* ]]; then
    if [[ -n $(held "$source") ]]; then
      there "$source"
    else
      wrong "$source, for $clusters: it is not in the registry, and has no other source"
    fi
    return
  fi
  if [[ $digest == - ]] && ! digest=$(index_digest "$source"); then
    wrong "$source, for $clusters: skopeo cannot read it"
    return
  fi
  if [[ $(held "$pulled") == "$digest" ]]; then
    there "$target"
    return
  fi
  if ! skopeo copy --quiet --all --preserve-digests --retry-times=3 --dest-tls-verify="$REGISTRY_TLS_VERIFY" \
    "docker://$source" "docker://$target"; then
    wrong "$source, for $clusters: skopeo cannot copy it to $target"
    return
  fi
  if [[ $(held "$pulled") != "$digest" ]]; then
    wrong "$source, for $clusters: $pulled is not $digest, as nodes ask for"
    return
  fi
  added "$source" "$target"
}

# needs PROGRAM...
needs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || usage "'$program' is not installed"
  done
}

# row KIND FIELD...: of the list; what nobody asked for is counted.
row() {
  case $1:${MIRROR:+mirror}:${REGISTRY:+registry} in
    download:mirror:* | image:*:registry) "$@" ;;
    *) LEFT_OUT=$((LEFT_OUT + 1)) ;;
  esac
}

# fill: what is listed on descriptor 3, a download or an image on a line.
fill() {
  local fields
  if [[ -z $MIRROR$REGISTRY ]]; then usage "set MIRROR, a folder, or REGISTRY, or both"; fi
  if [[ $MIRROR == *://* ]]; then usage "MIRROR is a folder, not '$MIRROR'"; fi
  if [[ $REGISTRY == *://* ]]; then usage "REGISTRY is a host, a port and a path, not '$REGISTRY'"; fi
  if [[ -n $REGISTRY ]]; then needs skopeo sha256sum; fi
  if [[ -n $MIRROR ]]; then
    needs curl sha256sum flock
    mkdir -p "$PARTS"
    exec 4<"$PARTS"
    if ! flock --nonblock 4; then
      say "error: another run fills $MIRROR" >&2
      exit 1
    fi
  fi
  while read -r -a fields <&3; do row "${fields[@]}"; done
  say "$ADDED added, $THERE there already, $LEFT_OUT left out, $WRONG wrong"
  if ((WRONG > 0)); then exit 1; fi
  if [[ -n $MIRROR ]]; then rm -rf "$PARTS"; fi
}
