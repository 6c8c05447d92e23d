#!/usr/bin/env python3
"""Write synthetic slides as the programs of the field export them, and what counting them gives.

    python3 make_slides.py

writes everything in this folder but README.md and itself. No cell describes a person.
Cells are drawn first; `expected_densities.tsv` is counted from the cells as they were
drawn, and the exports are written from the same cells. Only `random.Random(seed).random()`
and the transforms below produce chance, so that every Python 3 writes the same bytes.
"""

import math
import random
import struct
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent

SEED = 20180521
MARKERS = ("CD3", "CD8")
REGIONS = ("CT", "IM")

# Densities of CD3 and CD8 in cells/mm2: one patient of few cells, one of many, four between.
DENSITY = {
    "0001": {"CT": (120.0, 30.0), "IM": (480.0, 170.0)},
    "0002": {"CT": (1500.0, 480.0), "IM": (1020.0, 620.0)},
    "0003": {"CT": (560.0, 150.0), "IM": (660.0, 210.0)},
    "0004": {"CT": (756.0, 328.0), "IM": (908.0, 358.0)},
    "0005": {"CT": (941.0, 0.0), "IM": (1152.0, 0.0)},
    "0006": {"CT": (528.0, 233.0), "IM": (868.0, 522.0)},
    "0007": {"CT": (200.0, 80.0), "IM": (200.0, 80.0)},
}
# Cells that are neither, and cells of which nobody knows what they are.
OTHER_PER_MM2 = 150.0
UNKNOWN_PER_MM2 = 20.0

# µm in a pixel, where an export measures in pixels.
MICRONS_PER_PIXEL = 0.5
MM2_PER_UM2 = 1e-6


class Chance:
    """Draws made of `random()` alone."""

    def __init__(self, seed):
        self.uniform = random.Random(seed).random

    def below(self, probability):
        return self.uniform() < probability

    def between(self, low, high):
        return low + (high - low) * self.uniform()

    def whole(self, low, high):
        """A whole number from `low` to `high`."""
        return low + math.floor((high - low + 1) * self.uniform())

    def normal(self):
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return radius * math.cos(2.0 * math.pi * self.uniform())

    def count(self, mean):
        """About Poisson."""
        return max(0, math.floor(mean + math.sqrt(mean) * self.normal() + 0.5))

    def shuffle(self, items):
        for last in range(len(items) - 1, 0, -1):
            other = self.whole(0, last)
            items[last], items[other] = items[other], items[last]

    def uuid(self):
        text = "".join("0123456789abcdef"[self.whole(0, 15)] for _ in range(30))
        return f"{text[:8]}-{text[8:12]}-4{text[12:15]}-a{text[15:18]}-{text[18:]}"


class Cell:
    """A cell: the region it lies in, what it is positive for, and its place in µm.

    `markers` is None if nobody looked. `part` is what an export calls the region.
    """

    def __init__(self, region, markers, x, y, part=None):
        self.region, self.markers, self.x, self.y, self.part = region, markers, x, y, part


def draw_cells(chance, patient, region, area_mm2, place, part=None):
    """Cells of a region. CD8+ cells are CD3+ too; `place` draws where one lies, in µm."""
    cd3, cd8 = DENSITY[patient][region]
    n_cd3, n_cd8 = chance.count(cd3 * area_mm2), chance.count(cd8 * area_mm2)
    kinds = [("CD3", "CD8")] * n_cd8 + [("CD3",)] * max(0, n_cd3 - n_cd8)
    kinds += [()] * chance.count(OTHER_PER_MM2 * area_mm2) + [None] * chance.count(UNKNOWN_PER_MM2 * area_mm2)
    return [Cell(region, kind, *place(), part) for kind in kinds]


def box(chance, left, top, area_mm2):
    """Draws places in a square of this area whose corner is at (left, top), in µm."""
    side = math.sqrt(area_mm2 / MM2_PER_UM2)
    return lambda: (chance.between(left, left + side), chance.between(top, top + side))


