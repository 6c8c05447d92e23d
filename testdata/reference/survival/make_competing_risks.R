# Reference values for competing risks that make_peers.R does not have; one file per call.
#
# Run here: Rscript make_competing_risks.R [FOLDER]     (default: expected)
#
# Weights and times of entry are made up from the number of the row. Needs the packages survival and cmprsk. Numbers have
# 17 significant digits.
suppressMessages({library(survival); library(cmprsk)})
folder <- c(commandArgs(TRUE), "expected")[1]
dir.create(folder, FALSE, TRUE)
D <- function(name) read.csv(file.path("data", paste0(name, ".csv")))
json <- function(v) {
  if (is.null(v)) "null"
  else if (is.matrix(v)) json(list(rows=rownames(v), cols=colnames(v), values=lapply(seq_len(nrow(v)), function(i) unname(v[i, ]))))
  else if (is.list(v) || !is.null(names(v))) {
    parts <- vapply(seq_along(v), function(i) json(unname(v)[[i]]), "")
    if (is.null(names(v))) paste0("[", paste(parts, collapse=", "), "]")
    else paste0("{", paste0('"', names(v), '": ', parts, collapse=", "), "}")
  } else {
    parts <- if (is.character(v)) paste0('"', v, '"') else ifelse(is.na(v), '"NA"', sprintf("%.17g", v))
    if (length(v) == 1) parts else paste0("[", paste(parts, collapse=", "), "]")
  }
}
write <- function(id, data, call, package, expected) {
  versions <- c(R.version.string, as.character(packageVersion(package)))
  lines <- c(sprintf('  "id": %s', json(id)), sprintf('  "data": %s', json(data)), sprintf('  "call": %s', json(call)),
             sprintf('  "package": %s', json(setNames(as.list(versions), c("R", package)))),
             sprintf('  "expected": %s', json(expected)))
  writeLines(c("{", paste(lines, collapse=",\n"), "}"), file.path(folder, paste0(id, ".json")))
}

mgus2 <- D("mgus2")
mgus2$etime <- ifelse(mgus2$pstat == 1, mgus2$ptime, mgus2$futime)
mgus2$cause <- ifelse(mgus2$pstat == 1, 1, 2 * mgus2$death)
mgus2$ev <- factor(mgus2$cause, 0:2, c("censored", "pcm", "death"))
row <- seq_len(nrow(mgus2))
mgus2$w <- 0.5 + (row %% 5) / 4
mgus2$id <- row
mgus2$entry <- ifelse(row %% 3 == 0, pmin(row %% 40, mgus2$etime - 1), -1)
times <- c(12, 60, 120, 240, 360)

# Aalen-Johansen
curves <- function(fit) {
  at <- findInterval(times, fit$time)
  # The limits lose their dimensions on the arcsine scale.
  row <- function(v) matrix(v, ncol=3)[at, ]
  list(pstate=row(fit$pstate), std.err=row(fit$std.err), lower=row(fit$lower), upper=row(fit$upper))
}
for (type in c("log", "log-log", "plain", "logit", "arcsin"))
  write(paste0("aj_mgus2_weighted_", gsub("-", "", type)), "mgus2, weights 0.5 + (row % 5) / 4",
        sprintf("survfit(Surv(etime,ev)~1,weights=w,conf.type='%s',conf.int=.9)", type), "survival",
        curves(survfit(Surv(etime, ev) ~ 1, mgus2, weights=w, conf.type=type, conf.int=.9)))
write("aj_mgus2_late", "mgus2, every third patient enters at min(row % 40, etime - 1)",
      "survfit(Surv(entry,etime,ev)~1,id=id,weights=w)", "survival",
      curves(survfit(Surv(entry, etime, ev) ~ 1, mgus2, id=id, weights=w)))
fit <- survfit(Surv(etime, ev) ~ sex, mgus2)
write("rmtl_mgus2_sex", "mgus2", "summary(survfit(Surv(etime,ev)~sex),rmean=240)$table", "survival",
      list(table=summary(fit, rmean=240)$table))

# Gray's test of more than two groups
melano <- D("melano")
third <- cut(melano$thick, c(0, 1, 3, 100))
test <- cuminc(melano$time, melano$status, third)
write("gray_melano_three", "melano, thick cut at 1 and 3", "cuminc(time,status,thick,cencode=0)", "cmprsk", list(Tests=test$Tests))
test <- cuminc(melano$time, melano$status, third, strata=melano$age > 55, rho=0.5)
write("gray_melano_three_strata", "melano, thick cut at 1 and 3, strata age > 55", "cuminc(time,status,thick,strata,rho=.5)", "cmprsk", list(Tests=test$Tests))

# Fine-Gray with groups of censoring, the baseline and what it predicts
complete <- na.omit(mgus2[c("etime", "cause", "age", "sex", "hgb", "mspike")])
x <- with(complete, cbind(age, male=as.integer(sex == "M"), hgb, mspike))
model <- function(fit) {
  at <- predict(fit, rbind(c(60, 1, 13, 1), c(80, 0, 10, 2)))
  keep <- seq(1, nrow(at), 10)
  list(coef=unname(fit$coef), var=fit$var, invinf=fit$invinf, loglik=c(fit$loglik.null, fit$loglik),
       time=at[keep, 1], baseline=cumsum(fit$bfitj)[keep], predicted=at[keep, 2:3])
}
fit <- crr(complete$etime, complete$cause, x, failcode=2, gtol=1e-12, maxiter=50)
write("crr_mgus2_death", "mgus2 complete (age,sex,hgb,mspike)", "crr(failcode=2,gtol=1e-12)", "cmprsk", model(fit))
fit <- crr(complete$etime, complete$cause, x, failcode=1, cengroup=complete$sex, gtol=1e-12, maxiter=50)
write("crr_mgus2_cengroup", "mgus2 complete (age,sex,hgb,mspike)", "crr(failcode=1,cengroup=sex,gtol=1e-12)", "cmprsk", model(fit))

# Without a cluster, coxph takes the rows that finegray makes of a patient for patients of their own
complete$ev <- factor(complete$cause, 0:2, c("censored", "pcm", "death"))
complete$id <- seq_len(nrow(complete))
complete$male <- as.integer(complete$sex == "M")
expanded <- finegray(Surv(etime, ev) ~ ., complete[c("etime", "ev", "age", "male", "hgb", "mspike", "id")], etype="death")
fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ age + male + hgb + mspike, weights=fgwt, cluster=id, data=expanded,
             control=coxph.control(eps=1e-11))
write("finegray_mgus2_death_cluster", "mgus2 complete (age,sex,hgb,mspike)",
      "coxph(Surv(fgstart,fgstop,fgstatus)~age+male+hgb+mspike,weights=fgwt,cluster=id) on finegray(etype='death')",
      "survival", list(coef=unname(coef(fit)), naive=fit$naive.var, robust=fit$var, loglik=fit$loglik))
