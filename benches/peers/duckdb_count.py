"""Counts with DuckDB. Usage: python duckdb_count.py FILE..."""

from pathlib import Path

import duckdb

from task import files, print_counts


def reader(path: str, suffix: str) -> str:
    """The table as a query sees it. Text: all columns are declared words, so that no type is looked for or parsed."""
    if suffix == ".parquet":
        return "read_parquet($paths)"
    with Path(path).open(encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    options = r"delim = '\t', quote = '', escape = '', header = true, auto_detect = false"
    return f"read_csv($paths, {options}, columns = {{{columns}}})"


def main() -> None:
    paths, suffix, keys = files()
    columns = ", ".join(f'"{key}"' for key in keys)
    query = f"SELECT {columns}, count(*) FROM {reader(paths[0], suffix)} GROUP BY ALL"
    print_counts(duckdb.execute(query, {"paths": paths}).fetchall())


if __name__ == "__main__":
    main()
