#!/usr/bin/env bash
# Runs the bundled cohort and the bundled slides, of which one is broken, through `contexture count` and `contexture run`
# and through both workflows with the real engines, and compares what comes out byte for byte. Also lints the Snakemake
# workflow, makes a stub run of the Nextflow pipeline, and checks its parameters and outputs against their descriptions.
#
#     workflows/check.sh PATH/TO/contexture
#
# The engines go to $CONTEXTURE_TOOLS (by default a folder in the user's cache), and are used again if they are there.
# Needs Maven, a JDK 17 or later and Python 3.11 or later. The workflows run in a copy: the work tree stays as it is.
set -euo pipefail

fail() {
    printf 'workflows/check.sh: %s\n' "$1" >&2
    exit 1
}

# Prints a heading, runs the command, and shows what it said only if it fails.
step() {
    local heading=$1 start=$SECONDS
    shift
    printf '%s ... ' "$heading"
    if ! "$@" > "$scratch/output" 2>&1; then
        printf 'failed\n'
        tail -n 60 "$scratch/output" >&2
        fail "$heading: failed, see above"
    fi
    printf 'ok (%d s)\n' $((SECONDS - start))
}

install_nextflow() {
    "$nextflow" -v || "$tree/workflows/nextflow/install/install.sh" "$(dirname "$nextflow")"
}

install_snakemake() {
    "$snakemake" --version || "$tree/workflows/snakemake/install/install.sh" "$(dirname "$(dirname "$snakemake")")"
}

run_nextflow() {
    (cd "$tree/workflows/nextflow" && "$nextflow" run . -ansi-log false "$@")
}

run_snakemake() {
    (cd "$tree/workflows/snakemake" && "$snakemake" "$@")
}

# One process counts all slides, and another one scores them. The study names what was counted; the workflows, which are
# given the same study, put their own densities in its place.
run_on_slides() {
    contexture count --samplesheet "$slides" -o "$scratch/counted" &&
        sed "s#^densities = .*#densities = \"$scratch/counted/densities.tsv\"#" "$tree/testdata/cohort/study.toml" \
            > "$slides_study" &&
        contexture run "$slides_study" -o "$expected_slides" &&
        cp -R "$scratch/counted" "$expected_slides/"
}

# Lints both ways through the workflow, as some rules are there on one of them only.
lint_snakemake() {
    run_snakemake --lint && run_snakemake --lint --config "${snakemake_slides[@]}"
}

# What is said about the pipeline is so: nextflow_schema.json describes its parameters, and the test profile is valid by
# it; the meta.yml of each module names the outputs of its process; packages and images are those of this version.
check_descriptions() {
    (cd "$tree/workflows/nextflow" && "$nextflow" config . -profile test -o json) > "$scratch/config.json" &&
        "$(dirname "$snakemake")/python" - "$tree/workflows" "$scratch/config.json" "$(contexture --version)" <<'PYTHON'
import json
import re
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

workflows, config, version = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split()[-1]
pipeline = workflows / "nextflow"
modules = sorted(pipeline.glob("modules/local/*/*/main.nf"))


def same(left, left_names, right, right_names):
    if odd := set(left_names) ^ set(right_names):
        sys.exit(f"in only one of {left} and {right}: {sorted(odd)}")


params = json.loads(config.read_text())["params"]
given = {name: value for name, value in params.items() if value is not None}
schema = json.loads((pipeline / "nextflow_schema.json").read_text())
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
described = [name for group in schema["$defs"].values() for name in group["properties"]]
same("nextflow.config", params, "nextflow_schema.json", described)
validator.validate(given)
if validator.is_valid(given | {"samplesheet": "samples.csv"}):
    sys.exit("nextflow_schema.json allows densities and a samplesheet together")

for main in modules:
    meta = main.with_name("meta.yml")
    emitted = re.findall(r"emit: (\w+)", main.read_text())
    same(main, emitted, meta, yaml.safe_load(meta.read_text())["output"])

environments = [main.with_name("environment.yml") for main in modules]
snakemake_environment = workflows / "snakemake/workflow/envs/contexture.yaml"
for path in [pipeline / "nextflow.config", *modules, *environments, snakemake_environment]:
    if version not in path.read_text():
        sys.exit(f"{path} does not name version {version}, which is what contexture is")
PYTHON
}

