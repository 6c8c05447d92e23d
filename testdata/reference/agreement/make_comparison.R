# Reference values for `contexture compare`, from tables to every number: three readers of densities, two of a score.
#
# Run here: Rscript make_comparison.R [FOLDER]     (default: expected)
#
# All densities are made up: log-normal patients, readers with bias and scatter; some are 0, some were not read. Scores are
# mean percentiles in the reference of ../../cohort, an equal value counting half.
source("json.R")
suppressWarnings(suppressMessages({library(psych); library(epiR); library(vcd); library(jsonlite)}))
set.seed(20240611)
z <- qnorm(0.975)

limits <- function(d) {
  n <- length(d); t <- t.test(d)
  reach <- noncentral_t(c(0.025, 0.975), n - 1, z * sqrt(n)) / sqrt(n)
  list(bias=c(t$estimate, t$conf.int), lower_limit=mean(d) - sd(d) * c(z, rev(reach)), upper_limit=mean(d) + sd(d) * c(z, reach))
}
slope <- function(x, y) { it <- lm(I(y - x) ~ I((x + y) / 2)); list(slope=c(coef(it)[2], confint(it)[2, ]), p_value=summary(it)$coefficients[2, 4]) }
icc <- function(m) {
  it <- suppressWarnings(ICC(m, lmer=FALSE))$results[1:3, c("ICC", "lower bound", "upper bound")]
  setNames(lapply(1:3, function(i) unname(unlist(it[i, ]))), c("icc_1_1", "icc_2_1", "icc_3_1"))
}
spearman <- function(x, y) {
  it <- suppressWarnings(cor.test(x, y, method="spearman")); r <- unname(it$estimate)
  c(r, tanh(atanh(r) + c(-1, 1) * z * sqrt((1 + r^2 / 2) / (length(x) - 3))))
}
variation <- function(m) {
  a <- summary(aov(as.vector(log(m)) ~ factor(as.vector(row(m)))))[[1]]
  v <- a[2, "Df"]; s2 <- a[2, "Mean Sq"]
  sqrt(exp(c(s2, v * s2 / qchisq(c(0.975, 0.025), v))) - 1)
}
pair <- function(x, y) {
  p <- cor.test(x, y)
  c(limits(y - x), list(proportional_bias=slope(x, y)), icc(cbind(x, y)),
    list(concordance=unlist(epi.ccc(x, y)$rho.c, use.names=FALSE), pearson=c(p$estimate, p$conf.int)))
}

reader <- function(truth, shift, noise) round(exp(truth + shift + rnorm(length(truth), 0, noise)), 2)
component <- function(n, zeros) {
  truth <- rnorm(n, 5.5, 0.9)
  m <- cbind(a=reader(truth, 0, 0.1), b=reader(truth, 0.15, 0.2), c=reader(truth, -0.1, 0.3))
  m[zeros] <- 0
  m[1, 3] <- NA; m[4, 2] <- NA
  m
}
n <- 32
tables <- list(CD3_CT=component(n, cbind(c(5, 6, 6, 7), c(1, 1, 2, 3))), CD8_IM=component(n, cbind(c(9, 9, 9), 1:3)))
of_component <- function(m) {
  pairs <- list(a_b=c(1, 2), a_c=c(1, 3), b_c=c(2, 3))
  complete <- m[complete.cases(m), ]
  positive <- complete[apply(complete > 0, 1, all), ]
  c(lapply(pairs, function(at) {
    it <- m[complete.cases(m[, at]), at]; x <- it[, 1]; y <- it[, 2]; keep <- x > 0 & y > 0
    found <- pair(log(x[keep]), log(y[keep]))
    for (name in c("bias", "lower_limit", "upper_limit")) found[[name]] <- exp(found[[name]])
    c(list(n=length(x), zeros=c(sum(x == 0 & y > 0), sum(x > 0 & y == 0), sum(x == 0 & y == 0)), medians=c(median(x), median(y)),
           spearman=spearman(x, y), variation=variation(cbind(x, y)[keep, ])), found)
  }), list(all=c(list(n=nrow(complete), n_with_zero=nrow(complete) - nrow(positive), variation=variation(positive)), icc(log(positive)))))
}

reference <- fromJSON("../../cohort/reference.json", simplifyVector=FALSE)$components
names(reference) <- sapply(reference, function(it) paste(it$marker, it$region, sep="_"))
values <- lapply(reference, function(it) unlist(it$values))
score <- function(m) rowMeans(sapply(names(values), function(it) {
  v <- values[[it]]; sapply(m[, it], function(d) 100 * (sum(v < d) + sum(v == d) / 2) / length(v))
}))
truth <- sapply(values, function(v) sample(log(v[v > 0]), 90, TRUE) * 0.5 + log(median(v)) * 0.5)
shared <- rnorm(90, 0, 0.8)
read <- function(shift, noise) { m <- round(exp(truth + shared + shift + rnorm(length(truth), 0, noise)), 3); colnames(m) <- names(values); m }
readers <- list(a=read(0, 0.1), b=read(0.12, 0.25))
scores <- lapply(readers, score)
# Scores that are equal on paper differ in their last bit, and are ties all the same: ranks are of rounded ones.
cuts <- list(five_class=c(10, 25, 70, 95), three_class=c(25, 70))
classes <- function(cut) {
  of <- lapply(scores, function(it) factor(findInterval(it, cut, left.open=TRUE), 0:length(cut)))
  x <- table(of$a, of$b)
  k <- Kappa(x); q <- Kappa(x, "Fleiss-Cohen"); p <- prop.test(sum(diag(x)), sum(x), correct=FALSE)
  list(table=unname(matrix(x, nrow(x))), agreement=c(p$estimate, p$conf.int), kappa=c(k$Unweighted[1], confint(k)[1, ]),
       quadratic_kappa=c(q$Weighted[1], confint(q)[2, ]), changed=which(of$a != of$b) - 1)
}
write("comparison", c("psych", "epiR", "vcd"),
      "t.test, lm, ICC(lmer=FALSE), epi.ccc, cor.test, aov, Kappa, prop.test; exact limits by integrate(), see this recipe",
      list(densities=lapply(tables, function(m) lapply(setNames(nm=colnames(m)), function(it) unname(m[, it]))),
           scores=lapply(readers, function(m) lapply(setNames(nm=colnames(m)), function(it) unname(m[, it])))),
      list(densities=lapply(tables, of_component),
           scores=c(list(score=scores, medians=sapply(scores, median, USE.NAMES=FALSE), spearman=spearman(round(scores$a, 9), round(scores$b, 9))),
                    pair(scores$a, scores$b), lapply(cuts, classes))))
