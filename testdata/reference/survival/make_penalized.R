# Reference values for penalized Cox models and splines, one file per call.
#
# Run here: Rscript make_penalized.R [FOLDER]     (default: expected)
#
# Needs glmnet, Hmisc, jsonlite and survival. glmnet stops at its default threshold with four digits; thresh = 1e-20
# takes it to the minimum. `wide` is made up: fewer patients than covariates, numbers rounded to two digits.
suppressMessages({library(survival); library(glmnet); library(jsonlite)})
folder <- c(commandArgs(TRUE), "expected")[1]
dir.create(folder, FALSE, TRUE)
D <- function(name) read.csv(file.path("data", paste0(name, ".csv")))
write <- function(id, data, call, package, expected, rtol=1e-6) {
  versions <- list(R=R.version.string, pkg=package, version=as.character(packageVersion(package)))
  text <- toJSON(list(id=id, data=data, call=call, package=versions, rtol=rtol, expected=expected), digits=I(17),
                 auto_unbox=TRUE, na="string", null="null", pretty=TRUE)
  writeLines(text, file.path(folder, paste0(id, ".json")))
}
# A matrix as its columns, one for each penalty.
columns <- function(m) { m <- as.matrix(m); lapply(seq_len(ncol(m)), function(j) unname(m[, j])) }
path <- function(f) list(lambda=f$lambda, beta=columns(f$beta), n_nonzero=unname(f$df), deviance_ratio=f$dev.ratio,
                         null_deviance=f$nulldev)
glmnet.control(epsnr=1e-16, mxitnr=5000)
exact <- function(...) glmnet(..., family="cox", thresh=1e-20, maxit=1e7)

set.seed(1)
if (!file.exists("data/wide.csv")) {
  x <- round(matrix(rnorm(30 * 40), 30), 2)
  time <- round(rexp(30, exp(x[, 1] - x[, 2] + 0.5 * x[, 3])), 2) + 0.01
  wide <- data.frame(time=time, status=as.integer(runif(30) < 0.8), x)
  write.csv(wide, "data/wide.csv", row.names=FALSE, quote=FALSE)
}

# ---- ridge
lung <- D("lung")
ridged <- function(f) list(coef=unname(coef(f)), var=list(values=columns(f$var)), var2=list(values=columns(f$var2)),
                           loglik=f$loglik, df=f$df, penalty=f$penalty)
# ridge() takes variances before rows with missing values are left out; here there are none.
with_ecog <- lung[!is.na(lung$ph.ecog), ]
write("cox_lung_ridge_scaled", "lung", "coxph(Surv(time,status)~ridge(age,sex,ph.ecog,theta=20,scale=TRUE))", "survival",
      ridged(coxph(Surv(time, status) ~ ridge(age, sex, ph.ecog, theta=20, scale=TRUE), with_ecog, eps=1e-12)), 1e-8)
veteran <- D("veteran")
write("cox_veteran_ridge_strata", "veteran",
      "coxph(Surv(time,status)~ridge(trt,karno,age,theta=3,scale=TRUE)+strata(celltype))", "survival",
      ridged(coxph(Surv(time, status) ~ ridge(trt, karno, age, theta=3, scale=TRUE) + strata(celltype), veteran,
                   eps=1e-12)), 1e-8)

# ---- lasso and elastic net
gbsg <- D("gbsg")
x <- as.matrix(gbsg[c("age", "meno", "size", "grade", "nodes", "pgr", "er", "hormon")])
# glmnet adds 2e-14 to censored times, so that they stand after events; in days, that would change nothing.
y <- Surv(gbsg$rfstime / 365.25, gbsg$status)
lasso <- exact(x, y)
write("glmnet_gbsg_lasso", "gbsg", "glmnet(x,y,family='cox')", "glmnet", path(lasso))
write("glmnet_gbsg_factors", "gbsg", "glmnet(alpha=.5,penalty.factor=c(0,1,1,1,2,1,1,0))", "glmnet",
      path(exact(x, y, alpha=0.5, penalty.factor=c(0, 1, 1, 1, 2, 1, 1, 0))))
write("glmnet_gbsg_ridge", "gbsg", "glmnet(alpha=0)", "glmnet", path(exact(x, y, alpha=0)))
write("glmnet_gbsg_units", "gbsg", "glmnet(standardize=FALSE,lambda=c(5,1,.2,.05,.01))", "glmnet",
      path(exact(x, y, standardize=FALSE, lambda=c(5, 1, 0.2, 0.05, 0.01))))
wide <- D("wide")
write("glmnet_wide_lasso", "wide", "glmnet(x,y,family='cox')", "glmnet",
      path(exact(as.matrix(wide[, -(1:2)]), Surv(wide$time, wide$status))))

columns_of_lung <- c("age", "sex", "ph.ecog", "ph.karno", "pat.karno", "wt.loss")
weights <- D("lung_weights")[[1]]
kept <- complete.cases(lung[columns_of_lung])
xl <- as.matrix(lung[kept, columns_of_lung]); yl <- Surv(lung$time / 365.25, lung$status)[kept]; wl <- weights[kept]
lambdas <- c(0.2, 0.1, 0.05, 0.02, 0.01, 0.001)
write("glmnet_lung_weights", "lung + lung_weights", "glmnet(alpha=.7,weights=w,lambda=...)", "glmnet",
      path(exact(xl, yl, alpha=0.7, weights=wl, lambda=lambdas)))
