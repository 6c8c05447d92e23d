# Reference values for the synthetic cohort, computed by R without any of this project's code.
#
#   Rscript testdata/reference/cohort/make_cohort_reference.R
#
# reads testdata/cohort/{densities,clinical,training_densities}.tsv and reference.json and
# writes cohort.json beside this script. Numbers carry 17 significant digits; what is
# undefined is null.

suppressMessages(library(survival))

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
here <- dirname(normalizePath(script))
cohort <- file.path(here, "..", "..", "cohort")

MARKERS <- c("CD3", "CD8")
REGIONS <- c("CT", "IM")
# In the order of the reference file: CD3 CT, CD3 IM, CD8 CT, CD8 IM.
COMPONENTS <- expand.grid(region = REGIONS, marker = MARKERS, stringsAsFactors = FALSE)
COMPONENTS$key <- tolower(paste(COMPONENTS$marker, COMPONENTS$region, sep = "_"))
THREE <- c("Low", "Intermediate", "High")
TOLERANCE <- 1e-9
FAIL_AREA_MM2 <- 0.25
WARN_AREA_MM2 <- 1
MAX_DENSITY <- 20000
MAX_CD8_TO_CD3 <- 1.1
MAX_AREA_RATIO <- 2
HORIZONS_DAYS <- c(three_years = 1095.75, five_years = 1826.25)
CONF_TYPES <- c(log_log = "log-log", log = "log", plain = "plain")
# R stops at a relative change of 1e-9 of the log-likelihood; this goes on until the
# coefficients stand still, so that they can be compared to 1e-9. R wants toler.chol < eps.
CONVERGED <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50)

number <- function(x) ifelse(is.finite(x), sprintf("%.17g", x), "null")
text <- function(x) ifelse(is.na(x), "null", paste0("\"", gsub("([\"\\\\])", "\\\\\\1", x), "\""))

# Named lists become objects, named vectors objects on one line, unnamed ones arrays; one
# unnamed value stands alone unless it is wrapped in I().
json <- function(x, indent = "") {
  deeper <- paste0(indent, "  ")
  if (is.null(x)) return("null")
  if (is.factor(x)) x <- as.character(x)
  if (is.list(x)) {
    named <- !is.null(names(x))
    parts <- vapply(x, json, "", indent = deeper)
    if (named) parts <- paste0(text(names(x)), ": ", parts)
    ends <- if (named) c("{", "}") else c("[", "]")
    return(paste0(ends[1], "\n", paste0(deeper, parts, collapse = ",\n"), "\n", indent, ends[2]))
  }
  plain <- unname(unclass(x))
  atoms <- if (is.character(plain)) text(plain)
    else if (is.logical(plain)) ifelse(is.na(plain), "null", ifelse(plain, "true", "false"))
    else number(plain)
  if (!is.null(names(x))) return(paste0("{ ", paste0(text(names(x)), ": ", atoms, collapse = ", "), " }"))
  if (length(atoms) == 1 && !inherits(x, "AsIs")) atoms else paste0("[", paste(atoms, collapse = ", "), "]")
}

read_table <- function(name, id_columns) {
  path <- file.path(cohort, name)
  header <- strsplit(readLines(path, n = 1), "\t")[[1]]
  classes <- ifelse(header %in% id_columns, "character", NA)
  read.delim(path, colClasses = classes, na.strings = "", quote = "", comment.char = "")
}

# Counts and areas summed over the samples of a patient, one row a patient.
pool <- function(rows) {
  patients <- sort(unique(rows$patient_id))
  out <- data.frame(patient_id = patients, stringsAsFactors = FALSE)
  for (i in seq_len(nrow(COMPONENTS))) {
    of <- rows[rows$marker == COMPONENTS$marker[i] & rows$region == COMPONENTS$region[i], ]
    key <- COMPONENTS$key[i]
    n <- tapply(of$n_cells, of$patient_id, function(v) Reduce(`+`, v))[patients]
    a <- tapply(of$area_mm2, of$patient_id, function(v) Reduce(`+`, v))[patients]
    out[[paste0(key, "_n_cells")]] <- as.numeric(n)
    out[[paste0(key, "_area_mm2")]] <- as.numeric(a)
    out[[paste0(key, "_cells_per_mm2")]] <- as.numeric(n) / as.numeric(a)
  }
  out
}

columns <- function(pooled, what) as.matrix(pooled[paste0(COMPONENTS$key, "_", what)])

