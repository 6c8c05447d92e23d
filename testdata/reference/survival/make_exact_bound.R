# References of src/survival/cutpoint/hothorn_lausen.rs: maxstat's pmethod = "HL".
# Rscript make_exact_bound.R, in this folder.
# maxstat takes the observed statistic for not reached (H[S <= b] <- 0): pmaxstat is asked just below it as well. The marker is
# karno with ties broken by row: with tied values maxstat subtracts sizes that are no candidate.
suppressMessages({library(survival); library(maxstat); library(jsonlite)})
one <- function(d, minprop, maxprop) {
  d$marker <- d$karno + seq_len(nrow(d)) / 1e4
  r <- maxstat.test(Surv(time, status) ~ marker, data = d, smethod = "LogRank", pmethod = "HL",
                    minprop = minprop, maxprop = maxprop)
  a <- exactRankTests::cscores(Surv(d$time, d$status), type = "LogRank", int = FALSE)
  a <- a - min(a)
  a <- round(a * length(a) / max(a))
  m <- max(1, floor(nrow(d) * minprop)):floor(nrow(d) * maxprop)
  list(statistic = unname(r$statistic), p_maxstat = unname(r$p.value),
       p_reached = pmaxstat(unname(r$statistic) * (1 - 1e-9), a, m))
}
veteran <- read.csv("data/veteran.csv")
out <- list(
  id = "maxstat_veteran_HL", data = "veteran",
  call = "maxstat.test(Surv(time,status)~karno+row/1e4, pmethod='HL'); pmaxstat just below", rtol = 1e-10,
  package = list(R = R.version.string, pkg = "maxstat", version = as.character(packageVersion("maxstat"))),
  expected = list(first_40 = one(veteran[1:40, ], .1, .9), last_60 = one(veteran[78:137, ], .25, .75),
                  all = one(veteran, .1, .9)))
writeLines(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = TRUE), "expected/maxstat_veteran_HL.json")
