
curl_meaning() {
  case $1 in
    5) say "curl exit 5: the proxy's name does not resolve" ;;
    6) say "curl exit 6: the host name does not resolve; check network.dns_nameservers" ;;
    7) say "curl exit 7: connection refused or no route; check the router, firewalls and proxy" ;;
    22) say "curl exit 22: the server answered with an error" ;;
    28) say "curl exit 28: no answer in time; check firewalls, proxy and MTU" ;;
    35) say "curl exit 35: the TLS handshake failed; check the MTU and the server" ;;
    56) say "curl exit 56: the connection broke" ;;
    60) say "curl exit 60: the certificate is not trusted; check tls.trusted_ca_files and the clock" ;;
    *) say "curl exit $1" ;;
  esac
}