reference_values <- function() {
  raw <- paste(readLines(file.path(cohort, "reference.json")), collapse = " ")
  field <- function(name, value) paste0("\"", name, "\"\\s*:\\s*", value)
  word <- "\"(\\w+)\"\\s*,\\s*"
  form <- paste0(field("marker", word), field("region", word), field("values", "\\[([^]]*)\\]"))
  blocks <- regmatches(raw, gregexpr(form, raw, perl = TRUE))[[1]]
  parts <- regmatches(blocks, regexec(form, blocks, perl = TRUE))
  values <- lapply(parts, function(p) as.numeric(strsplit(p[4], ",")[[1]]))
  names(values) <- vapply(parts, function(p) tolower(paste(p[2], p[3], sep = "_")), "")
  stopifnot(identical(names(values), COMPONENTS$key))
  values
}

percentile <- function(densities, reference, rule) {
  less <- vapply(densities, function(d) sum(reference < d), 0)
  equal <- vapply(densities, function(d) sum(reference == d), 0)
  share <- switch(rule, mid = less + equal / 2, leq = less + equal, lt = less)
  100 * share / length(reference)
}

classes_of <- function(score, cuts, labels) {
  factor(labels[1 + rowSums(outer(score, cuts, function(s, c) s > c + TOLERANCE))], levels = labels)
}
three_classes <- function(score) classes_of(score, c(25, 70), THREE)
five_classes <- function(score) classes_of(score, c(10, 25, 70, 95), paste0("IS", 0:4))
counts_of <- function(f) { t <- table(f); setNames(as.integer(t), names(t)) }

exact_interval <- function(n, area, conf = 0.95) {
  alpha <- 1 - conf
  lower <- if (n == 0) 0 else qchisq(alpha / 2, 2 * n) / (2 * area)
  c(lower = lower, upper = qchisq(1 - alpha / 2, 2 * n + 2) / (2 * area))
}

densities <- read_table("densities.tsv", c("patient_id", "sample_id"))
clinical <- read_table("clinical.tsv", "patient_id")
reference <- reference_values()

# The reference file is the training cohort.
training <- columns(pool(read_table("training_densities.tsv", c("patient_id", "sample_id"))), "cells_per_mm2")
for (i in seq_along(reference)) {
  stopifnot(isTRUE(all.equal(sort(training[, i]), reference[[i]], tolerance = 1e-14, check.attributes = FALSE)))
}

pooled <- pool(densities)
found <- columns(pooled, "cells_per_mm2")
areas <- columns(pooled, "area_mm2")
colnames(found) <- colnames(areas) <- COMPONENTS$key
missing_component <- rowSums(is.na(found)) > 0
small_area <- rowSums(areas < FAIL_AREA_MM2, na.rm = TRUE) > 0
too_dense <- rowSums(found > MAX_DENSITY, na.rm = TRUE) > 0
scored <- !(missing_component | small_area | too_dense)
stopifnot(sum(missing_component) + sum(small_area) + sum(too_dense) == sum(!scored))

ids <- function(which) I(pooled$patient_id[which])
either_region <- function(f) f("ct") | f("im")
at <- function(m, marker, region) m[, paste(marker, region, sep = "_")]
samples <- unique(densities[c("patient_id", "sample_id")])
flags <- list(
  area_below_1_mm2 = ids(scored & rowSums(areas < WARN_AREA_MM2, na.rm = TRUE) > 0),
  cd8_above_1_1_times_cd3 = ids(scored & either_region(function(r) {
    at(found, "cd8", r) > MAX_CD8_TO_CD3 * at(found, "cd3", r)
  })),
  cd3_cd8_area_ratio_above_2 = ids(scored & either_region(function(r) {
    a <- at(areas, "cd3", r); b <- at(areas, "cd8", r)
    pmax(a, b) > MAX_AREA_RATIO * pmin(a, b)
  })),
  zero_count = ids(scored & rowSums(found == 0, na.rm = TRUE) > 0),
  more_than_one_sample = I(unique(samples$patient_id[duplicated(samples$patient_id)]))
)

