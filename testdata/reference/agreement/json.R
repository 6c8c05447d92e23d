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
# Quantiles of t with non-centrality: P(T <= q) is the mean of pnorm(q SD / sigma - ncp), by integration on the scale of
# log(SD / sigma), as pt() is right to twelve decimals at most and not meant for an ncp above 37.6.
noncentral_t <- function(p, df, ncp) {
  at_most <- function(q) integrate(function(x) pnorm(q * exp(x) - ncp) * exp(log(2) + df / 2 * log(df / 2) - lgamma(df / 2) + df * (x - exp(2 * x) / 2)),
                                   -max(40 / df, 12 / sqrt(2 * df)), min(3, 12 / sqrt(2 * df)), rel.tol=1e-13, subdivisions=2000L)$value
  near <- suppressWarnings(qt(p, df, ncp))
  mapply(function(p, near) uniroot(function(q) at_most(q) - p, near + c(-0.1, 0.1), tol=1e-15)$root, p, near)
}
