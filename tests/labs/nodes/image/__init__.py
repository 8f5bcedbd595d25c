"""The disks that nodes boot from, made of Debian's packages as stand-ins for the images that clouds have."""
