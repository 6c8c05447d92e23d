# References of src/survival/penalized/ridge.rs with late entry and case weights.
# Rscript make_ridge.R, in this folder.
#
# With both at once, coxph(~ ridge()) of survival 3.5.3 does not end at the maximum of its penalized likelihood: it warns that
# the inner loop failed to converge, or not even that. There, Newton's method is written out, on the score residuals and the
# information that coxph(iter=0) has without a penalty. With one of them, both ways give the same, which is checked here.
suppressMessages({library(survival); library(jsonlite)})
D <- function(name) read.csv(file.path("data", paste0(name, ".csv")))
columns <- function(m) lapply(seq_len(ncol(m)), function(j) unname(m[, j]))
write <- function(id, data, call, f) {
  expected <- list(coef=unname(f$coefficients), var=list(values=columns(f$var)), var2=list(values=columns(f$var2)),
                   loglik=f$loglik, df=f$df, penalty=f$penalty)
  versions <- list(R=R.version.string, pkg="survival", version=as.character(packageVersion("survival")))
  writeLines(toJSON(list(id=id, data=data, call=call, package=versions, rtol=1e-8, expected=expected), digits=I(17),
                    auto_unbox=TRUE, pretty=TRUE), file.path("expected", paste0(id, ".json")))
}
newton <- function(formula, data, w, theta) {
  environment(formula) <- environment()
  data$case_weight <- w
  at <- function(b) coxph(formula, data, weights=case_weight, init=b, iter.max=0, robust=FALSE)
  b <- rep(0, length(theta))
  null <- at(b)$loglik[1]
  for (step in 1:30) {
    f <- at(b)
    information <- solve(f$var)
    inverse <- solve(information + diag(theta))
    b <- b + drop(inverse %*% (colSums(residuals(f, "score") * w) - theta * b))
  }
  list(coefficients=b, var=inverse, var2=inverse %*% information %*% inverse, loglik=c(null, f$loglik[1]),
       df=sum(diag(information %*% inverse)), penalty=rep(sum(theta * b^2) / 2, 2))
}
same <- function(a, b) stopifnot(all.equal(unname(a$coefficients), unname(b$coefficients), tolerance=1e-9),
                                 all.equal(unname(a$var), unname(b$var), tolerance=1e-7))

COVARIATES <- c("age", "year", "surgery", "transplant")
heart <- D("heart")
late <- coxph(Surv(start, stop, event) ~ ridge(age, year, surgery, transplant, theta=2, scale=FALSE), heart, eps=1e-11)
by_newton <- function(w, theta) newton(Surv(start, stop, event) ~ age + year + surgery + transplant, heart, w, theta)
same(late, by_newton(rep(1, nrow(heart)), rep(2, 4)))
write("cox_heart_ridge", "heart",
      "coxph(Surv(start,stop,event)~ridge(age,year,surgery,transplant,theta=2,scale=FALSE))", late)

lung <- D("lung")
lung$w <- D("lung_weights")$w
lung <- lung[!is.na(lung$ph.ecog), ]
weighted <- coxph(Surv(time, status) ~ ridge(age, sex, ph.ecog, theta=5, scale=FALSE), lung, weights=w, robust=FALSE,
                  eps=1e-11)
same(weighted, newton(Surv(time, status) ~ age + sex + ph.ecog, lung, lung$w, rep(5, 3)))
write("cox_lung_ridge_weights", "lung + lung_weights.csv",
      "coxph(Surv(time,status)~ridge(age,sex,ph.ecog,theta=5,scale=FALSE),weights=w,robust=FALSE)", weighted)

row <- seq_len(nrow(heart))
write("cox_heart_ridge_weights", "heart", "Newton, theta=2, scale=FALSE, weights 1+row%%3",
      by_newton(1 + row %% 3, rep(2, 4)))
write("cox_heart_ridge_fractional", "heart", "Newton, theta=7, scale=TRUE, weights .5+row%%4/4",
      by_newton(0.5 + row %% 4 / 4, 7 * unname(sapply(heart[COVARIATES], var))))
