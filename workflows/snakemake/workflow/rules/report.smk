rule report:
    input:
        study=config["study"],
        protocol=config["protocol"] or [],
        scored=rules.score.output,
        stratified=rules.stratify.output,
    output:
        directory(f"{STEPS}/report"),
    log:
        "logs/report.log",
    conda:
        "../envs/contexture.yaml"
    threads: 2
    params:
        extra=config["extra"]["report"],
    shell:
        "contexture report {input.study:q} --scored {input.scored:q} --stratified {input.stratified:q}"
        " --threads {threads} {params.extra} -o {output:q} > {log:q} 2>&1"
