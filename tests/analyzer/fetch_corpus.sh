#!/bin/sh
# Downloads the source distributions that corpus.txt speaks of, and unpacks them. Needs the network once; running it again
# with the same folder does nothing.
#
#   fetch_corpus.sh FOLDER
set -eu
folder=${1:?usage: fetch_corpus.sh FOLDER}
mkdir -p "$folder/archives"
for pinned in inflection==0.5.1 markupsafe==3.0.2 idna==3.10 semver==3.0.4; do
  name=${pinned%%==*}
  target="$folder/$name-${pinned##*==}"
  [ -d "$target" ] && continue
  "${PYTHON:-python3}" -m pip download --quiet --no-deps --no-binary :all: --dest "$folder/archives" "$pinned"
  mkdir -p "$target.part"
  tar -xzf "$folder/archives/"*"${name##*-}"*-"${pinned##*==}".tar.gz -C "$target.part" --strip-components=1
  mv "$target.part" "$target"
done
echo "The corpus is in $folder. Configure with -DTESTGEN_CORPUS_DIR=$folder to use it."
