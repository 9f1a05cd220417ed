#!/usr/bin/env bash
# Make the two base images of `make image LOCAL_BASE=yes` from packages of Debian, where no registry of images can be
# reached: localhost/giants-base has Python, localhost/giants-builder what makes an environment as well.
# Needs root, debootstrap and buildah.
set -euo pipefail
suite="${1:-bookworm}"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
make_image() {
  local name=$1 packages=$2 root="$place/$1" container
  debootstrap --variant=minbase --include="$packages" "$suite" "$root" > "$place/log" || { tail -20 "$place/log"; exit 1; }
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/* "$root"/var/log/*
  container="$(buildah from scratch)"
  buildah copy --quiet "$container" "$root" / > /dev/null
  buildah commit --quiet --format docker --rm "$container" "localhost/$name" > /dev/null
  echo "localhost/$name: $(du -sm "$root" | cut -f1) MB"
  rm -rf "$root"
}
make_image giants-base ca-certificates,python3-minimal,libpython3-stdlib
make_image giants-builder ca-certificates,python3-minimal,libpython3-stdlib,python3-venv,binutils