xv <- as.matrix(veteran[c("trt", "karno", "diagtime", "age", "prior")])
yv <- stratifySurv(Surv(veteran$time, veteran$status), veteran$celltype)
write("glmnet_veteran_strata", "veteran", "glmnet(stratifySurv(y,celltype),lambda=...)", "glmnet",
      path(exact(xv, yv, lambda=lambdas)))
heart <- D("heart")
xh <- as.matrix(heart[c("age", "year", "surgery", "transplant")])
write("glmnet_heart_counting", "heart", "glmnet(Surv(start,stop,event),alpha=.9,lambda=...)", "glmnet",
      path(exact(xh, Surv(heart$start, heart$stop, heart$event), alpha=0.9, lambda=lambdas)))

# ---- cross-validation
validated <- function(cv) list(lambda=cv$lambda, mean=cv$cvm, std_err=cv$cvsd, n_nonzero=unname(cv$nzero),
                               lambda_min=cv$lambda.min, lambda_1se=cv$lambda.1se,
                               beta_min=as.numeric(coef(cv, s="lambda.min")),
                               beta_1se=as.numeric(coef(cv, s="lambda.1se")))
folds <- function(n, k) (seq_len(n) * 7) %% k + 1
write("glmnet_gbsg_cv", "gbsg", "cv.glmnet(x,y,lambda=glmnet(x,y)$lambda,foldid=(7*i)%%10+1)", "glmnet",
      validated(cv.glmnet(x, y, family="cox", lambda=lasso$lambda, foldid=folds(nrow(x), 10), thresh=1e-20, maxit=1e7)))
write("glmnet_lung_cv_weights", "lung + lung_weights", "cv.glmnet(alpha=.7,weights=w,lambda=...,foldid=(7*i)%%5+1)", "glmnet",
      validated(cv.glmnet(xl, yl, family="cox", alpha=0.7, weights=wl, lambda=lambdas, foldid=folds(nrow(xl), 5),
                          thresh=1e-20, maxit=1e7)))

# ---- restricted cubic splines
basis <- function(x, nk) {
  knots <- Hmisc::rcspline.eval(x, nk=nk, knots.only=TRUE); at <- seq(min(x) - 1, max(x) + 1, length.out=15)
  list(knots=unname(knots), at=at, columns=columns(Hmisc::rcspline.eval(at, knots=knots, inclx=TRUE)))
}
spline_basis <- lapply(c(three=3, four=4, five=5, six=6, seven=7), function(nk) basis(gbsg$age, nk))
write("rcs_gbsg_age", "gbsg", "Hmisc::rcspline.eval(age,nk=3:7,inclx=TRUE)", "Hmisc", spline_basis, 1e-12)
few <- list(small=basis(veteran$age[1:60], 4), zeros=basis(gbsg$er, 4), nodes=basis(gbsg$nodes, 5))
write("rcs_awkward", "veteran, gbsg", "rcspline.eval: 60 values; many zeros (er); ties (nodes)", "Hmisc", few, 1e-12)
m <- Hmisc::rcspline.eval(gbsg$age, nk=4, inclx=TRUE)
linear <- coxph(y ~ age, gbsg, eps=1e-13); full <- coxph(y ~ m, eps=1e-13)
b <- coef(full); v <- vcov(full); at <- c(30, 40, 50, 60, 70)
contrast <- Hmisc::rcspline.eval(at, knots=attr(m, "knots"), inclx=TRUE) -
  rep(1, length(at)) %o% c(Hmisc::rcspline.eval(50, knots=attr(m, "knots"), inclx=TRUE))
wald <- function(i) c(b[i] %*% solve(v[i, i], b[i]))
write("rcs_gbsg_cox", "gbsg", "coxph(y~rcspline.eval(age,nk=4,inclx=TRUE)); contrasts against age 50", "survival",
      list(wald=wald(1:3), wald_nonlinear=wald(2:3), lr=2 * diff(full$loglik), lr_nonlinear=2 * (full$loglik - linear$loglik)[2],
           at=at, log_hazard_ratio=c(contrast %*% b), std_err=sqrt(rowSums((contrast %*% v) * contrast))), 1e-8)

# ---- treatment x marker
colon <- D("colon_death"); colon <- colon[complete.cases(colon[c("differ")]), ]
arm <- as.integer(colon$rx == "Lev+5FU")
full <- coxph(Surv(time, status) ~ arm * factor(differ), colon, eps=1e-13); add <- coxph(Surv(time, status) ~ arm + factor(differ), colon, eps=1e-13)
b <- coef(full); v <- vcov(full); k <- rbind(c(1, 0, 0, 0, 0), c(1, 0, 0, 1, 0), c(1, 0, 0, 0, 1))
only <- coxph(Surv(time, status) ~ arm, colon, eps=1e-13)
write("interaction_colon_differ", "colon_death", "coxph(y~(rx=='Lev+5FU')*factor(differ)); treatment in each class", "survival",
      list(coef=unname(b), std_err=unname(sqrt(diag(v))), lr=2 * diff(c(add$loglik[2], full$loglik[2])),
           wald=c(b[4:5] %*% solve(v[4:5, 4:5], b[4:5])), lr_prognostic=2 * diff(c(only$loglik[2], add$loglik[2])),
           log_hazard_ratio=c(k %*% b), effect_std_err=sqrt(rowSums((k %*% v) * k))), 1e-8)
