#!/usr/bin/env bash
# Fetches Debian's Swift compiler by its own apt, with lists and settings of its own, and unpacks what compiling needs into
# a folder: nothing of the machine's is changed, and nobody need be root. It comes from where the machine's own packages do.
set -euo pipefail
folder=$(realpath "$1")
keyring=$2
packages=(
  swiftlang libswiftlang libc6 libc6-dev linux-libc-dev libgcc-s1 libstdc++6 libstdc++-14-dev
  libtinfo6 libuuid1 libzstd1 zlib1g
)

mirrors=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main')
mirror=$(grep -m 1 '/debian/\?$' <<< "$mirrors" || true)
if [ -z "$mirror" ]; then
  echo 'expected the sources of apt to name a mirror of Debian' >&2
  exit 1
fi
apt=$folder/apt
mkdir -p "$apt"/{etc/preferences.d,debs,state/lists/partial,cache/archives/partial}
touch "$apt/status"
cat > "$apt/etc/debian.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: $keyring
SOURCES
apt_get() {
  apt-get -qq -o Dir::Etc="$apt/etc" -o Dir::Etc::sourcelist="$apt/etc/debian.sources" -o Dir::Etc::sourceparts=- \
    -o Dir::State="$apt/state" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
    -o APT::Sandbox::User=root "$@"
}
apt_get update
(cd "$apt/debs" && apt_get download "${packages[@]}")

swift=./usr/libexec/swift
for deb in "$apt"/debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$folder" --wildcards --exclude="$swift/bin/clang*" --exclude="$swift/bin/l*" \
    --exclude="$swift/bin/swift-[b-eg-z]*" --exclude="$swift/bin/sourcekit*" --exclude="$swift/bin/docc" \
    --exclude="$swift/lib/liblldb*" --exclude="$swift/lib/libLTO*" --exclude="$swift/lib/libsourcekitd*" \
    --exclude="$swift/lib/swift_static" --exclude="$swift/lib/swift/pm" --exclude='./usr/share/*'
done
rm -r "$apt"
