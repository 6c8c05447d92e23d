# Reference values for agreement between measurements of the same patients, one file per statistic.
#
# Run here: Rscript make_pairs.R [FOLDER]     (default: expected)
#
# shrout_fleiss is Table 2 of Shrout & Fleiss, Psychol Bull 1979;86:420-428; cohen is a table of Cohen, Educ Psychol Meas
# 1960;20:37-46. All else is made up: log-normal patients, readers with bias and scatter.
source("json.R")
suppressWarnings(suppressMessages({library(psych); library(epiR); library(vcd)}))
set.seed(20240502)
readers <- function(n, bias, scatter, digits) {
  patient <- rnorm(n, 5.5, 0.9)
  round(exp(sapply(bias, function(it) patient + it + rnorm(n, 0, scatter))), digits)
}
pairs <- list(near=readers(25, c(0, 0.05), 0.1, 3), biased=readers(40, c(0, 0.4), 0.3, 1), tied=readers(60, c(0, -0.1), 0.25, -2) + 100,
              opposed=cbind(c(1, 2, 3, 4, 5, 7), c(9, 8, 8, 4, 3, 1)), few=cbind(c(10, 20, 35, 50), c(12, 18, 30, 66)))
columns <- lapply(pairs, function(it) list(first=it[, 1], second=it[, 2]))

write("correlation", NULL, "cor.test(first, second); cor.test(method='spearman'); Bonett & Wright by hand", columns,
      lapply(columns, function(it) {
        p <- cor.test(it$first, it$second)
        s <- suppressWarnings(cor.test(it$first, it$second, method="spearman"))
        r <- unname(s$estimate); se <- sqrt((1 + r^2 / 2) / (length(it$first) - 3))
        list(pearson=c(p$estimate, p$conf.int, p$p.value), spearman=c(r, tanh(atanh(r) + c(-1, 1) * qnorm(0.975) * se), s$p.value))
      }))

shrout_fleiss <- rbind(c(9, 2, 5, 8), c(6, 1, 3, 2), c(8, 4, 6, 8), c(7, 1, 2, 6), c(10, 5, 6, 9), c(6, 2, 4, 7))
tables <- list(shrout_fleiss=shrout_fleiss, two=log(pairs$biased), three=log(readers(30, c(0, 0.2, -0.1), 0.2, 6)),
               noise=matrix(round(rnorm(40), 6), 10))
icc <- function(x) {
  r <- suppressWarnings(ICC(x, lmer=FALSE))$results[1:3, c("ICC", "lower bound", "upper bound", "F", "p")]
  setNames(lapply(1:3, function(i) unname(unlist(r[i, ]))), c("one_way", "agreement", "consistency"))
}
write("intraclass", "psych", "ICC(table, lmer=FALSE)", tables, lapply(tables, icc))

write("concordance_correlation", "epiR", "epi.ccc(first, second)", columns, lapply(columns, function(it) {
  r <- epi.ccc(it$first, it$second)
  list(concordance=unlist(r$rho.c, use.names=FALSE), accuracy=r$C.b)
}))

write("limits_of_agreement", NULL, "t.test(d), lm(d ~ mean) of logarithms; exact limits by integrate()", columns, lapply(columns, function(it) {
  d <- log(it$second) - log(it$first); m <- (log(it$second) + log(it$first)) / 2; n <- length(d)
  t <- t.test(d); slope <- lm(d ~ m)
  z <- qnorm(0.975); reach <- noncentral_t(c(0.025, 0.975), n - 1, z * sqrt(n)) / sqrt(n)
  list(bias=exp(c(t$estimate, t$conf.int)), lower_limit=exp(mean(d) - sd(d) * c(z, rev(reach))), upper_limit=exp(mean(d) + sd(d) * c(z, reach)),
       slope=c(coef(slope)[2], confint(slope)[2, ]), slope_p_value=summary(slope)$coefficients[2, 4])
}))

repeats <- list(two=pairs$near, three=exp(tables$three))
write("within_subject", NULL, "mean square of the residuals of aov(log(density) ~ subject); qchisq", repeats, lapply(repeats, function(x) {
  a <- summary(aov(as.vector(log(x)) ~ factor(as.vector(row(x)))))[[1]]
  v <- a[2, "Df"]; s2 <- a[2, "Mean Sq"]
  list(degrees_of_freedom=v, log_variance=s2, cv=sqrt(exp(c(s2, v * s2 / qchisq(c(0.975, 0.025), v))) - 1))
}))

