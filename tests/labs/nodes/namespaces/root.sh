#!/bin/sh
# root.sh FOLDER IMAGE: mounts a node's root at FOLDER/root. IMAGE is an unpacked one, FOLDER has layer/, upper/, work/ and
# var.img.
set -eu
folder=$1 image=$2
mount -t overlay node -o "lowerdir=$folder/layer:$image,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
# A disk of its own: no overlay can lie on an overlay, and kubelet evicts pods from a disk that is full.
mount -o loop "$folder/var.img" "$folder/root/var"
if [ -e "$image/../usr-apart" ]; then
  # Nothing can write to it, as in the image; what the layer adds was put there before.
  mount --bind "$folder/root/usr" "$folder/root/usr"
  mount -o remount,bind,ro "$folder/root/usr"
fi
