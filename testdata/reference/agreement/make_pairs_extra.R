# More reference values for agreement: small, tied, opposed and large samples, several lots, sparse tables, extreme counts.
#
# Run here: Rscript make_pairs_extra.R [FOLDER]     (default: expected)
#
# Densities are made up: log-normal, some
# rounded so that they are tied, some 0. `judges` is Table 2 of Shrout & Fleiss (1979), `diagnoses` Table 1 of Fleiss,
# Cohen & Everitt (1969). What no package has is the formula of the paper in base R.
suppressWarnings(suppressMessages({ library(psych); library(vcd); library(epiR) }))
source("json.R")

set.seed(20240507)
z <- qnorm(0.975)
truth <- function(n) rnorm(n, 5.5, 0.9)
reader <- function(truth, digits, shift=0, noise=0.25) round(exp(truth + shift + rnorm(length(truth), 0, noise)), digits)
pair <- function(n, digits, shift=0, noise=0.25) { t <- truth(n); list(first=reader(t, digits, 0, noise), second=reader(t, digits, shift, noise)) }
pairs <- list(untied=pair(37, 6, 0.2), tied=pair(48, -2, -0.1, 0.6), large=pair(420, 2, 0.05), poor=pair(16, 3, 1, 1.2),
              few=list(first=c(12, 180, 55, 9), second=c(20, 150, 71, 14)), nine=pair(9, 5, 0, 0.8), opposed=list(first=1:7 + 0.5, second=c(9, 7, 8, 5, 4, 1, 2)))

correlation <- function(x, y) {
  n <- length(x); p <- cor.test(x, y)
  s <- suppressWarnings(cor.test(x, y, method="spearman"))
  rho <- unname(s$estimate); se <- sqrt((1 + rho^2 / 2) / (n - 3))
  list(pearson=list(r=unname(p$estimate), interval=as.vector(p$conf.int), t=unname(p$statistic), p_value=p$p.value),
       spearman=list(r=rho, interval=tanh(atanh(rho) + c(-1, 1) * z * se), p_value=s$p.value))
}
write("correlation_extra", NULL, "cor.test(first, second); cor.test(first, second, method='spearman'); tanh(atanh(rho) -+ z sqrt((1 + rho^2 / 2) / (n - 3)))",
      pairs, lapply(pairs, function(it) correlation(it$first, it$second)))

lin <- function(x, y) {
  it <- epi.ccc(x, y)
  list(ccc=unlist(it$rho.c, use.names=FALSE), accuracy=it$C.b, scale_shift=1 / it$s.shift, location_shift=it$l.shift)
}
write("concordance_correlation_extra", "epiR", "epi.ccc(first, second)", pairs, lapply(pairs, function(it) lin(it$first, it$second)))

judges <- cbind(c(9, 6, 8, 7, 10, 6), c(2, 1, 4, 1, 5, 2), c(5, 3, 6, 2, 6, 4), c(8, 2, 8, 6, 9, 7))
t <- truth(30)
tables <- list(judges=judges, two=cbind(pairs$untied$first, pairs$untied$second), poor=cbind(pairs$poor$first, pairs$poor$second),
               lots=log(cbind(reader(t, 4), reader(t, 4, 0.4), reader(t, 4, -0.2), reader(t, 4, 0, 0.6), reader(t, 4))))
intraclass <- function(m) {
  it <- ICC(m, lmer=FALSE)$results[1:3, ]
  rows <- lapply(1:3, function(i) list(icc=it$ICC[i], f=it$F[i], df=c(it$df1[i], it$df2[i]), p_value=it$p[i],
                                       interval=c(it[["lower bound"]][i], it[["upper bound"]][i])))
  setNames(rows, c("one_way", "agreement", "consistency"))
}
write("intraclass_extra", "psych", "ICC(columns, lmer=FALSE)", lapply(tables, function(m) t(m)), lapply(tables, intraclass))

# Exact limits: with the estimated mean and SD, sqrt(n) (mu + z sigma - mean) / SD has a non-central t distribution.
bland_altman <- function(x, y) {
  d <- log(y / x); n <- length(d); s <- sd(d); b <- mean(d)
  reach <- noncentral_t(c(0.025, 0.975), n - 1, z * sqrt(n)) / sqrt(n)
  line <- summary(lm(d ~ I((log(x) + log(y)) / 2)))$coefficients[2, ]
  list(std_dev=s, bias=exp(b + c(0, -1, 1) * qt(0.975, n - 1) * s / sqrt(n)),
       lower_limit=exp(b - s * c(z, rev(reach))), upper_limit=exp(b + s * c(z, reach)),
       slope=c(line[1], line[1] + c(-1, 1) * qt(0.975, n - 2) * line[2]), std_err=line[[2]], t=line[[3]], p_value=line[[4]])
}
logged <- pairs[c("untied", "large", "poor", "few", "opposed")]
write("limits_of_agreement_extra", NULL, "t.test(log(second / first)); exact limits by integrate(); lm(difference ~ mean)", logged,
      lapply(logged, function(it) bland_altman(it$first, it$second)))

