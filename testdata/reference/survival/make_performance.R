# Reference values for how well predictions do, one file per call.
#
# Run here: Rscript make_performance.R [FOLDER]     (default: expected)
#
# Brier scores are written out by their definition from survfit(), since survival 3.5 has no brier(): censorings moved
# right by half the smallest gap between times, weights 1/G(min(T, t)), divided by their sum. Numbers have 17
# significant digits.
suppressMessages(library(survival))
folder <- c(commandArgs(TRUE), "expected")[1]
D <- function(name) read.csv(file.path("data", paste0(name, ".csv")))
json <- function(v) {
  if (is.matrix(v)) json(list(rows=rownames(v), cols=colnames(v), values=lapply(seq_len(nrow(v)), function(i) unname(v[i, ]))))
  else if (is.null(v)) "null"
  else if (is.list(v) || !is.null(names(v))) {
    parts <- vapply(seq_along(v), function(i) json(unname(v)[[i]]), "")
    if (is.null(names(v))) paste0("[", paste(parts, collapse=", "), "]")
    else paste0("{", paste0('"', names(v), '": ', parts, collapse=", "), "}")
  } else {
    parts <- if (is.character(v)) paste0('"', v, '"') else ifelse(is.na(v), '"NA"', sprintf("%.17g", v))
    if (length(v) == 1) parts else paste0("[", paste(parts, collapse=", "), "]")
  }
}
write <- function(id, data, call, expected) {
  package <- list(R=R.version.string, survival=as.character(packageVersion("survival")))
  lines <- c(sprintf('  "id": %s', json(id)), sprintf('  "data": %s', json(data)), sprintf('  "call": %s', json(call)),
             sprintf('  "package": %s', json(package)), sprintf('  "expected": %s', json(expected)))
  writeLines(c("{", paste(lines, collapse=",\n"), "}"), file.path(folder, paste0(id, ".json")))
}
lung <- D("lung"); lung$status <- lung$status - 1; lung$w <- D("lung_weights")$w
lung <- lung[!is.na(lung$ph.ecog) & !is.na(lung$inst), ]
gbsg <- D("gbsg"); veteran <- D("veteran"); bladder2 <- D("bladder2")

# Concordance
pairs <- function(c) list(concordance=unname(c$concordance), var=unname(c$var), cvar=unname(c$cvar), count=as.list(if (is.matrix(c$count)) colSums(c$count) else c$count))
weights <- c("n", "S", "S/G", "n/G2", "I")
names(weights) <- c("equal", "survival", "survival_over_censoring", "inverse_squared_censoring", "each_event")
write("conc_lung_time_weights", "lung (inst and ph.ecog known)", "concordance(Surv(time,status)~ph.ecog,timewt=...,reverse=TRUE)",
      lapply(weights, function(w) pairs(concordance(Surv(time, status) ~ ph.ecog, lung, timewt=w, reverse=TRUE))))
write("conc_lung_weighted", "lung + lung_weights.csv (inst and ph.ecog known)", "concordance(Surv(pmax(time,100),status)~age+strata(sex),weights=w,cluster=inst,timewt=...,ymax=500,reverse=TRUE)",
      lapply(weights, function(timewt) pairs(concordance(Surv(pmax(time, 100), status) ~ age + strata(sex), lung, weights=w, cluster=inst, timewt=timewt, ymax=500, reverse=TRUE))))
write("conc_bladder_counting", "bladder2", "concordance(Surv(start,stop,event)~number,cluster=id,reverse=TRUE)",
      pairs(concordance(Surv(start, stop, event) ~ number, bladder2, cluster=id, reverse=TRUE)))
of <- function(formula) coxph(formula, lung)
fits <- concordance(of(Surv(time, status) ~ age + sex), of(Surv(time, status) ~ ph.ecog), of(Surv(time, status) ~ ph.ecog + sex), timewt="n/G2")
write("conc_lung_models", "lung (inst and ph.ecog known)", "concordance(coxph(~age+sex),coxph(~ph.ecog),coxph(~ph.ecog+sex),timewt='n/G2')",
      list(concordance=unname(fits$concordance), var=unname(fits$var)))

# Explained variation
for (it in list(list("lung", Surv(time, status) ~ age + sex + ph.ecog, lung),
                list("gbsg", Surv(rfstime, status) ~ nodes + grade, gbsg),
                list("veteran_strata", Surv(time, status) ~ karno + trt + strata(celltype), veteran))) {
  fit <- do.call(coxph, list(it[[2]], it[[3]]))
  write(paste0("royston_", it[[1]]), c(lung="lung (inst and ph.ecog known)", gbsg="gbsg", veteran_strata="veteran")[[it[[1]]]], sprintf("royston(coxph(%s)), and with adjust=TRUE", gsub(" ", "", deparse(it[[2]]))),
        list(lp=unname(fit$linear.predictors), plain=royston(fit), adjusted=royston(fit, adjust=TRUE)))
}

