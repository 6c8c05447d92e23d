# Reference values for contexture::survival, one file per call.
#
# Run here: Rscript make_survival.R [FOLDER]     (default: expected)
#
# data/ holds datasets of the R package survival (LGPL-2 or later): lung, veteran, gbsg, mgus2, therneau_test1 (its
# validation vignette), and colon_death, the rows of colon with etype 2. near_ties and separation are made up.
# Each file names the versions that wrote it; survival 3.8.11 gives the same to 1e-14. Numbers have 17 significant
# digits.
suppressMessages(library(survival))
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
write <- function(id, data, call, expected) {
  package <- list(R=R.version.string, survival=as.character(packageVersion("survival")))
  lines <- c(sprintf('  "id": %s', json(id)), sprintf('  "data": %s', json(data)), sprintf('  "call": %s', json(call)),
             sprintf('  "package": %s', json(package)), sprintf('  "expected": %s', json(expected)))
  writeLines(c("{", paste(lines, collapse=",\n"), "}"), file.path(folder, paste0(id, ".json")))
}

lung <- D("lung"); lung$status <- lung$status - 1
veteran <- D("veteran")
veteran$celltype <- factor(veteran$celltype, levels=c("squamous", "smallcell", "adeno", "large"))
colon <- D("colon_death"); colon$rx <- factor(colon$rx, levels=c("Obs", "Lev", "Lev+5FU"))
near_ties <- D("near_ties"); gbsg <- D("gbsg"); mgus2 <- D("mgus2")

# Kaplan-Meier
for (type in c("plain", "log", "log-log")) {
  fit <- survfit(Surv(time, status) ~ sex, lung, conf.type=type)
  write(paste0("km_lung_sex_", gsub("-", "", type)), "lung (status-1)",
        sprintf("survfit(Surv(time,status)~sex, conf.type='%s')", type),
        list(n=fit$n, time=fit$time, n.risk=fit$n.risk, n.event=fit$n.event, n.censor=fit$n.censor, surv=fit$surv,
             std.err=fit$std.err, lower=fit$lower, upper=fit$upper, strata=as.list(fit$strata)))
  fit <- survfit(Surv(time, status) ~ celltype, veteran, conf.type=type)
  q <- quantile(fit, .5)
  write(paste0("km_veteran_median_", gsub("-", "", type)), "veteran",
        sprintf("quantile(survfit(Surv(time,status)~celltype,conf.type='%s'),.5)", type),
        list(strata=names(fit$strata), median=as.numeric(q$quantile), lower=as.numeric(q$lower),
             upper=as.numeric(q$upper)))
}
fit <- survfit(Surv(time, status) ~ rx, colon)
s <- summary(fit, times=c(365, 730, 1095, 1826, 2500))
write("km_colon_rx_times", "colon_death", "summary(survfit(Surv(time,status)~rx), times=c(365,730,1095,1826,2500))",
      list(strata=as.character(s$strata), time=s$time, n.risk=s$n.risk, surv=s$surv, std.err=s$std.err,
           lower=s$lower, upper=s$upper))
write("km_colon_rx_table", "colon_death", "summary(survfit)$table, rmean=common", list(table=summary(fit, rmean="common")$table))
q <- quantile(fit, c(.1, .25, .5, .75))
write("km_colon_rx_quantiles", "colon_death", "quantile(survfit, c(.1,.25,.5,.75))",
      list(quantile=q$quantile, lower=q$lower, upper=q$upper))
fit <- survfit(Surv(time, status) ~ 1, near_ties)
write("km_near_ties", "near_ties", "survfit timefix TRUE",
      list(with_timefix=list(time=fit$time, n.event=fit$n.event, surv=fit$surv)))
fit <- survfit(Surv(time, 1 - status) ~ 1, lung, conf.type="log-log"); q <- quantile(fit, .5)
write("follow_up_lung", "lung", "quantile(survfit(Surv(time,1-status)~1,conf.type='log-log'),.5)",
      list(median=as.numeric(q$quantile), lower=as.numeric(q$lower), upper=as.numeric(q$upper)))

# Log-rank
test <- function(fit) {
  expected <- if (is.matrix(fit$exp)) rowSums(fit$exp) else fit$exp
  df <- sum(expected > 0) - 1
  list(n=as.numeric(fit$n), obs=as.numeric(fit$obs), exp=as.numeric(fit$exp), chisq=fit$chisq, df=df,
       pvalue=pchisq(fit$chisq, df, lower.tail=FALSE))
}
write("survdiff_veteran_rho0", "veteran", "survdiff(Surv(time,status)~celltype)", test(survdiff(Surv(time, status) ~ celltype, veteran)))
write("survdiff_colon_rx", "colon_death", "survdiff(Surv(time,status)~rx)", test(survdiff(Surv(time, status) ~ rx, colon)))
write("survdiff_lung_strata", "lung", "survdiff(Surv(time,status)~sex+strata(inst))", test(survdiff(Surv(time, status) ~ sex + strata(inst), lung)))
write("survdiff_near_ties", "near_ties", "survdiff(Surv(time,status)~g)", test(survdiff(Surv(time, status) ~ g, near_ties)))
pairs <- combn(levels(veteran$celltype), 2)
chisq <- apply(pairs, 2, function(k) survdiff(Surv(time, status) ~ celltype, veteran[veteran$celltype %in% k, ])$chisq)
write("pairwise_veteran", "veteran", "pairwise survdiff",
      list(pairs=apply(pairs, 2, paste, collapse="|"), chisq=chisq, p=pchisq(chisq, 1, lower.tail=FALSE)))