within <- function(groups) {
  x <- log(unlist(groups)); g <- factor(rep(seq_along(groups), lengths(groups)))
  it <- anova(lm(x ~ g)); v <- it["Residuals", "Mean Sq"]; df <- it["Residuals", "Df"]
  list(variance=v, df=df, cv=sqrt(exp(c(v, df * v / qchisq(c(0.975, 0.025), df))) - 1))
}
replicates <- list(lots=lapply(1:30, function(i) exp(tables$lots[i, ])), unequal=list(c(5, 7), c(100, 80, 120), 9, c(31, 30)),
                   two=lapply(1:37, function(i) tables$two[i, ]))
write("within_subject_extra", NULL, "anova(lm(log(x) ~ patient)); qchisq", replicates, lapply(replicates, within))

diagnoses <- rbind(c(106, 10, 4), c(22, 28, 10), c(2, 12, 6))
cells <- function(k, n) matrix(rmultinom(1, n, 0.3 + 6 * exp(-abs(outer(1:k, 1:k, "-")))), k)
confusions <- list(diagnoses=diagnoses, five=cells(5, 140), two=rbind(c(20, 5), c(10, 15)), sparse=rbind(c(4, 0, 2), c(0, 3, 0), c(0, 1, 0)))
kappas <- function(m) {
  n <- sum(m); k <- nrow(m)
  null <- function(w) { p <- rowSums(m) / n; q <- colSums(m) / n; e <- sum(w * p %o% q)
    sqrt((sum(p %o% q * (w - outer(as.vector(w %*% q), as.vector(t(w) %*% p), "+"))^2) - e^2) / n) / (1 - e) }
  a <- Kappa(m, weights="Equal-Spacing"); b <- Kappa(m, weights="Fleiss-Cohen")
  away <- abs(outer(1:k, 1:k, "-")) / (k - 1)
  one <- function(it, w) list(kappa=it[[1]], std_err=it[[2]], null_std_err=null(w))
  off <- (m - t(m))[upper.tri(m)]; both <- (m + t(m))[upper.tri(m)]; chi <- sum(off[both > 0]^2 / both[both > 0])
  p <- rowSums(m) / n; q <- colSums(m) / n
  list(agreement=c(sum(diag(m)) / n, prop.test(sum(diag(m)), n, correct=FALSE)$conf.int), unweighted=one(a$Unweighted, diag(k)),
       linear=one(a$Weighted, 1 - away), quadratic=one(b$Weighted, 1 - away^2),
       maximum=(sum(pmin(p, q)) - sum(p * q)) / (1 - sum(p * q)),
       symmetry=list(chi_square=chi, df=sum(both > 0), p_value=pchisq(chi, sum(both > 0), lower.tail=FALSE)))
}
stopifnot(all.equal(kappas(diagnoses)$symmetry$chi_square, unname(mcnemar.test(diagnoses)$statistic)))
stopifnot(all.equal(cohen.kappa(confusions$five)$weighted.kappa, kappas(confusions$five)$quadratic$kappa))
write("categories_extra", c("vcd", "psych"), "vcd::Kappa(table, weights=); prop.test(correct=FALSE); mcnemar.test(correct=FALSE)", confusions,
      lapply(confusions, kappas))

# Ratios, so that equal ones are tied whatever their densities. A change from 0, or to 0, is larger than any ratio: ±1000.
change <- function(x, y) {
  is_ratio <- x > 0 & y > 0
  d <- ifelse(is_ratio, ifelse(y >= x, 1, -1) * log(pmax(x, y) / pmin(x, y)), sign(y - x) * 1000); it <- t.test(d[is_ratio])
  w <- function(...) { r <- suppressWarnings(wilcox.test(d, ...)); list(statistic=unname(r$statistic), p_value=r$p.value) }
  list(ratio=exp(c(it$estimate, it$conf.int)), t=unname(it$statistic), p_value=it$p.value,
       default=w(), normal=w(exact=FALSE))
}
changes <- c(pairs, list(equal_ratios=list(first=c(10, 100, 7, 5, 30, 9, 64, 8), second=c(20, 200, 7, 15, 10, 27, 32, 4))))
write("paired_change_extra", NULL, "t.test(log(second / first)); wilcox.test(log ratios, 1000 from 0, -1000 to 0)", changes, lapply(changes, function(it) change(it$first, it$second)))

counts <- list(c(120, 1.5, 180, 1.2), c(3, 0.5, 0, 2), c(0, 1, 4, 1), c(50, 1, 50, 1), c(21000, 3.2, 20300, 3.05), c(7, 2, 9, 0.4), c(1, 1, 1, 3), c(180000, 21.5, 181500, 21.4))
poisson <- function(it) {
  r <- poisson.test(c(it[3], it[1]), c(it[4], it[2]))
  v <- c(unname(r$estimate), r$conf.int); v[!is.finite(v)] <- NA
  list(ratio=v, p_value=r$p.value)
}
write("count_change_extra", NULL, "poisson.test(c(n_after, n_before), c(area_after, area_before))", counts, lapply(counts, poisson))