# The same files, with the same bytes.
same_files() {
    local expected=$1 found=$2
    diff --recursive --brief --exclude=pipeline_info "$expected" "$found" > "$scratch/differences" && return
    head -n 15 "$scratch/differences"
    diff --recursive --exclude=pipeline_info "$expected" "$found" | cut -c1-300 | head -n 40
    return 1
}

# Names of the files in a folder; of those that belong to one patient, figure or table, only the folder and the ending.
shape() {
    (cd "$1" && find . -type f -not -path './pipeline_info/*' | sed -E 's#^\./([^/]+)/.*(\.[a-z]+)$#./\1/*\2#' | sort -u)
}

same_shape() {
    diff --unified=0 --label 'contexture run' --label 'stub run' <(shape "$1") <(shape "$2")
}

[ $# -eq 1 ] || fail "usage: check.sh PATH/TO/contexture"
[ -x "$1" ] || fail "'$1' is not a program; build it first, with cargo build"
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for program in java mvn python3; do
    command -v "$program" > /dev/null || fail "$program is not installed"
done

tools=${CONTEXTURE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/contexture/tools}
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)
# The versions stand in the names of the folders, so that another version is another folder.
nextflow_version=$(sed -n 's/ *<version>\([0-9.]*\.[0-9.]*\)<.*/\1/p' "$root/workflows/nextflow/install/pom.xml")
snakemake_version=$(sed -n 's/^snakemake==//p' "$root/workflows/snakemake/install/requirements.txt")
nextflow=$tools/nextflow-$nextflow_version/nextflow
snakemake=$tools/snakemake-$snakemake_version/bin/snakemake

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
expected=$scratch/expected
expected_slides=$scratch/expected_slides
slides=$tree/testdata/slides/samples_with_a_broken_one.csv
slides_study=$tree/testdata/cohort/slides.toml
snakemake_slides=("study=$slides_study" "samplesheet=$slides" densities= "outdir=results_of_slides")
mkdir -p "$tree/testdata" "$scratch/bin"
cp -R "$root/workflows" "$tree/"
cp -R "$root/testdata/cohort" "$root/testdata/slides" "$tree/testdata/"
ln -s "$binary" "$scratch/bin/contexture"
export PATH=$scratch/bin:$PATH
export NXF_HOME=$scratch/nextflow XDG_CACHE_HOME=$scratch/cache

step "Nextflow $nextflow_version" install_nextflow
step "Snakemake $snakemake_version" install_snakemake
step "contexture run" contexture run "$tree/testdata/cohort/study.toml" -o "$expected"
step "contexture count and run, on slides" run_on_slides

step "Nextflow: schema and descriptions" check_descriptions
step "Nextflow: run" run_nextflow -profile test --outdir "$scratch/nextflow_results"
step "Nextflow: same bytes as contexture run" same_files "$expected" "$scratch/nextflow_results"
step "Nextflow: run on slides" run_nextflow -profile test_slides --study "$slides_study" --samplesheet "$slides" \
    --outdir "$scratch/nextflow_slides"
step "Nextflow: same bytes as contexture count and run" same_files "$expected_slides" "$scratch/nextflow_slides"
step "Nextflow: stub run" run_nextflow -profile test_slides -stub --outdir "$scratch/stub"
step "Nextflow: stub run has the files of contexture count and run" same_shape "$expected_slides" "$scratch/stub"

step "Snakemake: lint" lint_snakemake
step "Snakemake: run" run_snakemake
step "Snakemake: same bytes as contexture run" same_files "$expected" "$tree/workflows/snakemake/results"
step "Snakemake: run on slides" run_snakemake --config "${snakemake_slides[@]}"
step "Snakemake: same bytes as contexture count and run" \
    same_files "$expected_slides" "$tree/workflows/snakemake/results_of_slides"
