use files

ca_of() { openssl x509 -in "$1" -noout -fingerprint -sha256; }

days_of() {
  local end left
  end=$(openssl x509 -in "$1" -noout -enddate)
  left=$((($(date -u -d "${end#*=}" +%s) - $(date +%s)) / 86400))
  say $((left > 0 ? left : 1))
}

issue() {
  local work=$RUN/issue target=$2 wanted
  mkdir -p "$work" "${target%/*}"
  place_secret "$1_CERT" "$work/ca.crt" 644
  wanted="$3 $4 $5 $(ca_of "$work/ca.crt")"
  if [[ -e $target.key && -e $target.crt && $(cat "$target.for" 2>/dev/null) == "$wanted" ]]; then
    say "the certificate ${target##*/} exists already"
    return 0
  fi
  place_secret "$1_KEY" "$work/ca.key" 600
  printf '%s\n' "basicConstraints=critical,CA:false" "keyUsage=critical,digitalSignature" \
    "extendedKeyUsage=$4" ${5:+"subjectAltName=$5"} >"$work/extensions"
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt | write_file "$target.key" 600
  openssl req -new -sha256 -key "$target.key" -subj "/CN=$3" -out "$work/request"
  openssl x509 -req -sha256 -days "$(days_of "$work/ca.crt")" -in "$work/request" \
    -CA "$work/ca.crt" -CAkey "$work/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
    -extfile "$work/extensions" | write_file "$target.crt" 644
  openssl verify -CAfile "$work/ca.crt" "$target.crt" >/dev/null
  say "$wanted" | write_file "$target.for" 644
  rm -rf "$work"
  say "issued the certificate ${target##*/} for ${5:-$3}"
}