class Expected:
    """The rows of expected_densities.tsv."""

    def __init__(self):
        self.rows = []

    def add(self, patient, sample, region, marker, n_cells, area_mm2):
        density = repr(n_cells / area_mm2)
        self.rows.append((patient, sample, region, marker, str(n_cells), repr(area_mm2), density))

    def add_cells(self, patient, sample, cells, areas_mm2, markers_of=lambda cell: cell.markers):
        for region in REGIONS:
            inside = [markers_of(cell) for cell in cells if cell.region == region]
            for marker in MARKERS:
                n_cells = sum(marker in (markers or ()) for markers in inside)
                self.add(patient, sample, region, marker, n_cells, areas_mm2[region])


def write(name, text, encoding="utf-8", line_end="\n"):
    (HERE / name).write_bytes(text.replace("\n", line_end).encode(encoding))


def table(header, rows, separator="\t"):
    return "".join(separator.join(row) + "\n" for row in [header, *rows])


def gzipped(text):
    """A gzip file of one stored block and no time: no library decides about its bytes."""
    data = text.encode("utf-8")
    assert len(data) < 1 << 16, "a stored block holds no more"
    block = b"\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return head + block + struct.pack("<II", zlib.crc32(data), len(data))


# 0001: QuPath 0.5, cells in µm, and a table of annotations.


def qupath_class(cell):
    """The parts of the class, joined; empty if no classifier has seen the cell."""
    return "" if cell.markers is None else ": ".join(cell.markers) or "Tumor"


def write_0001(chance, expected):
    image = "0001-A.svs"
    # The margin was annotated in two pieces.
    pieces = [("CT", "Tumor core", 461_204.25), ("IM", "Invasive margin", 211_880.5),
              ("IM", "Invasive margin", 168_119.75)]
    cells, annotations, areas = [], [], {}
    for number, (region, word, um2) in enumerate(pieces):
        place = box(chance, 4000.0, 3000.0 + 1000.0 * number, um2 * MM2_PER_UM2)
        inside = draw_cells(chance, "0001", region, um2 / 1e6, place, f"Annotation ({word})")
        count = {kind: sum(qupath_class(cell) == kind for cell in inside)
                 for kind in ("CD3", "CD3: CD8", "Tumor")}
        side = math.sqrt(um2)
        annotations.append([
            image, chance.uuid(), "Annotation", "", word, "Root object (Image)", "Polygon",
            f"{4000.0 + side / 2:.1f}", f"{3000.0 + 1000.0 * number + side / 2:.1f}",
            str(len(inside)), *(str(count[kind]) for kind in count), f"{um2:.2f}", f"{4 * side:.1f}",
        ])
        areas[region] = areas.get(region, 0.0) + um2 / 1e6
        cells += inside
    expected.add_cells("0001", "0001-A", cells, areas)
    # Some cells lie in no annotation.
    cells += [Cell(None, ("CD3",), *box(chance, 9000.0, 9000.0, 0.1)(), "Root object (Image)")
              for _ in range(8)]
    chance.shuffle(cells)
    rows = [
        [image, chance.uuid(), "Cell", "", qupath_class(cell), cell.part, "Polygon",
         f"{cell.x:.1f}", f"{cell.y:.1f}"]
        for cell in cells
    ]
    common = ["Image", "Object ID", "Object type", "Name", "Classification", "Parent", "ROI",
              "Centroid X µm", "Centroid Y µm"]
    write("0001_qupath_cells.tsv", table(common, rows))
    counts = ["Num Detections", "Num CD3", "Num CD3: CD8", "Num Tumor", "Area µm^2", "Perimeter µm"]
    write("0001_qupath_annotations.tsv", table([*common, *counts], annotations))


# 0002: QuPath 0.3, cells in pixels, and outlines.


