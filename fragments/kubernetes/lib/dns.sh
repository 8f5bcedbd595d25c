# shellcheck shell=bash
# Asks the cluster's DNS, in bash alone: not every image has a program for it. Facts: RFC 1035, section 4.1.

DNS_ANSWER=()

# dns_question NAME: a query for its IPv4 address, as escapes for printf.
dns_question() {
  local label question='JB\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00'
  for label in ${1//./ }; do
    printf -v label '\\x%02x%s' ${#label} "$label"
    question+=$label
  done
  say "$question"'\x00\x00\x01\x00\x01'
}

# dns_answers SERVER NAME: asks by UDP, as pods do; DNS_ANSWER becomes the numbers of the answer's first eight bytes.
dns_answers() {
  printf '%b' "$(dns_question "$2")" >"$RUN/question"
  # shellcheck disable=SC2016
  read -ra DNS_ANSWER < <(
    timeout 5 bash -c 'exec 3<>"/dev/udp/$1/53" && cat "$2" >&3 && head -c 8 <&3' - "$1" "$RUN/question" 2>/dev/null |
      od -An -v -t u1
  )
  ((${#DNS_ANSWER[@]} == 8))
}

# dns_knows SERVER NAME: whether it answers without an error, and with an address.
dns_knows() {
  dns_answers "$1" "$2" && (((DNS_ANSWER[3] & 15) == 0 && DNS_ANSWER[6] + DNS_ANSWER[7] > 0))
}
