rule count:
    input:
        files=slide_files,
        settings=[config[name] for name in SETTINGS if config[name]],
    output:
        samplesheet=f"{STEPS}/samplesheets/{{slide}}.csv",
        counted=directory(f"{STEPS}/count/{{slide}}"),
    log:
        "logs/count/{slide}.log",
    conda:
        "../envs/contexture.yaml"
    wildcard_constraints:
        slide="|".join(map(re.escape, SLIDES)),
    params:
        samplesheet=slide_samplesheet,
        settings=[word for name in SETTINGS if config[name] for word in (f"--{name}", config[name])],
        extra=config["extra"]["count"],
    shell:
        "printf %s {params.samplesheet:q} > {output.samplesheet:q} &&"
        " contexture count --samplesheet {output.samplesheet:q} {params.settings:q}"
        " --threads {threads} {params.extra} -o {output.counted:q} > {log:q} 2>&1"


rule gather:
    input:
        expand(f"{STEPS}/count/{{slide}}", slide=SLIDES),
    output:
        directory(f"{STEPS}/gather"),
    log:
        "logs/gather.log",
    conda:
        "../envs/contexture.yaml"
    threads: 2
    params:
        tallies=lambda wildcards, input: [f"{counted}/tally.json" for counted in input],
        extra=config["extra"]["gather"],
    shell:
        "contexture count {params.tallies:q} --threads {threads} {params.extra} -o {output:q}/counted > {log:q} 2>&1"
