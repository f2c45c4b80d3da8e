#!/usr/bin/env bash
# install_workbench.sh FOLDER: makes the code-server that npm put into FOLDER ready to start. It is the workbench and the
# extension host of VS Code, served to a browser. npm was told to run no scripts, so its native modules are built here.
set -euo pipefail

server=$(cd "$1" && pwd)/node_modules/code-server
workbench=$server/lib/vscode
headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
if [ ! -f "$headers/include/node/node.h" ]; then
  echo "install_workbench.sh: Node's headers are not in $headers/include/node; install them (Debian: libnode-dev)" >&2
  exit 3
fi
gyp=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")/node_modules/node-gyp/bin/node-gyp.js
if [ ! -f "$gyp" ]; then gyp=$(command -v node-gyp || true); fi
if [ -z "$gyp" ]; then
  echo "install_workbench.sh: node-gyp is neither in npm nor in PATH; install it (Debian: node-gyp)" >&2
  exit 3
fi

install() { (cd "$1" && npm install --omit=dev --ignore-scripts --no-audit --no-fund --silent); }
build() {
  local folder=$1
  shift
  (cd "$folder" && node "$gyp" rebuild "--nodedir=$headers" --silent "$@")
}

# The lock names a commit of this package by ssh; the release of the same version is taken instead.
node -e '
  const fs = require("fs");
  const lock = JSON.parse(fs.readFileSync(process.argv[1], "utf8"));
  delete lock.packages["node_modules/@vscode/proxy-agent"];
  fs.writeFileSync(process.argv[1], JSON.stringify(lock, null, 2));
' "$workbench/npm-shrinkwrap.json"
install "$workbench"
install "$workbench/extensions"

for module in @vscode/spdlog @parcel/watcher native-watchdog node-pty kerberos; do
  build "$workbench/node_modules/$module"
done
argon2=$server/node_modules/argon2
if [ ! -d "$argon2" ]; then argon2=$1/node_modules/argon2; fi
build "$argon2" --module_name=argon2 --napi_build_version=8 --module_path=./lib/binding/napi-v3
mkdir -p "$argon2/lib/binding/napi-v3"
cp "$argon2/build/Release/argon2.node" "$argon2/lib/binding/napi-v3/"
ln -sfn node_modules "$workbench/node_modules.asar"

# "Go to File" searches with ripgrep, which this package would download; Debian's does as well.
mkdir -p "$workbench/node_modules/@vscode/ripgrep/bin"
ln -sfn "$(command -v rg)" "$workbench/node_modules/@vscode/ripgrep/bin/rg"