kept <- pooled[scored, ]
for (rule in c("mid", "leq", "lt")) {
  for (key in COMPONENTS$key) {
    density <- kept[[paste0(key, "_cells_per_mm2")]]
    kept[[paste0(key, "_percentile_", rule)]] <- percentile(density, reference[[key]], rule)
  }
  four <- as.matrix(kept[paste0(COMPONENTS$key, "_percentile_", rule)])
  kept[[paste0("score_", rule)]] <- ((four[, 1] + four[, 2]) + four[, 3] + four[, 4]) / 4
}
kept$class_three <- three_classes(kept$score_mid)
kept$class_five <- five_classes(kept$score_mid)

patient_values <- lapply(seq_len(nrow(kept)), function(i) {
  row <- kept[i, ]
  components <- lapply(COMPONENTS$key, function(key) {
    what <- c("n_cells", "area_mm2", "cells_per_mm2", "percentile_mid")
    setNames(unlist(row[paste0(key, "_", what)]), what)
  })
  list(
    patient_id = row$patient_id,
    score_mid = row$score_mid, score_leq = row$score_leq, score_lt = row$score_lt,
    class_three = row$class_three, class_five = row$class_five,
    class_two = if (row$class_three == "Low") "Low" else "High",
    components = setNames(components, COMPONENTS$key)
  )
})

# The 95 % limits on each scale of CONF_TYPES.
kaplan_meier <- function(data) {
  fits <- lapply(CONF_TYPES, function(type) {
    survfit(Surv(time, event) ~ class_three, data, conf.type = type)
  })
  lapply(setNames(THREE, THREE), function(class) {
    one <- lapply(fits, function(f) f[which(THREE == class)])
    at_horizon <- lapply(HORIZONS_DAYS, function(day) {
      s <- lapply(one, function(f) summary(f, times = day))
      c(
        list(days = day, n_risk = s[[1]]$n.risk, survival = s[[1]]$surv, std_err_of_survival = s[[1]]$std.err),
        lapply(s, function(x) c(lower = x$lower, upper = x$upper))
      )
    })
    q <- quantile(one$log_log, 0.5)
    c(
      list(n = one[[1]]$n, events = sum(one[[1]]$n.event)),
      at_horizon,
      list(median_days = c(estimate = q$quantile[[1]], lower_log_log = q$lower[[1]], upper_log_log = q$upper[[1]]))
    )
  })
}

median_follow_up <- function(data) {
  intervals <- lapply(CONF_TYPES[c("log", "log_log")], function(type) {
    q <- quantile(survfit(Surv(time, 1 - event) ~ 1, data, conf.type = type), 0.5)
    c(estimate = q$quantile[[1]], lower = q$lower[[1]], upper = q$upper[[1]])
  })
  list(estimate_days = intervals$log[["estimate"]], log = intervals$log[-1], log_log = intervals$log_log[-1])
}

log_rank <- function(data) {
  d <- survdiff(Surv(time, event) ~ class_three, data)
  by_class <- function(x) setNames(as.numeric(x), THREE)
  df <- length(d$n) - 1
  # Linear trend over the scores 1, 2, 3 with the log-rank's own, hypergeometric variance.
  scores <- seq_along(d$n)
  trend <- sum(scores * (d$obs - d$exp))^2 / drop(scores %*% d$var %*% scores)
  cox_trend <- coxph(Surv(time, event) ~ as.numeric(class_three), data, control = CONVERGED)$score
  test <- function(x, df) c(chisq = x, df = df, p = pchisq(x, df, lower.tail = FALSE))
  list(
    log_rank = c(
      as.list(test(d$chisq, df)),
      list(n = by_class(d$n), observed = by_class(d$obs), expected = by_class(d$exp))
    ),
    trend_cox_score_test = test(cox_trend, 1),
    trend_log_rank_variance = test(trend, 1)
  )
}

pairwise <- function(data) {
  pairs <- list(c("Low", "Intermediate"), c("Low", "High"), c("Intermediate", "High"))
  chisq <- vapply(pairs, function(pair) {
    survdiff(Surv(time, event) ~ class_three, droplevels(data[data$class_three %in% pair, ]))$chisq
  }, 0)
  p <- pchisq(chisq, 1, lower.tail = FALSE)
  holm <- p.adjust(p, "holm")
  lapply(seq_along(pairs), function(i) {
    list(classes = I(pairs[[i]]), chisq = chisq[i], p = p[i], p_holm = holm[i])
  })
}

