"""Counts with polars, lazily, with the streaming engine. Usage: python polars_count.py FILE..."""

import polars as pl

from task import files, print_counts


def scan(paths: list[str], suffix: str) -> pl.LazyFrame:
    """The table, not yet read. Text: words stay words, so that no type is looked for or parsed."""
    if suffix == ".parquet":
        return pl.scan_parquet(paths)
    return pl.scan_csv(paths, separator="\t", quote_char=None, infer_schema=False)


def main() -> None:
    paths, suffix, keys = files()
    counts = scan(paths, suffix).group_by(keys).agg(pl.len())
    print_counts(counts.collect(engine="streaming").rows())


if __name__ == "__main__":
    main()
