# Times R's survival on a table of make_data.py. Prints the task, CPU seconds, and one or two numbers to compare.
# Usage: Rscript r_survival.R FILE.csv TASK
suppressMessages(library(survival))
args <- commandArgs(TRUE)
d <- read.csv(args[1])
d$x <- as.matrix(d[paste0("x", 1:5)])
d$cause <- factor(d$cause, 0:2)
fit <- NULL
cox <- function() coxph(Surv(time, event) ~ x1 + x2 + x3 + x4 + x5, d)
if (args[2] == "proportional_hazards") fit <- cox()
tasks <- list(
  curves_and_log_rank = function() {
    survfit(Surv(time, event) ~ group, d)
    survdiff(Surv(time, event) ~ group, d)$chisq
  },
  cox = function() coef(cox())[[1]],
  concordance = function() {
    found <- concordance(Surv(time, event) ~ x1, d, reverse = TRUE)
    c(found$concordance, sqrt(found$var))
  },
  proportional_hazards = function() cox.zph(fit)$table["GLOBAL", "chisq"],
  aalen_johansen = function() {
    s <- survfit(Surv(time, cause) ~ group, d)
    c(s$pstate[nrow(s$pstate), 2], s$std.err[nrow(s$std.err), 2])
  },
  bootstrap_cox = function() {
    set.seed(1)
    y <- Surv(d$time, d$event)
    control <- coxph.control()
    mean(replicate(1000, {
      i <- sample.int(nrow(d), replace = TRUE)
      coxph.fit(d$x[i, ], y[i], NULL, NULL, NULL, control, NULL, "efron", NULL, FALSE)$coefficients[1]
    }))
  },
  every_cut = function() {
    cuts <- sort(unique(d$x1))
    cuts <- cuts[cuts >= quantile(d$x1, .1) & cuts < quantile(d$x1, .9)]
    max(vapply(cuts, function(cut) survdiff(Surv(time, event) ~ x1 > cut, d)$chisq, 0))
  }
)
started <- proc.time()
answer <- tasks[[args[2]]]()
took <- proc.time() - started
seconds <- sprintf("%.6f", took[["user.self"]] + took[["sys.self"]])
cat(args[2], seconds, sprintf("%.10g", answer), sep = "\t")
cat("\n")
