"""Writes one_patient.parquet. It needs pyarrow; the tests do not."""

import datetime
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

table = pa.table({
    "patient_id": ["p1"] * 4,
    "region": pa.array(["CT", "CT", "IM", "IM"]).dictionary_encode(),
    "marker": ["CD3", "CD8", "CD3", "CD8"],
    "n_cells": pa.array([900, 300, 1800, 700], pa.int32()),
    "area_mm2": [5.0, 5.0, 4.5, 4.5],
    "scanned_on": [datetime.date(2020, 2, 29)] * 4,
    "price": [decimal.Decimal("1.50")] * 4,
    "half": pa.array([0.5] * 4, pa.float16()),
    "block": pa.array([1] * 4, pa.int8()),
    "remark": ["first", "", "NA", None],
})
pq.write_table(table, pathlib.Path(__file__).with_name("one_patient.parquet"), compression="none")
