"""Counts with pyarrow, file by file, words read as dictionaries. Usage: python pyarrow_count.py FILE..."""

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from task import files, print_counts


def read(path: str, suffix: str, keys: list[str]) -> pa.Table:
    """The columns to count by, each word kept once."""
    if suffix == ".parquet":
        return pq.read_table(path, columns=keys, read_dictionary=keys)
    words = dict.fromkeys(keys, pa.dictionary(pa.int32(), pa.string()))
    return pc.read_csv(
        path,
        parse_options=pc.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=pc.ConvertOptions(include_columns=keys, column_types=words),
    )


def count(table: pa.Table, keys: list[str]) -> pa.Table:
    """Counts of one file, words as text again so that files can be joined."""
    counts = table.unify_dictionaries().group_by(keys).aggregate([([], "count_all")])
    return counts.cast(pa.schema([*((key, pa.string()) for key in keys), ("count_all", pa.int64())]))


def main() -> None:
    paths, suffix, keys = files()
    counts = pa.concat_tables(count(read(path, suffix, keys), keys) for path in paths)
    total = counts.group_by(keys).aggregate([("count_all", "sum")])
    print_counts(zip(*(column.to_pylist() for column in total.columns)))


if __name__ == "__main__":
    main()