def star(chance, radius, n_corners, roughness):
    """A closed outline around the middle of the image, in whole pixels."""
    corners = []
    for corner in range(n_corners):
        angle = 2.0 * math.pi * corner / n_corners
        reach = radius * (1.0 + roughness * (chance.uniform() - 0.5))
        corners.append([round(4000 + reach * math.cos(angle)), round(3000 + reach * math.sin(angle))])
    return [*corners, corners[0]]


def area_px2(ring):
    """Gauss's formula."""
    pairs = zip(ring, ring[1:])
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs)) / 2.0


def is_inside(x, y, ring):
    """Whether a ray from the point crosses the ring an odd number of times."""
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def is_near(x, y, ring, distance=1.0):
    """Whether the point lies on the ring, as exactly as the export tells its place."""
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        length = math.hypot(x2 - x1, y2 - y1)
        along = max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length**2))
        if math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1)) < distance:
            return True
    return False


def feature(identifier, classification, rings):
    """A polygon as QuPath 0.5 writes it, on one line."""
    corners = ",".join(
        "[" + ",".join(f"[{x},{y}]" for x, y in ring) + "]" for ring in rings
    )
    classified = f',"classification":{{"name":"{classification}","color":[200,0,0]}}' if classification else ""
    return (
        f'{{"type":"Feature","id":"{identifier}","geometry":{{"type":"Polygon","coordinates":[{corners}]}},'
        f'"properties":{{"objectType":"annotation"{classified},"isLocked":true,"measurements":{{"Score":NaN}}}}}}'
    )


def write_0002(chance, expected):
    hole, core, margin = star(chance, 190, 14, 0.3), star(chance, 660, 30, 0.15), star(chance, 930, 36, 0.12)
    scale = MICRONS_PER_PIXEL**2 * MM2_PER_UM2
    # The core has a hole, a lumen; the margin goes round the core.
    rings = {"CT": (core, hole), "IM": (margin, core)}
    areas = {region: (area_px2(outer) - area_px2(inner)) * scale for region, (outer, inner) in rings.items()}

    def place_in(outer, inner):
        while True:
            x, y = chance.between(3000, 5000), chance.between(2000, 4000)
            is_on_border = any(is_near(x, y, ring) for ring in (outer, inner))
            if is_inside(x, y, outer) and not is_inside(x, y, inner) and not is_on_border:
                return x * MICRONS_PER_PIXEL, y * MICRONS_PER_PIXEL

    cells = []
    for region, (outer, inner) in rings.items():
        cells += draw_cells(chance, "0002", region, areas[region], lambda: place_in(outer, inner))
    expected.add_cells("0002", "0002-A", cells, areas)
    # Cells in the lumen, and far out.
    cells += [Cell(None, ("CD3", "CD8"), 2000.0 + 5.0 * number, 1500.0) for number in range(5)]
    cells += [Cell(None, ("CD3",), 100.0 + number, 100.0) for number in range(9)]
    chance.shuffle(cells)
    rows = []
    for cell in cells:
        # An object without a name is called by its class, or by what it is.
        kind = qupath_class(cell)
        x, y = cell.x / MICRONS_PER_PIXEL, cell.y / MICRONS_PER_PIXEL
        rows.append(["0002-A.ome.tif", kind or "PathCellObject", kind, "Image", "Polygon", f"{x:.1f}", f"{y:.1f}"])
    header = ["Image", "Name", "Class", "Parent", "ROI", "Centroid X px", "Centroid Y px"]
    write("0002_qupath_cells_px.tsv", table(header, rows))
    features = [
        feature(chance.uuid(), "Tumour core", rings["CT"]),
        feature(chance.uuid(), "Invasive margin", rings["IM"]),
        # Drawn, and never classified.
        feature(chance.uuid(), None, [[[10, 10], [60, 10], [60, 60], [10, 60], [10, 10]]]),
    ]
    text = '{"type":"FeatureCollection","features":[' + ",\n".join(features) + "]}\n"
    write("0002_qupath_regions.geojson", text)


