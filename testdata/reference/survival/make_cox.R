# Reference values for Cox models where several settings meet, one file per call.
#
# Run here: Rscript make_cox.R [FOLDER]     (default: expected)
#
# Times of lung are in months of 30 days and those of heart in weeks, so that many are tied; weights and offsets are made
# up by row. The fits iterate to 1e-14, so that what differs is round-off. Numbers have 17 significant digits.
suppressMessages(library(survival))
folder <- c(commandArgs(TRUE), "expected")[1]
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
lung <- lung[complete.cases(lung[c("age", "sex", "ph.ecog")]), ]
row <- seq_len(nrow(lung))
lung$month <- ceiling(lung$time / 30); lung$w <- 0.5 + row %% 5 / 4; lung$o <- row %% 4 / 10
heart <- D("heart")
row <- seq_len(nrow(heart))
heart$start <- floor(heart$start / 7); heart$stop <- ceiling(heart$stop / 7)
heart$w <- 0.5 + row %% 5 / 4; heart$o <- row %% 4 / 10
control <- coxph.control(eps=1e-14, toler.chol=1e-15, iter.max=50)

# coxph() leaves the offset out of its robust score test; here it is taken from score residuals with all coefficients 0.
robust_score <- function(fit) {
  if (is.null(fit$naive.var)) return(NULL)
  u <- as.matrix(resid(update(fit, init=0 * coef(fit), control=coxph.control(iter.max=0)), "score", weighted=TRUE))
  drop(colSums(u) %*% solve(crossprod(u), colSums(u)))
}
model <- function(fit) {
  list(coef=as.list(coef(fit)), se=as.list(setNames(sqrt(diag(fit$var)), names(coef(fit)))), vcov=unname(fit$var), naive.var=unname(fit$naive.var),
       loglik=fit$loglik, score=fit$score, rscore=robust_score(fit), wald=unname(fit$wald.test), lr=2 * diff(fit$loglik))
}
residuals_of <- function(fit) lapply(c(martingale="martingale", deviance="deviance", score="score", dfbeta="dfbeta", dfbetas="dfbetas", schoenfeld="schoenfeld", scaled="scaledsch"), function(type) unname(resid(fit, type)))
# With late entry, cox.zph() has the events of a tie in reverse order; here they are in the order of the data.
zph <- function(fit, transform="km") {
  z <- cox.zph(fit, transform=transform)
  o <- if (ncol(fit$y) == 3) order(z$strata, z$time, -seq_along(z$time)) else seq_along(z$time)
  list(table=unname(z$table), x=z$x[o], time=z$time[o], y=unname(z$y[o, , drop=FALSE]), var=unname(z$var))
}
curves <- function(fit, new) {
  s <- survfit(fit, new)
  pick <- function(field) if (is.matrix(s[[field]])) unname(s[[field]]) else matrix(s[[field]])
  list(time=s$time, strata=unname(s$strata), cumhaz=pick("cumhaz"), std.chaz=pick("std.chaz"), surv=pick("surv"), std.err=pick("std.err"), lower=pick("lower"), upper=pick("upper"))
}

# Late entry, strata, weights and an offset at once
new <- data.frame(age=c(-5, 8), year=c(2, 4), transplant=c(0, 1), o=c(0, 0.3))
for (ties in c("efron", "breslow")) {
  fit <- coxph(Surv(start, stop, event) ~ age + year + transplant + strata(surgery) + offset(o), heart, weights=w, ties=ties, control=control)
  write(paste0("cox_heart_all_", ties), "heart, weeks, weights 0.5 + (row % 5) / 4, offset (row % 4) / 10",
        sprintf("coxph(Surv(start,stop,event)~age+year+transplant+strata(surgery)+offset(o),weights=w,ties='%s')", ties),
        c(model(fit), list(residuals=residuals_of(fit), zph=zph(fit), curves=lapply(0:1, function(s) curves(fit, data.frame(new[s + 1, ], surgery=s))))))
}

# Many ties
for (ties in c("efron", "breslow")) {
  fit <- coxph(Surv(month, status) ~ age + sex + ph.ecog, lung, weights=w, ties=ties, control=control)
  write(paste0("cox_lung_months_", ties), "lung (age, sex, ph.ecog known), months, weights 0.5 + (row % 5) / 4",
        sprintf("coxph(Surv(month,status)~age+sex+ph.ecog,weights=w,ties='%s')", ties),
        c(model(fit), list(residuals=residuals_of(fit), zph=zph(fit, "rank"))))
}
write("cox_lung_months_exact", "lung (age, sex, ph.ecog known), months", "coxph(Surv(month,status)~age+sex+ph.ecog,ties='exact')",
      local({ fit <- coxph(Surv(month, status) ~ age + sex + ph.ecog, lung, ties="exact", control=control); c(model(fit), list(martingale=unname(resid(fit)))) }))
write("cox_heart_exact", "heart", "coxph(Surv(start,stop,event)~age+year+strata(surgery),ties='exact')",
      model(coxph(Surv(start, stop, event) ~ age + year + strata(surgery), D("heart"), ties="exact", control=control)))

# Predictions
predictions <- function(fit) {
  of <- function(type, ...) { p <- predict(fit, type=type, se.fit=TRUE, ...); list(fit=unname(p$fit), se=unname(p$se.fit)) }
  list(strata=of("lp", reference="strata"), sample=of("lp", reference="sample"), zero=of("lp", reference="zero"), expected=of("expected"))
}
for (ties in c("efron", "breslow")) {
  fit <- coxph(Surv(month, status) ~ age + ph.ecog + strata(sex), lung, weights=w, ties=ties, control=control)
  write(paste0("cox_predict_lung_strata_", ties), "lung (age, sex, ph.ecog known), months, weights 0.5 + (row % 5) / 4",
        sprintf("predict(coxph(Surv(month,status)~age+ph.ecog+strata(sex),weights=w,ties='%s'),type=c('lp','expected'),se.fit=TRUE,reference=c('strata','sample','zero'))", ties),
        c(predictions(fit), list(weights=NULL)))
}

# A factor within strata, in one of which a column does not vary
lung$level <- factor(ifelse(lung$sex == 2, pmin(lung$ph.ecog, 1), pmin(lung$ph.ecog, 2)))
fit <- coxph(Surv(month, status) ~ age + level + strata(sex), lung, control=control)
write("zph_lung_levels_strata", "lung (age, sex, ph.ecog known), months, level min(ph.ecog, 1) of women, min(ph.ecog, 2) of men",
      "cox.zph(coxph(Surv(month,status)~age+level+strata(sex)))", c(list(coef=as.list(coef(fit))), zph(fit)))
write("zph_lung_columns_strata", "lung (age, sex, ph.ecog known), months, level min(ph.ecog, 1) of women, min(ph.ecog, 2) of men",
      "cox.zph(coxph(Surv(month,status)~age+I(level==1)+I(level==2)+strata(sex)),transform='log')",
      zph(coxph(Surv(month, status) ~ age + I(as.numeric(level == 1)) + I(as.numeric(level == 2)) + strata(sex), lung, control=control), "log"))
