"""Counts with pandas, file by file. Usage: python pandas_count.py FILE..."""

import pandas as pd

from task import files, print_counts


def read(path: str, suffix: str, keys: list[str]) -> pd.DataFrame:
    """The columns to count by, each word kept once."""
    if suffix == ".parquet":
        return pd.read_parquet(path, columns=keys, read_dictionary=keys)
    return pd.read_csv(path, sep="\t", usecols=keys, dtype="category", quoting=3)


def main() -> None:
    paths, suffix, keys = files()
    counts = [read(path, suffix, keys).groupby(keys, observed=True).size().reset_index(name="n") for path in paths]
    for key in keys:
        for table in counts:
            table[key] = table[key].astype(str)
    total = pd.concat(counts).groupby(keys)["n"].sum().reset_index()
    print_counts(total.itertuples(index=False, name=None))


if __name__ == "__main__":
    main()