counts <- list(cohen=rbind(c(88, 14, 18), c(10, 40, 10), c(2, 6, 12)), two=rbind(c(30, 7), c(2, 21)),
               four=rbind(c(20, 4, 1, 1), c(6, 15, 5, 2), c(1, 3, 18, 6), c(2, 1, 4, 11)))
write("categories", "vcd", "Kappa(table), Kappa(table, 'Fleiss-Cohen'), prop.test(correct=FALSE), mcnemar.test(correct=FALSE)", counts,
      lapply(counts, function(x) {
        k <- Kappa(x); q <- Kappa(x, "Fleiss-Cohen"); p <- prop.test(sum(diag(x)), sum(x), correct=FALSE)
        m <- mcnemar.test(x, correct=FALSE)
        list(kappa=unname(k$Unweighted), linear=unname(k$Weighted), quadratic=unname(q$Weighted),
             agreement=c(p$estimate, p$conf.int), symmetry=unname(c(m$statistic, m$p.value)))
      }))

changes <- c(columns, list(unchanged=list(first=c(1, 2, 4, 8, 16, 3, 5), second=c(2, 4, 4, 4, 64, 3, 15)),
                           many=list(first=round(exp(rnorm(55, 5)), 4), second=round(exp(rnorm(55, 5.3)), 4))))
write("paired_change", NULL, "t.test(d), wilcox.test(d, digits.rank=10) of d = log(second) - log(first)", changes, lapply(changes, function(it) {
  d <- log(it$second) - log(it$first)
  t <- t.test(d); w <- suppressWarnings(wilcox.test(d, digits.rank=10))
  list(ratio=exp(c(t$estimate, t$conf.int)), t=unname(t$statistic), t_p_value=t$p.value, v=unname(w$statistic), v_p_value=w$p.value)
}))

# A change from 0, or to 0, is larger than any ratio: ±1000 stands for its logarithm.
with_zeros <- list(all_from_0=list(first=rep(0, 70), second=1:70), most_from_0=list(first=c(rep(0, 66), 12, 30, 7, 55), second=c(1:66, 3, 41, 2, 60)),
                   both_ways=list(first=c(0, 0, 0, 5, 9, 0, 12, 30, 7, 55, 8), second=c(3, 8, 0, 0, 0, 2, 15, 21, 9, 54, 8)),
                   one_from_0=list(first=c(0, 5, 8, 3, 9), second=c(4, 10, 6, 3.5, 30)))
write("paired_change_zeros", NULL, "wilcox.test(d, digits.rank=10) of d = log(second) - log(first), or 1000 from 0, -1000 to 0", with_zeros,
      lapply(with_zeros, function(it) {
        d <- ifelse(it$first > 0 & it$second > 0, log(it$second) - log(it$first), sign(it$second - it$first) * 1000)
        w <- suppressWarnings(wilcox.test(d, digits.rank=10))
        list(v=unname(w$statistic), v_p_value=w$p.value)
      }))

points <- list(percents=list(first=c(0, 1, 5, 40, 12.5, 80, 0, 3, 20, 60), second=c(5, 10, 5, 62.5, 30, 75, 0, 1, 45, 61)),
               grades=list(first=c(0, 1, 1, 2, 0, 3, 1, 2), second=c(1, 2, 1, 3, 2, 3, 3, 1)))
write("paired_change_points", NULL, "t.test(d), wilcox.test(d, digits.rank=10) of d = second - first", points, lapply(points, function(it) {
  d <- it$second - it$first
  t <- t.test(d); w <- suppressWarnings(wilcox.test(d, digits.rank=10))
  list(difference=c(t$estimate, t$conf.int), t=unname(t$statistic), t_p_value=t$p.value, v=unname(w$statistic), v_p_value=w$p.value)
}))

cells <- list(plain=c(120, 1.5, 310, 2.25), equal=c(40, 1, 40, 1), small=c(3, 0.785, 11, 0.5), none_after=c(7, 1, 0, 1.2),
              none_before=c(0, 1, 4, 1), large=c(5200, 4.1, 4600, 3.9))
write("count_change", NULL, "poisson.test(c(n2, n1), c(a2, a1)); cells as n1, a1, n2, a2", cells, lapply(cells, function(it) {
  p <- poisson.test(it[c(3, 1)], it[c(4, 2)])
  finite <- function(v) ifelse(is.finite(v), v, NA)
  list(ratio=finite(unname(p$estimate)), lower=p$conf.int[1], upper=finite(p$conf.int[2]), p_value=p$p.value)
}))
