# What the rules know of the slides before any of them runs.

import csv
import io
import os
import re

from snakemake.exceptions import WorkflowError

# Columns of the samplesheet that name files.
FILE_COLUMNS = ["path", "annotations", "regions", "mapping"]
# Files that say how exports are read: keys of the configuration, and options of `contexture count`.
SETTINGS = ["rules", "gates", "words"]


def read_samplesheet(samplesheet):
    """The rows of a samplesheet, by a name for the slide that a file can have."""
    with open(samplesheet, encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        separator = next((character for character in "\t;" if character in header), ",")
        rows = list(csv.DictReader(file, delimiter=separator))
    slides = {}
    for number, row in enumerate(rows, start=2):
        for column in ["sample_id", "path"]:
            if not row.get(column):
                raise WorkflowError(f"{samplesheet}, row {number}: no '{column}' (columns: {', '.join(rows[0])})")
        name = "_".join(filter(None, [row["sample_id"], row.get("field_id")]))
        slide = re.sub(r"[^\w.-]", "_", name)
        if slide in slides:
            raise WorkflowError(f"{samplesheet}, row {number}: sample '{slide}' stands twice")
        slides[slide] = row
    if not slides:
        raise WorkflowError(f"{samplesheet} has no rows")
    return slides


def slide_paths(slide):
    """The files of a slide, by the column that names them."""
    folder = os.path.dirname(config["samplesheet"])
    named = {column: SLIDES[slide].get(column) for column in FILE_COLUMNS}
    return {column: os.path.join(folder, name) for column, name in named.items() if name}


def slide_files(wildcards):
    """The files of a slide; one that is not there is left to contexture, which rejects the sample and says so."""
    return [path for path in slide_paths(wildcards.slide).values() if os.path.exists(path)]


def slide_samplesheet(wildcards):
    """The row of a slide as a samplesheet of its own."""
    paths = {column: os.path.abspath(path) for column, path in slide_paths(wildcards.slide).items()}
    row = SLIDES[wildcards.slide] | paths
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([row.keys(), row.values()])
    return text.getvalue()


if bool(config["samplesheet"]) == bool(config["densities"]):
    raise WorkflowError(
        "give either samplesheet, to count slides, or densities, which are counted already; "
        f"{'both are' if config['densities'] else 'neither is'} given in the configuration"
    )

SLIDES = read_samplesheet(config["samplesheet"]) if config["samplesheet"] else {}
