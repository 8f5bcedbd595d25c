#!/bin/bash
# Gives this manager's Docker API its certificate, for every name and address that it is reached by.
use addresses files pki

: "${JEROBOAM_API_ADDRESS:?}" "${JEROBOAM_API_PUBLIC_ADDRESS:?}"
: "${JEROBOAM_CA_CERT:?}" "${JEROBOAM_CA_KEY:?}" "${JEROBOAM_ALT_NAMES?}"

address=$(master_address "$NODE_INDEX")
names="IP:$address,IP:127.0.0.1,DNS:localhost,DNS:$NODE_NAME"
names+=",IP:$JEROBOAM_API_ADDRESS,IP:$JEROBOAM_API_PUBLIC_ADDRESS${JEROBOAM_ALT_NAMES:+,$JEROBOAM_ALT_NAMES}"
place_secret JEROBOAM_CA_CERT "$ROOT/etc/docker/pki/ca.crt" 644
# It is a client's as well: managers ask each other for the managers' join token.
issue JEROBOAM_CA "$ROOT/etc/docker/pki/server" "$NODE_NAME" serverAuth,clientAuth "$names"