cox <- function(formula, data) {
  # cox.zph looks `data` up again, in the environment of the formula.
  environment(formula) <- environment()
  fit <- coxph(formula, data, ties = "efron", control = CONVERGED)
  s <- summary(fit)
  terms <- lapply(seq_along(coef(fit)), function(i) {
    c(
      coefficient = coef(fit)[[i]],
      std_err = sqrt(vcov(fit)[i, i]),
      hazard_ratio = s$conf.int[i, 1],
      lower = s$conf.int[i, 3],
      upper = s$conf.int[i, 4],
      z = s$coefficients[i, "z"],
      p = s$coefficients[i, "Pr(>|z|)"]
    )
  })
  zph <- cox.zph(fit, transform = "km")$table
  test <- function(t) c(chisq = t[[1]], df = t[[2]], p = pchisq(t[[1]], t[[2]], lower.tail = FALSE))
  list(
    n = fit$n,
    events = fit$nevent,
    log_likelihood_null = fit$loglik[1],
    log_likelihood = fit$loglik[2],
    coefficients = setNames(terms, tidy(names(coef(fit)))),
    covariance = unname(lapply(seq_len(nrow(vcov(fit))), function(i) I(unname(vcov(fit)[i, ])))),
    likelihood_ratio_test = test(s$logtest),
    wald_test = test(c(fit$wald.test, s$waldtest[[2]])),
    score_test = test(s$sctest),
    concordance = c(estimate = s$concordance[[1]], std_err = s$concordance[[2]]),
    proportional_hazards_test_km = setNames(
      lapply(seq_len(nrow(zph)), function(i) c(chisq = zph[i, 1], df = zph[i, 2], p = zph[i, 3])),
      sub("GLOBAL", "global", tidy(rownames(zph)))
    )
  )
}

# class_threeHigh -> class_High, stageIII -> stage_III, I(score_mid/10) -> score_per_10_points
tidy <- function(names) {
  names <- sub("^I\\(score_mid/10\\)$", "score_per_10_points", names)
  names <- sub("^class_three(\\w+)$", "class_\\1", names)
  names <- sub("^stage(I+)$", "stage_\\1", names)
  names <- sub("^msi(MS[IS])$", "msi_\\1", names)
  sub("^class_three$", "class", names)
}

added_value <- function(without, with) {
  chisq <- 2 * (with$log_likelihood - without$log_likelihood)
  df <- with$likelihood_ratio_test[["df"]] - without$likelihood_ratio_test[["df"]]
  c(chisq = chisq, df = df, p = pchisq(chisq, df, lower.tail = FALSE))
}

adjusted <- function(data) {
  complete <- data[complete.cases(data[c("age_years", "stage", "msi", "centre")]), ]
  base <- Surv(time, event) ~ age_years + stage + msi
  fit <- function(extra) cox(update(base, paste("~ . +", extra)), complete)
  models <- list(
    clinical = cox(base, complete),
    clinical_and_score = fit("I(score_mid/10)"),
    clinical_and_class = fit("class_three"),
    clinical_stratified_by_centre = fit("strata(centre)"),
    clinical_and_score_stratified_by_centre = fit("I(score_mid/10) + strata(centre)"),
    clinical_and_class_stratified_by_centre = fit("class_three + strata(centre)")
  )
  list(
    n = nrow(complete),
    n_left_out_for_missing_covariates = nrow(data) - nrow(complete),
    left_out_for_missing_covariates = I(data$patient_id[!data$patient_id %in% complete$patient_id]),
    n_by_centre = counts_of(complete$centre),
    events_by_centre = tapply(complete$event, complete$centre, sum),
    models = models,
    likelihood_ratio_of_adding_score = added_value(models$clinical, models$clinical_and_score),
    likelihood_ratio_of_adding_class = added_value(models$clinical, models$clinical_and_class),
    likelihood_ratio_of_adding_score_stratified_by_centre =
      added_value(models$clinical_stratified_by_centre, models$clinical_and_score_stratified_by_centre),
    likelihood_ratio_of_adding_class_stratified_by_centre =
      added_value(models$clinical_stratified_by_centre, models$clinical_and_class_stratified_by_centre)
  )
}

joined <- merge(kept, clinical, by = "patient_id")
joined$stage <- relevel(factor(joined$stage), ref = "II")
joined$msi <- relevel(factor(joined$msi), ref = "MSS")
joined$centre <- factor(joined$centre)