# 0003: inForm 2.4 on a computer with a decimal comma: two fields, in pixels.


def comma(text):
    return text.replace(".", ",")


def inform_label(cell):
    """inForm gives a cell one phenotype: a CD8+ T cell is not called CD3+."""
    if cell.markers is None:
        return ""
    return "CD8+" if "CD8" in cell.markers else "CD3+" if cell.markers else "Other"


def inform_markers(cell):
    """A label counts as it stands: CD3 is what was called CD3+."""
    return (inform_label(cell).rstrip("+"),)


def write_0003(chance, expected):
    header = [
        "Path", "Sample Name", "Tissue Category", "Phenotype", "Cell ID", "Total Cells",
        "Tissue Category Area (pixels)", "Cell Density (per megapixel)", "Cell X Position", "Cell Y Position",
        "Nucleus Area (pixels)", "Nucleus Area (percent)",
        "Entire Cell CD8 (Opal 520) Mean (Normalized Counts, Total Weighting)", "Slide ID", "Confidence",
        comma("inForm 2.4.6781.17494"),
    ]
    words = {"CT": "Core", "IM": "Invasive margin"}
    fields = {
        comma("0003-A_[41000,12000].im3"): {"CT": 571_200, "IM": 530_040},
        comma("0003-A_[43500,15250].im3"): {"CT": 508_880, "IM": 612_700},
    }
    path = "C:\\0003"
    everything, areas, rows, summary = [], {}, [], []
    for field, pixels in fields.items():
        of_field = []
        for number, (region, n_pixels) in enumerate(pixels.items()):
            area_mm2 = n_pixels * MICRONS_PER_PIXEL**2 * MM2_PER_UM2
            areas[region] = areas.get(region, 0.0) + area_mm2
            cells = draw_cells(chance, "0003", region, area_mm2, box(chance, 0.0, 400.0 * number, area_mm2))
            of_field += cells
            labels = [inform_label(cell) for cell in cells if cell.markers is not None]
            for label in ("CD3+", "CD8+", "Other", "All"):
                n_cells = len(labels) if label == "All" else labels.count(label)
                summary.append([
                    path, field, words[region], label, "all", str(n_cells), str(n_pixels),
                    comma(f"{n_cells / n_pixels * 1e6:.2f}"), "", "", "", "", "", "0003-A", "", "",
                ])
        everything += of_field
        chance.shuffle(of_field)
        for number, cell in enumerate(of_field, start=1):
            nucleus, label = chance.whole(90, 260), inform_label(cell)
            sure = comma(f"{chance.between(51, 99):.2f} %") if label else ""
            rows.append([
                path, field, words[cell.region], label, str(number), "#N/A", "#N/A", "#N/A",
                str(round(cell.x / MICRONS_PER_PIXEL)), str(round(cell.y / MICRONS_PER_PIXEL)), str(nucleus),
                comma(f"{nucleus / 11_000:.2f} %"), comma(f"{chance.between(0, 9):.3f}"), "0003-A", sure, "#N/A",
            ])
    expected.add_cells("0003", "0003-A", everything, areas, inform_markers)
    write("0003_cell_seg_data.txt", table(header, rows), line_end="\r\n")
    write("0003_cell_seg_data_summary.txt", table(header, summary), line_end="\r\n")


def signs(cell):
    """1 or 0 for each marker; empty if unknown."""
    return ["" if cell.markers is None else str(int(marker in cell.markers)) for marker in MARKERS]


# 0004: HALO, objects in pixels, areas from a table.


