rule stratify:
    input:
        study=config["study"],
        protocol=config["protocol"] or [],
        clinical=config["clinical"],
        scored=rules.score.output,
    output:
        directory(f"{STEPS}/stratify"),
    log:
        "logs/stratify.log",
    conda:
        "../envs/contexture.yaml"
    threads: 2
    params:
        extra=config["extra"]["stratify"],
    shell:
        "contexture stratify {input.study:q} --clinical {input.clinical:q} --scored {input.scored:q}"
        " --threads {threads} {params.extra} -o {output:q} > {log:q} 2>&1"