endpoint <- function(name) {
  data <- joined
  data$time <- data[[paste0(name, "_days")]]
  data$event <- data[[paste0(name, "_event")]]
  no_time <- is.na(data$time) | is.na(data$event)
  not_positive <- !no_time & data$time <= 0
  used <- data[!no_time & !not_positive, ]
  c(
    list(
      n_scored_with_clinical = nrow(data),
      left_out_time_missing = I(data$patient_id[no_time]),
      left_out_time_not_positive = I(data$patient_id[not_positive]),
      n = nrow(used),
      events = sum(used$event),
      n_distinct_times = length(unique(used$time)),
      classes = counts_of(used$class_three),
      median_follow_up_reverse_kaplan_meier = median_follow_up(used),
      kaplan_meier = kaplan_meier(used)
    ),
    log_rank(used),
    list(
      pairwise_log_rank = pairwise(used),
      cox_by_class = cox(Surv(time, event) ~ class_three, used),
      cox_by_score = cox(Surv(time, event) ~ I(score_mid/10), used),
      adjusted = adjusted(used)
    )
  )
}

interval_cases <- rbind(
  data.frame(case = "zero cells", n = 0, area = c(1, 18.5)),
  data.frame(case = "few cells", n = c(1, 2, 7), area = c(0.3, 4.75, 12.5)),
  data.frame(case = "many cells", n = c(150, 2500, 41234), area = c(1, 3.125, 33.3333))
)
from_cohort <- do.call(rbind, lapply(COMPONENTS$key, function(key) {
  rows <- kept[kept$patient_id %in% c("0001", unclass(flags$zero_count)), ]
  data.frame(
    case = paste(rows$patient_id, key),
    n = rows[[paste0(key, "_n_cells")]], area = rows[[paste0(key, "_area_mm2")]]
  )
}))
interval_cases <- rbind(interval_cases, from_cohort)

result <- list(
  made_by = "make_cohort_reference.R",
  r = R.version.string,
  packages = c(survival = as.character(packageVersion("survival"))),
  conventions = list(
    density = "summed counts / summed areas over the samples of a patient, cells/mm2",
    percentile = "mid: 100 (L + E/2) / n; leq: 100 (L + E) / n; lt: 100 L / n",
    score = "mean of the four percentiles",
    classes = paste(
      "three: <= 25 Low, <= 70 Intermediate, else High; five: cuts 10, 25, 70, 95;",
      "two: <= 25 Low, else High; compared with a tolerance of 1e-9; rule mid"
    ),
    rejection = "a component missing, a pooled area < 0.25 mm2, or a density > 20000 cells/mm2",
    survival = paste(
      "rows with a missing or non-positive time left out; times in days;",
      "three years 1095.75, five years 1826.25; intervals 95 %"
    ),
    cox = paste(
      "Efron; coxph.control(eps = 1e-12, toler.chol = 1e-13);",
      "class reference Low, stage reference II, msi reference MSS"
    ),
    proportional_hazards = "cox.zph, transform km",
    follow_up = "reverse Kaplan-Meier; R's default interval is log"
  ),
  score = list(
    n_with_densities = nrow(pooled),
    n_scored = nrow(kept),
    rejected = list(
      component_missing = ids(missing_component),
      area_below_0_25_mm2 = ids(small_area),
      density_above_20000_per_mm2 = ids(too_dense)
    ),
    flags = flags,
    n_reference = length(reference[[1]]),
    reference_share_of_zeros = vapply(reference, function(v) mean(v == 0), 0),
    classes_three = counts_of(kept$class_three),
    classes_five = counts_of(kept$class_five),
    classes_three_leq = counts_of(three_classes(kept$score_leq)),
    classes_three_lt = counts_of(three_classes(kept$score_lt)),
    class_differs_between_mid_and_leq = I(kept$patient_id[three_classes(kept$score_leq) != kept$class_three]),
    patients = patient_values
  ),
  joined = list(
    n = nrow(joined),
    scored_without_clinical = I(setdiff(kept$patient_id, clinical$patient_id)),
    clinical_without_densities = I(setdiff(clinical$patient_id, pooled$patient_id))
  ),
  endpoints = list(os = endpoint("os"), rfs = endpoint("rfs")),
  exact_poisson_intervals = lapply(seq_len(nrow(interval_cases)), function(i) {
    with(interval_cases[i, ], c(
      list(case = case, n_cells = n, area_mm2 = area, cells_per_mm2 = n / area),
      exact_interval(n, area)
    ))
  })
)

writeLines(json(result), file.path(here, "cohort.json"))