def write_0004(chance, expected, areas_table):
    words = {"CT": "Tumor center", "IM": "Invasive front", None: "Glass"}
    areas = {"CT": 0.2927, "IM": 0.2714}
    cells = []
    for number, region in enumerate(REGIONS):
        areas_table.append(["0004-A", words[region], repr(areas[region])])
        place = box(chance, 1000.0, 500.0 + 800.0 * number, areas[region])
        # HALO says 1 or 0 of every object.
        drawn = draw_cells(chance, "0004", region, areas[region], place)
        cells += [cell for cell in drawn if cell.markers is not None]
    # A few CD8+ cells show no CD3.
    for cell in [cell for cell in cells if cell.markers == ("CD3", "CD8")][:9]:
        cell.markers = ("CD8",)
    expected.add_cells("0004", "0004-A", cells, areas)
    # What the classifier takes for glass has no area, so no density.
    cells += [Cell(None, (), *box(chance, 4000.0, 4000.0, 0.1)()) for _ in range(6)]
    chance.shuffle(cells)
    rows = []
    for number, cell in enumerate(cells):
        half = chance.whole(7, 13)
        x, y = round(cell.x / MICRONS_PER_PIXEL), round(cell.y / MICRONS_PER_PIXEL)
        cd3, cd8 = signs(cell)
        rows.append([
            "\\\\halo\\scans\\0004-A.qptiff", "Layer 1", str(number), words[cell.region],
            *(str(edge) for edge in (x - half, x + half, y - half, y + half)),
            cd3, cd3, f"{chance.between(0, 9):.2f}", cd8, cd8, f"{chance.between(0, 9):.2f}",
            f"{math.pi * half**2 * MICRONS_PER_PIXEL**2:.1f}",
        ])
    header = [
        "Image Location", "Analysis Region", "Object Id", "Classifier Label", "XMin", "XMax", "YMin", "YMax",
        "CD3 (Opal 570) Positive", "CD3 (Opal 570) Positive Cytoplasm", "CD3 (Opal 570) Cytoplasm Intensity",
        "CD8 (Opal 520) Positive", "CD8 (Opal 520) Positive Cytoplasm", "CD8 (Opal 520) Cytoplasm Intensity",
        "Cell Area (μm²)",
    ]
    write("0004_halo_objects.csv", table(header, rows, ","), encoding="utf-8-sig", line_end="\r\n")


# 0005: QuPath 0.1, one section a marker, counts by annotation, in Latin-1.


def write_0005(chance, expected):
    sections = {
        "CD3": (("TU_CORE", "CT", 1_099_718.3), ("MARG_500_IN", "IM", 1_834_682.2),
                ("MARG_500_OUT", "IM", 1_438_357.9), ("MARG_LUMEN", None, 321_095.6)),
        "CD8": (("TU_CORE", "CT", 1_060_204.1), ("MARG_500_IN", "IM", 1_795_003.7),
                ("MARG_500_OUT", "IM", 1_502_116.4), ("MARG_LUMEN", None, 330_410.2)),
    }
    for at, (marker, annotations) in enumerate(sections.items()):
        n_cells, areas, rows = {}, {}, []
        for name, region, um2 in annotations:
            density = DENSITY["0005"][region or "CT"][at]
            positive, negative = chance.count(density * um2 / 1e6), chance.count(6000.0 * um2 / 1e6)
            n_cells[region] = n_cells.get(region, 0) + positive
            areas[region] = areas.get(region, 0.0) + um2 / 1e6
            counts = [str(negative), str(positive), f"{100 * positive / (positive + negative):.4g}",
                      f"{positive / um2 * 1e6:.5g}"]
            # QuPath makes a column of a class only if some object of the image is of it.
            counts = counts if marker == "CD3" else [counts[0], counts[2]]
            rows.append([name, name, "Area", f"{chance.between(9e3, 11e3):.1f}", f"{chance.between(5e3, 9e3):.1f}",
                         *counts, f"{um2:.1f}", f"{9 * math.sqrt(um2):.1f}"])
        for region in REGIONS:
            expected.add("0005", f"0005-{marker}", region, marker, n_cells[region], areas[region])
        header = ["Name", "Class", "ROI", "Centroid X µm", "Centroid Y µm", "Num Negative"]
        header += ["Num Positive", "Positive %", "Num Positive per mm^2"] if marker == "CD3" else ["Positive %"]
        name = f"CL_COAD_ID_0005_AG_{marker}_RESULT.txt"
        write(name, table([*header, "Area µm^2", "Perimeter µm"], rows), encoding="latin-1")


