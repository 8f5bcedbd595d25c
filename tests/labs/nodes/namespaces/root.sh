#!/bin/sh
# root.sh FOLDER IMAGE: mounts a node's root at FOLDER/root. IMAGE is an unpacked one; FOLDER has layer/, disk/ and disk.img,
# the node's only disk, in which are upper/, work/ and var/.
set -eu
folder=$1 image=$2
mount -o loop "$folder/disk.img" "$folder/disk"
mount -t overlay node -o "lowerdir=$folder/layer:$image,upperdir=$folder/disk/upper,workdir=$folder/disk/work" "$folder/root"
# Outside of the overlay, as no overlay can lie on one.
mount --bind "$folder/disk/var" "$folder/root/var"
if [ -e "$image/../usr-apart" ]; then
  # Nothing can write to it, as in the image; what the layer adds was put there before.
  mount --bind "$folder/root/usr" "$folder/root/usr"
  mount -o remount,bind,ro "$folder/root/usr"
fi
