use curl files

: "${JEROBOAM_BIN_DIR:?}"

DOWNLOADS=$STATE/downloads
INSTALLED=$STATE/installed

PERMANENT=false
NO_CACHE=()

fetch() {
  local status=0 code
  code=$(curl --silent --show-error --fail --location --connect-timeout 15 --speed-limit 1024 --speed-time 60 \
    "${NO_CACHE[@]}" --write-out '%{http_code}' --output "$2" "$1") || status=$?
  if ((status == 0)); then return 0; fi
  PERMANENT=false
  if ((status == 22)) && [[ $code == 4?? && $code != 408 && $code != 425 && $code != 429 ]]; then PERMANENT=true; fi
  if ((status == 22)); then code=", HTTP $code"; else code=; fi
  say "$1: $(curl_meaning "$status")$code"
  return "$status"
}

retry_download() {
  local try status refusals=0
  NO_CACHE=()
  for ((try = 1; try <= 5; try++)); do
    "$@" && return 0
    status=$?
    if [[ $PERMANENT == true ]]; then
      NO_CACHE=(--header 'Cache-Control: no-cache' --header 'Pragma: no-cache')
      refusals=$((refusals + 1))
      if ((refusals == 2)); then break; fi
    fi
    if ((try < 5)); then sleep 5; fi
  done
  return "$status"
}

published_digest() {
  local file=$DOWNLOADS/checksums digest name only=''
  retry_download fetch "$1" "$file" >&2 || return
  while read -r digest name || [[ -n $digest ]]; do
    [[ $digest =~ ^[0-9a-f]{64}$ ]] || continue
    name=${name#\*}
    if [[ ${name##*/} == "$2" ]]; then
      say "$digest"
      return 0
    fi
    if [[ -z $name ]]; then only=$digest; fi
  done <"$file"
  if [[ -n $only ]]; then
    say "$only"
    return 0
  fi
  say "$1 lists no SHA-256 digest of $2" >&2
  return 1
}

fetch_verified() {
  local found
  rm -f "$2"
  fetch "$1" "$2.part" || return
  found=$(sha256sum <"$2.part")
  found=${found%% *}
  if [[ $found != "$3" ]]; then
    rm -f "$2.part"
    PERMANENT=true
    say "$1: checksum mismatch: SHA-256 is $found, expected $3"
    return 65
  fi
  mv -f "$2.part" "$2"
}

install_program() {
  mkdir -p "$2"
  install -m 755 "$1" "$2/.$3.new"
  sync "$2/.$3.new"
  mv -f "$2/.$3.new" "$2/$3"
  relabel "$2/$3"
}

unpack_programs() {
  local unpacked=$DOWNLOADS/unpacked program
  rm -rf "$unpacked"
  mkdir "$unpacked"
  tar -xzf "$1" -C "$unpacked" --no-same-owner --strip-components="$3"
  for program in "$unpacked"/*; do
    if [[ -f $program && -x $program ]]; then install_program "$program" "$2" "${program##*/}"; fi
  done
}

install_kind() {
  case $1:$2 in
    tgz:prefix) unpack_programs "$3" "$ROOT$JEROBOAM_BIN_DIR" 1 ;;
    tgz:bin) unpack_programs "$3" "$ROOT$JEROBOAM_BIN_DIR" 0 ;;
    tgz:cni) unpack_programs "$3" "$ROOT/opt/cni/bin" 0 ;;
    binary:*) install_program "$3" "$ROOT$JEROBOAM_BIN_DIR" "$2" ;;
    *) fail "artifacts.list: unknown kind of download '$1:$2'" ;;
  esac
}

install_artifact() {
  local name=$1 version=$2 kind=$3 target=$4 url=$5 digest=$6 checksums=$7
  local file=$DOWNLOADS/$name
  if [[ $digest == - ]]; then
    [[ $checksums != - ]] || fail "$name $version has no digest; set artifacts.pins.$name"
    digest=$(published_digest "$checksums" "${url##*/}")
  fi
  if [[ -e $INSTALLED/$name && $(<"$INSTALLED/$name") == "$digest" ]]; then
    say "$name $version is already installed"
    return 0
  fi
  say "$name $version from $url"
  retry_download fetch_verified "$url" "$file" "$digest"
  install_kind "$kind" "$target" "$file"
  rm -f "$file"
  say "$digest" | write_file "$INSTALLED/$name" 644
}

install_artifacts() {
  local name version kind target url digest checksums
  mkdir -p "$DOWNLOADS" "$INSTALLED"
  while read -r name version kind target url digest checksums <&4; do
    if [[ -n $name && $name != \#* ]]; then
      install_artifact "$name" "$version" "$kind" "$target" "$url" "$digest" "$checksums"
    fi
  done 4<"$1"
  rm -rf "$DOWNLOADS"
}
