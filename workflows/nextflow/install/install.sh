#!/usr/bin/env bash
# Installs Nextflow from Maven Central into DIR, of which DIR/nextflow is the launcher.
# Needs Maven and a JDK 17 or later. Everything lies in DIR, about 55 MB: deleting DIR removes it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${1:?usage: install.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

mvn --quiet --batch-mode --file "$here/pom.xml" -Dmaven.repo.local="$dir/maven" \
    dependency:build-classpath -Dmdep.outputFile="$dir/classpath"

cat > "$dir/nextflow" <<'LAUNCHER'
#!/usr/bin/env bash
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export NXF_OFFLINE=true NXF_DISABLE_CHECK_LATEST=true
# Nextflow reaches into these packages by reflection, which Java 17 refuses unless told otherwise.
opens=()
for package in java.lang java.io java.nio java.nio.file.spi java.net java.util java.util.regex \
    java.util.concurrent.locks java.util.concurrent.atomic sun.nio.ch sun.nio.fs \
    sun.net.www.protocol.{http,https,ftp,file} jdk.internal.{misc,vm}; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
exec java "${opens[@]}" -XX:TieredStopAtLevel=1 -cp "$(cat "$here/classpath")" nextflow.cli.Launcher "$@"
LAUNCHER
chmod +x "$dir/nextflow"
"$dir/nextflow" -v
