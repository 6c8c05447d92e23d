# Reference values for whether a batch comes from the distribution of a reference, one file per statistic.
#
# Run here: Rscript make_batch.R [FOLDER]     (default: expected)
#
# Densities are made up: log-normal, rounded so that some are tied, some 0.
source("json.R")
suppressWarnings(suppressMessages(library(kSamples)))
set.seed(20240501)
densities <- function(n, digits, shift=0, zeros=0) round(c(rep(0, zeros), exp(rnorm(n - zeros, 5.5 + shift, 0.9))), digits)
pairs <- list(
  untied=list(reference=densities(45, 6), batch=densities(23, 6, 0.3)),
  tied=list(reference=densities(60, -2, 0, 5), batch=densities(31, -2, 0.4, 2)),
  large=list(reference=densities(240, 0), batch=densities(70, 0, -0.25)),
  far=list(reference=densities(30, 3), batch=densities(25, 3, 3)),
  few=list(reference=c(1, 2, 2, 7), batch=c(2, 9, 11)))

# The index from R's own quantiles and bins.
index <- function(x, y) {
  ends <- unique(quantile(x, (1:9) / 10, type=1, names=FALSE))
  ends <- c(-Inf, ends[ends < max(x)], Inf)
  p <- table(cut(x, ends)); q <- table(cut(y, ends))
  empty <- sum(q == 0)
  p <- as.vector(p) / length(x)
  q <- if (empty) (as.vector(q) + 0.5) / (length(y) + 0.5 * length(q)) else as.vector(q) / length(y)
  chi <- sum((q - p) * log(q / p)) / (1 / length(x) + 1 / length(y))
  list(index=sum((q - p) * log(q / p)), contribution=(q - p) * log(q / p), n_empty_bins=empty,
       p_value=pchisq(chi, length(p) - 1, lower.tail=FALSE))
}
write("stability_index", NULL, "cut(x, quantile(x, 1:9/10, type=1)), sum((q - p) * log(q / p))", pairs,
      lapply(pairs, function(it) index(it$reference, it$batch)))

ks <- function(x, y, exact) { t <- suppressWarnings(ks.test(x, y, exact=exact)); list(distance=unname(t$statistic), p_value=t$p.value) }
# R keeps one or two terms of the series of the limit; this is both series to the end.
limit <- function(x, y) {
  t <- unname(suppressWarnings(ks.test(x, y, exact=FALSE))$statistic) * sqrt(length(x) * length(y) / (length(x) + length(y)))
  k <- 1:50
  if (t < 0.7) 1 - sqrt(2 * pi) / t * sum(exp(-(2 * k - 1)^2 * pi^2 / (8 * t^2))) else 2 * sum((-1)^(k - 1) * exp(-2 * k^2 * t^2))
}
write("kolmogorov_smirnov", NULL, "ks.test(reference, batch, exact=)", pairs,
      lapply(pairs, function(it) list(default=ks(it$reference, it$batch, NULL), exact=ks(it$reference, it$batch, TRUE),
                                      asymptotic=ks(it$reference, it$batch, FALSE), limit=limit(it$reference, it$batch))))

# The C routine of kSamples gives the statistic with all digits; the table and sigma that it prints are rounded.
sigma <- function(n1, n2) {
  N <- n1 + n2; k <- 2; H <- 1 / n1 + 1 / n2; i <- 1:(N - 1); h <- sum(1 / i)
  g <- sum(sapply(1:(N - 2), function(i) sum(1 / ((N - i) * ((i + 1):(N - 1))))))
  a <- (4 * g - 6) * (k - 1) + (10 - 6 * g) * H
  b <- (2 * g - 4) * k^2 + 8 * h * k + (2 * g - 14 * h - 4) * H - 8 * h + 4 * g - 6
  c <- (6 * h + 2 * g - 2) * k^2 + (4 * h - 4 * g + 6) * k + (2 * h - 6) * H + 4 * h
  d <- (2 * h + 6) * k^2 - 4 * h * k
  sqrt((a * N^3 + b * N^2 + c * N + d) / ((N - 1) * (N - 2) * (N - 3)))
}
anderson <- function(x, y) {
  z <- sort(unique(c(x, y)))
  raw <- .C("adkTestStat0", ans=numeric(2), k=2L, x=as.double(c(x, y)), ns=c(length(x), length(y)), Z.star=z,
            L=length(z), PACKAGE="kSamples")$ans[2]
  printed <- ad.test(x, y, method="asymptotic")
  s <- sigma(length(x), length(y))
  stopifnot(abs(s - printed$sig) < 1e-5)
  list(statistic=raw, standardized=(raw - 1) / s, p_value=printed$ad[2, 3],
       limit_p_value=1 - goftest::pAD(1 + (raw - 1) / s * sqrt(2 * (pi^2 - 9) / 3), fast=FALSE))
}
write("anderson_darling", c("kSamples", "goftest"), "ad.test(reference, batch), version 2; goftest::pAD of the statistic standardised to the limit",
      pairs, lapply(pairs, function(it) anderson(it$reference, it$batch)))

# Positive densities only; the exact interval of wilcox.test where it has one, and the same order statistics by hand.
shift <- function(x, y) {
  x <- x[x > 0]; y <- y[y > 0]
  welch <- t.test(log(y), log(x))
  d <- sort(outer(log(y), log(x), "-")); m <- length(x); n <- length(y)
  u <- if (m < 50 && n < 50) qwilcox(0.025, m, n) else floor(m * n / 2 + qnorm(0.025) * sqrt(m * n * (m + n + 1) / 12) + 0.5)
  exact <- if (m < 50 && n < 50 && !anyDuplicated(c(x, y)) && u > 0) {
    t <- wilcox.test(log(y), log(x), conf.int=TRUE); 100 * expm1(c(t$estimate, t$conf.int))
  }
  percent <- function(it) 100 * expm1(unname(it))
  list(median=100 * (median(y) / median(x) - 1), means=percent(c(mean(log(y)) - mean(log(x)), welch$conf.int)),
       pairs=if (u > 0) percent(c(median(d), d[u], d[m * n + 1 - u])), wilcox=exact)
}
positive <- lapply(pairs, function(it) lapply(it, function(v) v[v > 0]))
write("location_shift", NULL, "t.test and wilcox.test(conf.int=TRUE) of log(batch), log(reference); sort(outer(log(y), log(x), '-'))",
      positive, lapply(positive, function(it) shift(it$reference, it$batch)))
