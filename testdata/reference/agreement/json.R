# Writes references: each file holds what went in, what R said, and the versions that said it.
folder <- c(commandArgs(TRUE), "expected")[1]
dir.create(folder, FALSE, TRUE)
json <- function(v) {
  if (is.null(v)) "null"
  else if (is.matrix(v)) json(lapply(seq_len(nrow(v)), function(i) unname(v[i, ])))
  else if (is.list(v)) {
    parts <- vapply(v, json, "")
    if (is.null(names(v))) paste0("[", paste(parts, collapse=", "), "]")
    else paste0("{", paste0('"', names(v), '": ', parts, collapse=", "), "}")
  } else {
    parts <- if (is.character(v)) paste0('"', v, '"') else ifelse(is.na(v), "null", sprintf("%.17g", v))
    if (length(v) == 1) parts else paste0("[", paste(parts, collapse=", "), "]")
  }
}
write <- function(id, packages, call, input, expected) {
  versions <- c(list(R=R.version.string), lapply(setNames(nm=packages), function(it) as.character(packageVersion(it))))
  lines <- c(sprintf('  "call": %s', json(call)), sprintf('  "package": %s', json(versions)),
             sprintf('  "input": %s', json(input)), sprintf('  "expected": %s', json(expected)))
  writeLines(c("{", paste(lines, collapse=",\n"), "}"), file.path(folder, paste0(id, ".json")))
}
