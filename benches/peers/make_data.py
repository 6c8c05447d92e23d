"""Makes the tables that contexture and its peers count: always the same ones, from a fixed seed.

    python make_data.py FOLDER           about 4 GB, not into the project
    python make_data.py FOLDER --small   a hundredth of it, to try things out

* `parquet/part_000.parquet` ... : 100 files of one sample each, 50,000,000 cells in all; zstd, words dictionary-coded,
  phenotypes mixed, regions in runs.
* `tsv/cells.tsv`: a table of QuPath 0.5, 1,000,000 cells of 4 images, 60 columns, 1.28 GB.
* `tsv_10/cells_0.tsv` ... : as many cells in 10 files, an image a file.
"""

import argparse
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20260101
PHENOTYPES = ["CD3", "CD8", "CD20", "CD68", "FOXP3", "Tumor", "Stroma", "Other"]
PHENOTYPE_SHARES = [0.08, 0.06, 0.04, 0.07, 0.02, 0.40, 0.23, 0.10]
REGIONS = ["CT", "IM", "OUT"]
PARENTS = ["Annotation (Tumor)", "Annotation (Stroma)", "Annotation (Margin)", "Annotation (Normal)"]

N_SAMPLES = 100
N_CELLS_A_SAMPLE = 500_000
MEAN_RUN_LENGTH = 2_000
INTENSITIES = ["dapi_mean", "cd3_mean", "cd8_mean", "panck_mean"]

N_ROWS = 1_000_000
N_BLOCK_ROWS = 10_000
CHANNELS = ["DAPI", "CD3", "CD8", "CD4", "FOXP3", "CD20", "CD68", "PanCK", "PD1"]
STATISTICS = ["Mean", "Median", "Min", "Max", "Std.Dev.", "Variance"]
MEASUREMENTS = [f"{channel}: {statistic}" for channel in CHANNELS for statistic in STATISTICS][:51]
HEADER = ["Image", "Object ID", "Object type", "Name", "Classification", "Parent", "ROI"]
HEADER += ["Centroid X µm", "Centroid Y µm", *MEASUREMENTS]
# Rows take their measurements from so many that were written once: what they are does not matter, their length does.
N_MEASURED = 4_096


def runs(rng: np.random.Generator, n_cells: int) -> np.ndarray:
    """Regions as they stand in a table that is sorted by annotation: the same one many times."""
    n_runs = 4 * n_cells // MEAN_RUN_LENGTH + 4
    lengths = rng.geometric(1 / MEAN_RUN_LENGTH, n_runs)
    return np.repeat(rng.integers(0, len(REGIONS), n_runs), lengths)[:n_cells]


def parquet_cells(rng: np.random.Generator, sample: str, n_cells: int) -> pa.Table:
    """Cells of one sample."""
    columns = {
        "sample_id": pa.array([sample]).take(pa.array(np.zeros(n_cells, np.int32))),
        "cell_id": pa.array(np.arange(n_cells)),
        "x_um": pa.array(rng.random(n_cells, np.float32) * np.float32(30_000)),
        "y_um": pa.array(rng.random(n_cells, np.float32) * np.float32(20_000)),
        "phenotype": pa.array(PHENOTYPES).take(pa.array(rng.choice(len(PHENOTYPES), n_cells, p=PHENOTYPE_SHARES))),
        "region": pa.array(REGIONS).take(pa.array(runs(rng, n_cells))),
    }
    columns |= {name: pa.array(rng.gamma(2, 50, n_cells).astype(np.float32)) for name in INTENSITIES}
    return pa.table(columns)


def write_parquet(folder: Path, rng: np.random.Generator, n_cells_a_sample: int) -> None:
    """Writes a file a sample."""
    folder.mkdir(parents=True)
    for number in range(N_SAMPLES):
        cells = parquet_cells(rng, f"sample_{number:03d}", n_cells_a_sample)
        pq.write_table(cells, folder / f"part_{number:03d}.parquet", compression="zstd")


def measured(rng: np.random.Generator) -> list[str]:
    """The last 51 columns of some rows: numbers of 21 or 22 characters, as Java writes those that are not rounded."""
    numbers = rng.uniform(1_000, 19_000, (N_MEASURED, len(MEASUREMENTS)))
    return ["\t".join(f"{number:.16f}" for number in row) for row in numbers]


def qupath_rows(rng: np.random.Generator, image: str, n_rows: int, tails: list[str]) -> Iterator[str]:
    """Rows of one image, each with its line end."""
    classes = rng.choice(len(PHENOTYPES), n_rows, p=PHENOTYPE_SHARES)
    parents = rng.integers(0, len(PARENTS), n_rows)
    centroids = rng.random((n_rows, 2)) * (30_000, 20_000)
    tail_numbers = rng.integers(0, len(tails), n_rows)
    ids = rng.bytes(16 * n_rows)
    for row in range(n_rows):
        object_id = uuid.UUID(bytes=ids[16 * row : 16 * row + 16], version=4)
        x, y = centroids[row]
        yield (
            f"{image}\t{object_id}\tCell\t\t{PHENOTYPES[classes[row]]}\t{PARENTS[parents[row]]}\tPolygon\t"
            f"{x:.4f}\t{y:.4f}\t{tails[tail_numbers[row]]}\n"
        )


def write_qupath(path: Path, rng: np.random.Generator, images: list[str], n_rows: int) -> None:
    """Writes one table, its rows spread evenly over the images, one image after the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tails = measured(rng)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(HEADER) + "\n")
        for image in images:
            n_left = n_rows // len(images)
            while n_left > 0:
                n_block = min(n_left, N_BLOCK_ROWS)
                file.writelines(qupath_rows(rng, image, n_block, tails))
                n_left -= n_block


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the tables that contexture and its peers count")
    parser.add_argument("folder", type=Path, help="a folder outside the project")
    parser.add_argument("--small", action="store_true", help="a hundredth of the size")
    args = parser.parse_args()
    share = 100 if args.small else 1
    image = "slide_{}.ome.tif - resolution #1".format
    rng = np.random.default_rng(SEED)
    write_parquet(args.folder / "parquet", rng, N_CELLS_A_SAMPLE // share)
    write_qupath(args.folder / "tsv" / "cells.tsv", rng, [image(it) for it in range(1, 5)], N_ROWS // share)
    for number in range(10):
        path = args.folder / "tsv_10" / f"cells_{number}.tsv"
        write_qupath(path, rng, [image(number)], N_ROWS // share // 10)


if __name__ == "__main__":
    main()
