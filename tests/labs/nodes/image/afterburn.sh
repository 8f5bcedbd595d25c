#!/bin/sh
# Stands in for Afterburn: asks the metadata service, and writes where its options say.
set -eu
ask() { curl --silent --fail --retry 30 --retry-all-errors --retry-delay 2 "http://169.254.169.254/latest/meta-data/$1"; }

for option; do
  case $option in
    --cmdline) ;;
    --attributes=*)
      file=${option#*=}
      mkdir -p "${file%/*}"
      name=$(ask hostname)
      printf 'AFTERBURN_OPENSTACK_HOSTNAME=%s\n' "$name" >"$file"
      ;;
    --ssh-keys=*)
      user=${option#*=}
      folder=/home/$user/.ssh
      install -d -o "$user" -g "$user" -m 700 "$folder" "$folder/authorized_keys.d"
      key=$(ask public-keys/0/openssh-key)
      printf '%s\n' "$key" >"$folder/authorized_keys.d/afterburn"
      chown "$user:$user" "$folder/authorized_keys.d/afterburn"
      ;;
    *)
      echo "afterburn: '$option' is not played" >&2
      exit 1
      ;;
  esac
done