cuts <- sort(unique(gbsg$pgr)); n <- nrow(gbsg); n_low <- sapply(cuts, function(z) sum(gbsg$pgr <= z))
cuts <- cuts[n_low >= .1 * n & n_low <= .9 * n]
write("scan_gbsg_pgr_logrank", "gbsg", "survdiff chisq for every cut pgr>z, 10%-90%",
      list(cuts=cuts, chisq=sapply(cuts, function(z) survdiff(Surv(rfstime, status) ~ I(pgr > z), gbsg)$chisq)))

# Cox
cox <- function(fit) {
  s <- summary(fit)
  list(coef=coef(fit), se=sqrt(diag(vcov(fit))), vcov=vcov(fit), loglik=fit$loglik, score=fit$score,
       wald=fit$wald.test, lr=unname(s$logtest), coefficients=s$coefficients, conf.int=s$conf.int, iter=fit$iter,
       n=fit$n, nevent=fit$nevent, concordance=as.list(fit$concordance))
}
write("cox_lung_efron", "lung", "coxph(Surv(time,status)~age+sex+ph.ecog+wt.loss,ties='efron')", cox(coxph(Surv(time, status) ~ age + sex + ph.ecog + wt.loss, lung)))
write("cox_colon_rx_efron", "colon_death", "coxph(Surv(time,status)~rx+sex+age+obstruct+nodes,ties='efron')", cox(coxph(Surv(time, status) ~ rx + sex + age + obstruct + nodes, colon)))
write("cox_veteran_strata", "veteran", "coxph(Surv(time,status)~trt+karno+age+strata(celltype))", cox(coxph(Surv(time, status) ~ trt + karno + age + strata(celltype), veteran)))
write("cox_therneau_test1_efron", "therneau_test1", "coxph(ties='efron') validation-vignette data", cox(coxph(Surv(time, status) ~ x, D("therneau_test1"))))
mgus2$etime <- ifelse(mgus2$pstat == 1, mgus2$ptime, mgus2$futime)
complete <- na.omit(data.frame(t=mgus2$etime, e=mgus2$pstat, age=mgus2$age, male=as.integer(mgus2$sex == "M"), hgb=mgus2$hgb, mspike=mgus2$mspike))
write("csc_mgus2_pcm", "mgus2 complete", "cause-specific coxph(Surv(t,e==1)~age+male+hgb+mspike)", cox(coxph(Surv(t, e == 1) ~ age + male + hgb + mspike, complete)))
complete <- na.omit(lung[c("time", "status", "age", "sex", "ph.ecog")])
steps <- anova(coxph(Surv(time, status) ~ age, complete), coxph(Surv(time, status) ~ age + sex + ph.ecog, complete))
write("cox_anova_lung", "lung (complete age,sex,ph.ecog)", "anova(coxph(~age),coxph(~age+sex+ph.ecog))",
      list(loglik=steps$loglik, chisq=steps$Chisq, df=steps$Df, p=steps[[4]]))
fit <- suppressWarnings(coxph(Surv(time, status) ~ x + z, D("separation")))
write("cox_separation", "separation", "coxph(Surv(time,status)~x+z); the coefficient of x diverges",
      list(loglik=fit$loglik, coef_z=unname(coef(fit)[2]), iter=fit$iter))
fit <- coxph(Surv(time, status) ~ age + sex + ph.ecog, lung)
levels_fit <- coxph(Surv(time, status) ~ factor(ph.ecog) + age, lung)
write("cox_lung_levels", "lung", "coxph(Surv(time,status)~factor(ph.ecog)+age)", cox(levels_fit))
b <- coef(levels_fit)[1:3]; v <- vcov(levels_fit)[1:3, 1:3]
write("wald_lung_levels", "lung", "joint Wald test of factor(ph.ecog)", list(chisq=drop(b %*% solve(v, b)), df=3))

# Proportional hazards and concordance
write("zph_veteran_strata", "veteran", "cox.zph(coxph(~trt+karno+age+strata(celltype)))", list(table=cox.zph(coxph(Surv(time, status) ~ trt + karno + age + strata(celltype), veteran))$table))
write("zph_veteran_levels", "veteran", "cox.zph(coxph(~celltype+karno))", list(table=cox.zph(coxph(Surv(time, status) ~ celltype + karno, veteran))$table))
pairs_of <- function(c) list(concordance=unname(c$concordance), var=unname(c$var), se=unname(sqrt(c$var)), count=as.list(if (is.matrix(c$count)) colSums(c$count) else c$count), n=c$n)
write("conc_lung_cox", "lung", "concordance(coxph(~age+sex+ph.ecog))", pairs_of(concordance(fit)))
write("conc_veteran_strata", "veteran", "concordance(Surv(time,status)~karno+strata(celltype),reverse=TRUE)",
      pairs_of(concordance(Surv(time, status) ~ karno + strata(celltype), veteran, reverse=TRUE)))
write("conc_lung_ecog", "lung", "concordance(Surv(time,status)~ph.ecog,reverse=TRUE)", pairs_of(concordance(Surv(time, status) ~ ph.ecog, lung, reverse=TRUE)))