# Brier score
brier <- function(fit, times) {
  time <- fit$y[, 1]; status <- fit$y[, 2]
  null <- if (fit$method == "efron") survfit(fit$y ~ 1, ctype=2, stype=2) else survfit(fit$y ~ 1)
  at <- function(curve) summary(curve, times=times, extend=TRUE)$surv
  moved <- time + (status == 0) * min(diff(sort(unique(time)))) / 2
  in_view <- survfit(Surv(moved, 1 - status) ~ 1)
  g <- stepfun(in_view$time, c(1, in_view$surv))
  p0 <- 1 - at(null); p1 <- 1 - t(at(survfit(fit, newdata=eval(fit$call$data))))
  rows <- sapply(seq_along(times), function(k) {
    w <- ifelse(status == 0 & moved < times[k], 0, 1 / g(pmin(moved, times[k])))
    event <- as.numeric(status == 1 & time <= times[k])
    c(sum(w * (event - p0[k])^2), sum(w * (event - p1[, k])^2)) / sum(w)
  })
  list(times=times, null=rows[1, ], model=rows[2, ], survival=lapply(seq_along(times), function(k) unname(1 - p1[, k])))
}
fit <- coxph(Surv(time, status) ~ age + sex + ph.ecog, lung)
write("brier_lung", "lung (inst and ph.ecog known)", "Brier score written out from survfit, of coxph(Surv(time,status)~age+sex+ph.ecog)", brier(fit, c(60, 100.5, 177, 365, 500.25, 740)))
fit <- coxph(Surv(rfstime, status) ~ nodes, gbsg, ties="breslow")
write("brier_gbsg_breslow", "gbsg", "Brier score written out from survfit, of coxph(Surv(rfstime,status)~nodes,ties='breslow')", brier(fit, c(365, 730, 1096, 1826)))

# Calibration, decision curves and reclassification at 1096 days, from two models of gbsg
old <- coxph(Surv(rfstime, status) ~ nodes + grade, gbsg); new <- coxph(Surv(rfstime, status) ~ nodes + grade + pgr + hormon, gbsg)
risk <- function(fit) 1 - as.numeric(summary(survfit(fit, newdata=gbsg), times=1096)$surv)
old <- risk(old); new <- round(.01 + .98 * risk(new)^.9, 3)         # the second rounded and distorted, so that there is something to find
at <- function(keep) summary(survfit(Surv(rfstime, status) ~ 1, gbsg[keep, ], conf.type="log-log"), times=1096)
all <- rep(TRUE, nrow(gbsg)); km <- at(all)
cll <- log(-log(1 - new)); slope <- coxph(Surv(rfstime, status) ~ cll, gbsg)
k <- quantile(cll, c(.1, .5, .9)); p3 <- function(v) pmax(v, 0)^3
bend <- (p3(cll - k[1]) - p3(cll - k[2]) * (k[3] - k[1]) / (k[3] - k[2]) + p3(cll - k[3]) * (k[2] - k[1]) / (k[3] - k[2])) / (k[3] - k[1])^2
curve <- coxph(Surv(rfstime, status) ~ cll + bend, data.frame(gbsg, cll, bend))
observed <- 1 - as.numeric(summary(survfit(curve, newdata=data.frame(cll, bend)), times=1096)$surv)
e <- abs(observed - new)
first <- rank(new, ties.method="min"); last <- rank(new, ties.method="max")
group <- floor(((first + last) %/% 2 - 1) * 5 / nrow(gbsg))
groups <- lapply(sort(unique(group)), function(g) { s <- at(group == g); list(n=sum(group == g), predicted=mean(new[group == g]), observed=1 - s$surv, lower=1 - s$upper, upper=1 - s$lower) })
write("calibration_gbsg", "gbsg", "survfit and coxph at 1096 days; spline of ln(-ln(1-risk)) with knots at quantiles .1, .5, .9",
      list(risk=new, observed=1 - km$surv, expected=mean(new), ratio=(1 - km$surv) / mean(new),
           ratio_interval=(1 - km$surv) / mean(new) * exp(c(-1, 1) * qnorm(.975) * km$std.err / (1 - km$surv)),
           slope=unname(coef(slope)), slope_se=sqrt(slope$var[1, 1]),
           ici=mean(e), e50=median(e), e90=unname(quantile(e, .9)), e_max=max(e), groups=groups))
thresholds <- c(.1, .25, .4, .6)
benefit <- function(keep, p) mean(keep) * ((1 - at(keep)$surv) - at(keep)$surv * p / (1 - p))
write("decision_curve_gbsg", "gbsg", "net benefit from survfit of patients at high risk, 1096 days",
      list(risk=new, thresholds=thresholds, high_risk=sapply(thresholds, function(p) mean(new >= p)),
           net_benefit=sapply(thresholds, function(p) benefit(new >= p, p)), treat_all=sapply(thresholds, function(p) benefit(all, p))))
nri <- function(up, down) {
  e <- 1 - km$surv
  list(events=((1 - at(up)$surv) * mean(up) - (1 - at(down)$surv) * mean(down)) / e,
       nonevents=(at(down)$surv * mean(down) - at(up)$surv * mean(up)) / (1 - e))
}
category <- function(p) findInterval(p, c(.3, .5))
# 1/G(T-), censorings after events of the same time
moved <- gbsg$rfstime + (gbsg$status == 0) / 4
in_view <- survfit(Surv(moved, 1 - gbsg$status) ~ 1); g <- stepfun(in_view$time, c(1, in_view$surv))(gbsg$rfstime)
died <- gbsg$rfstime <= 1096 & gbsg$status == 1; lived <- gbsg$rfstime > 1096
change <- new - old
write("reclassification_gbsg", "gbsg", "NRI from survfit of patients moved up and down, IDI by inverse probability of censoring, 1096 days",
      list(old=old, new=new, cutoffs=c(.3, .5), category=nri(category(new) > category(old), category(new) < category(old)),
           continuous=nri(new > old, new < old), idi=weighted.mean(change[died], 1 / g[died]) - mean(change[lived])))