# 0006 and 0007: contexture's own table of cells, gzipped; of 0007 the second half is lost.


def own_cells(chance, patient, areas):
    cells = [cell for region in REGIONS
             for cell in draw_cells(chance, patient, region, areas[region], lambda: (0.0, 0.0))]
    chance.shuffle(cells)
    rows = []
    for number, cell in enumerate(cells, start=1):
        cd3, cd8 = signs(cell)
        # Whether a cell has CD8 is not known of all: an empty cell is no 0.
        cd8 = "" if cd8 == "0" and chance.below(0.03) else cd8
        rows.append([f"{patient}-A", patient, str(number), cell.region, cd3, cd8])
    return cells, table(["sample_id", "patient_id", "cell_id", "region", *MARKERS], rows, ",")


def write_0006(chance, expected, areas_table):
    areas = {"CT": 1.3516, "IM": 1.1208}
    cells, text = own_cells(chance, "0006", areas)
    expected.add_cells("0006", "0006-A", cells, areas)
    areas_table += [["0006-A", region, repr(area)] for region, area in areas.items()]
    (HERE / "0006_cells.csv.gz").write_bytes(gzipped(text))


def write_0007(chance):
    _, text = own_cells(chance, "0007", {"CT": 0.5, "IM": 0.5})
    whole = gzipped(text)
    (HERE / "0007_truncated_cells.csv.gz").write_bytes(whole[: len(whole) // 2])


def main():
    expected, areas_table = Expected(), []
    # Each slide has chance of its own, so that a change of one leaves the others.
    chances = [Chance(SEED + number) for number in range(8)]
    write_0001(chances[1], expected)
    write_0002(chances[2], expected)
    write_0003(chances[3], expected)
    write_0004(chances[4], expected, areas_table)
    write_0005(chances[5], expected)
    write_0006(chances[6], expected, areas_table)
    write_0007(chances[7])
    write("areas.csv", table(["sample_id", "region", "area_mm2"], areas_table, ","))
    header = ["patient_id", "sample_id", "region", "marker", "n_cells", "area_mm2", "cells_per_mm2"]
    write("expected_densities.tsv", table(header, sorted(expected.rows)))
    header = ["sample_id", "patient_id", "path", "microns_per_pixel", "annotations", "regions", "marker"]
    samples = [
        ["0001-A", "0001", "0001_qupath_cells.tsv", "", "0001_qupath_annotations.tsv", "", ""],
        ["0002-A", "0002", "0002_qupath_cells_px.tsv", "0.5", "0002_qupath_regions.geojson", "", ""],
        ["0003-A", "0003", "0003_cell_seg_data.txt", "", "", "0003_cell_seg_data_summary.txt", ""],
        ["0004-A", "0004", "0004_halo_objects.csv", "", "", "areas.csv", ""],
        ["0005-CD3", "0005", "CL_COAD_ID_0005_AG_CD3_RESULT.txt", "", "", "", "CD3"],
        ["0005-CD8", "0005", "CL_COAD_ID_0005_AG_CD8_RESULT.txt", "", "", "", "CD8"],
        ["0006-A", "0006", "0006_cells.csv.gz", "", "", "areas.csv", ""],
    ]
    broken = ["0007-A", "0007", "0007_truncated_cells.csv.gz", "", "", "", ""]
    write("samples.csv", table(header, samples, ","))
    write("samples_with_a_broken_one.csv", table(header, [*samples[:2], broken, *samples[2:]], ","))


if __name__ == "__main__":
    main()
