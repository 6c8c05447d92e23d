rule score:
    input:
        study=config["study"],
        protocol=config["protocol"] or [],
        densities=config["densities"] or rules.gather.output,
        clinical=config["clinical"],
        reference=config["reference"] or [],
    output:
        directory(f"{STEPS}/score"),
    log:
        "logs/score.log",
    conda:
        "../envs/contexture.yaml"
    threads: 2
    params:
        densities=lambda wildcards, input: f"{input.densities}/counted/densities.tsv" if SLIDES else input.densities,
        reference="--reference" if config["reference"] else "",
        extra=config["extra"]["score"],
    shell:
        "contexture score {input.study:q} --densities {params.densities:q} --clinical {input.clinical:q}"
        " {params.reference} {input.reference:q} --threads {threads} {params.extra} -o {output:q} > {log:q} 2>&1"
