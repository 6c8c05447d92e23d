#!/usr/bin/env bash
# Installs Snakemake from PyPI into the virtual environment DIR, of which DIR/bin/snakemake is the program.
# Needs Python 3.11 or later with its venv module.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${1:?usage: install.sh DIR}

python3 -m venv --clear "$dir"
"$dir/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
"$dir/bin/snakemake" --version
