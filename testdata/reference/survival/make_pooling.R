# References of src/survival/imputation.rs: mice's pool of Cox models and its D1 test, on fixed completions of lung.
# Rscript make_pooling.R, in this folder.
suppressMessages({library(survival); library(mice); library(jsonlite)})
lung <- read.csv("data/lung.csv")
COLUMNS <- c("age", "sex", "ph.ecog", "wt.loss")
complete <- function(j) {
  d <- lung
  for (column in c("ph.ecog", "wt.loss")) {
    missing <- which(is.na(d[[column]]))
    known <- d[[column]][!is.na(d[[column]])]
    # A donor for each missing value: any will do, if it differs between imputations.
    d[[column]][missing] <- known[(37 * j + 11 * seq_along(missing)) %% length(known) + 1]
  }
  d
}
fits <- lapply(1:5, function(j) coxph(Surv(time, status) ~ age + sex + ph.ecog + wt.loss, data = complete(j)))
pooled <- summary(pool(as.mira(fits)), conf.int = TRUE)
p <- pool(as.mira(fits))$pooled
dfcom <- fits[[1]]$nevent - length(COLUMNS)
Qhat <- sapply(fits, coef)
Uhat <- array(sapply(fits, vcov), c(4, 4, 5))
d1 <- function(k, m, df.com) {
  r <- mitml:::.D1(Qhat[1:k, 1:m, drop = FALSE], Uhat[1:k, 1:k, 1:m, drop = FALSE], df.com)
  list(f = c(r$F), v = r$v, r = r$r, p = pf(c(r$F), k, r$v, lower.tail = FALSE))
}
tails <- expand.grid(estimate = c(0.1, 2, 9), df = c(0.7, 3, 20.5, 1e4, 4e8))
out <- list(
  id = "rubin_pool_lung", data = "lung", call = "mice::pool of five coxph; mitml D1 with and without df.com",
  package = list(R = R.version.string, pkg = "mice", version = as.character(packageVersion("mice"))), rtol = 1e-8,
  expected = list(
    dfcom = dfcom, estimate = pooled$estimate, std_err = pooled$std.error, df = pooled$df, p = pooled$p.value,
    lower = pooled$`2.5 %`, upper = pooled$`97.5 %`, ubar = p$ubar, b = p$b, riv = p$riv, fmi = p$fmi,
    d1_finite = d1(4, 5, dfcom), d1_infinite = d1(4, 5, NULL), d1_few = d1(2, 3, NULL),
    tails = list(t = tails$estimate, df = tails$df, p = 2 * pt(-tails$estimate, tails$df), q = qt(0.975, tails$df))))
writeLines(toJSON(out, digits = I(17), auto_unbox = TRUE, pretty = TRUE), "expected/rubin_pool_lung.json")
