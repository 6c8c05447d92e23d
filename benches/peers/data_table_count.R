# Counts with R's data.table. Usage: Rscript data_table_count.R FILE.tsv...

suppressPackageStartupMessages(library(data.table))

# The default is half of the cores; the peers take all of them.
setDTthreads(0)

count <- function(path, keys) {
  fread(path, sep = "\t", quote = "", select = keys, colClasses = "character", showProgress = FALSE)[, .N, by = keys]
}

keys <- c("Image", "Parent", "Classification")
counts <- rbindlist(lapply(commandArgs(trailingOnly = TRUE), count, keys))
counts <- counts[, .(n_cells = sum(N)), by = keys]
setnames(counts, keys, c("sample", "region", "phenotype"))
setkey(counts, sample, region, phenotype)
fwrite(counts)
