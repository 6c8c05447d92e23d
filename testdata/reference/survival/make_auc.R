# Reference of src/survival/time_dependent_auc/given_covariates.rs with a model of the censorings that has converged: timeROC's
# stops after three Newton steps. Pairs are counted one by one. With iter.max = 3 this gives timeROC's areas to all digits.
# Rscript make_auc.R, in this folder.
suppressMessages({library(survival); library(jsonlite)})
g <- read.csv("data/gbsg.csv")
model <- coxph(Surv(rfstime, 1 - status) ~ nodes + age + size, g, eps=1e-14)
base <- survfit(model, newdata=data.frame(t(model$means)), stype=2, ctype=2, se.fit=FALSE)
in_view <- function(t) exp(-c(0, base$cumhaz)[findInterval(t, base$time) + 1] * exp(model$linear.predictors))
auc <- function(t) {
  a <- ifelse(g$rfstime < t & g$status == 1, 1 / in_view(g$rfstime - 0.5), 0)
  b <- ifelse(g$rfstime > t, 1 / in_view(t), 0)
  above <- outer(g$nodes, g$nodes, ">") + 0.5 * outer(g$nodes, g$nodes, "==")
  sum(a * (above %*% b)) / sum(a) / sum(b)
}
out <- list(id="auc_gbsg_coxweights", data="gbsg", call="coxph of the censorings, then all pairs", rtol=1e-10,
            package=list(R=R.version.string, pkg="survival", version=as.character(packageVersion("survival"))),
            expected=list(times=c(730, 1826), AUC=sapply(c(730, 1826), auc)))
writeLines(toJSON(out, digits=I(17), auto_unbox=TRUE, pretty=TRUE), "expected/auc_gbsg_coxweights.json")
