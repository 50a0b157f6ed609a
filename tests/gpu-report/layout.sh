# Where the parts of the report lie, in the source tree and in an archive. Sourced, not run; $home is the root of either.

# shellcheck source=../../distribution/src/dist/lib/launch.sh
. "$home/distribution/src/dist/lib/launch.sh"

fail() {
    echo "gpu-report: $*" >&2
    exit 1
}

# Sets jdk, class_path, references and sdk, the folder that has an SDK for each backend. One SDK for all would not run if a library of one
# backend were missing.
locate() {
    if [ -d "$home/jdk" ]; then
        jdk="$home/jdk"
        references="$home/references"
        sdk="$home/sdk"
    else
        jdk=$(find_jdk)
        references="$home/tests/target/references"
        sdk="$home/tests/target/sdk"
    fi
    class_path="$home/tests/target/test-classes:$home/tornado-kernels/target/test-classes:$home/tests/target/lib/*"
}

# As locate, and makes what is not there yet.
prepare() {
    locate
    if [ ! -d "$home/jdk" ]; then
        [ -n "${TORNADOVM_HOME:-}" ] ||
            fail "TORNADOVM_HOME is not set; the report needs an SDK of TornadoVM, or several with colons in between."
        build_report
        make_references sd-v1 narrow
        split_sdks
    fi
    # The argument files name the folder that the archive was unpacked into.
    local one
    for one in "$sdk"/*; do
        sed "s:\${TORNADOVM_HOME}:$one:g" "$one/tornado-argfile.template" > "$one/tornado-argfile"
    done
}

# Builds the class path. The API that kernels are compiled against is the same with and without an SDK.
build_report() {
    command -v mvn >/dev/null || fail "the report needs Maven (mvn) 3.8.7 or newer to build; install it and try again."
    (cd "$home" && unset TORNADOVM_HOME && JAVA_HOME="$jdk" mvn -q -B -ntp -Pgpu-report -DskipTests -pl tests -am package) ||
        fail "the build failed; see above."
}

# make_references CONFIGURATION…: on the CPU engine. Those that are there stay.
make_references() {
    mkdir -p "$references"
    (cd "$home/tests" && "$jdk/bin/java" --enable-native-access=ALL-UNNAMED -cp "$class_path" stablediffusion.tests.gpu.References \
        "$references" "$@")
}

# In the order in which they are tried: where time is short, the first ones get it.
backends=(cuda ptx opencl spirv metal)

# Makes an SDK for each backend of the SDKs in TORNADOVM_HOME.
split_sdks() {
    rm -rf "$sdk"
    local given backend all=()
    IFS=: read -r -a all <<< "$TORNADOVM_HOME"
    for given in "${all[@]}"; do
        [ -r "$given/etc/tornado.backend" ] || fail "$given in TORNADOVM_HOME is no SDK of TornadoVM: it has no etc/tornado.backend."
        for backend in "${backends[@]}"; do
            if grep -q "$backend-backend" "$given/etc/tornado.backend" && [ ! -d "$sdk/$backend" ]; then
                copy_sdk "$given" "$sdk/$backend" link "$backend"
            fi
        done
    done
}

link() {
    mkdir -p "$2"
    ln -s "$1" "$2/"
}

# copy_sdk SDK FOLDER COPY [BACKEND]: what of an SDK runs one backend. COPY FILE FOLDER copies a file.
copy_sdk() {
    local from="$1" to="$2" copy="$3" backend="${4:-$(basename "$1")}" name file
    for name in tornado-{api,annotation,runtime,drivers-common,drivers-"$backend"} asm commons-math3 snmp4j collections word; do
        for file in "$from/share/java/tornado/$name"-[0-9]*.jar; do "$copy" "$file" "$to/share/java/tornado"; done
    done
    for name in compiler truffle-compiler collections word; do
        for file in "$from/share/java/graalJars/$name"-[0-9]*.jar; do "$copy" "$file" "$to/share/java/graalJars"; done
    done
    "$copy" "$from/lib/libtornado-$backend.so" "$to/lib"
    mkdir -p "$to/etc"
    echo "tornado.backends=$backend-backend" > "$to/etc/tornado.backend"
    # Without the modules and the sections of exports of other backends and of libraries that the project does not use.
    awk -v backend="$backend" '
        /^# ===/ { section = /-exports/ ? $0 : ""; sub(/^# ===:? */, "", section); sub(/-exports.*/, "", section) }
        section != "" && section != "common" && section != backend { next }
        /^--(add-modules|enable-native-access)/ {
            split($0, option, /[ =]/)
            count = split(option[2], names, ",")
            kept = "tornado.drivers." backend
            for (i = 1; i <= count; i++) {
                if (names[i] !~ /^tornado\./ || names[i] ~ /^tornado\.(runtime|annotation|drivers\.common)$/) kept = names[i] "," kept
            }
            print option[1] "=" kept
            next
        }
        { print }' "$from/tornado-argfile.template" > "$to/tornado-argfile.template"
}

# add_libraries SDK: adds libraries to LD_LIBRARY_PATH that TornadoVM needs and this machine's linker does not find.
add_libraries() {
    local folder
    if [ "$(basename "$1")" = cuda ] && ! linked libnvrtc.so.13; then
        for folder in "$home"/native/nvrtc /usr/local/cuda*/lib64 /usr/local/cuda*/targets/*/lib \
            {/usr,/usr/local,/opt/*,/opt/*/.venv}/lib/python3*/{site,dist}-packages/nvidia/{cu13,cuda_nvrtc}/lib; do
            if [ -e "$folder/libnvrtc.so.13" ]; then
                add_folder "$folder"
                break
            fi
        done
        linked libnvrtc.so.13 || echo "gpu-report: found no libnvrtc.so.13, which the CUDA backend needs; see README.md" >&2
    fi
    # NVIDIA's containers have the driver's OpenCL, but neither a loader nor the file that names the driver to it.
    if ! linked libOpenCL.so.1 && [ -d "$home/native/opencl" ]; then add_folder "$home/native/opencl"; fi
    if [ -d "$home/native/vendors" ] && ! ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then export OCL_ICD_VENDORS="$home/native/vendors"; fi
    if ! linked libstdc++.so.6 && [ -d "$home/native/c++" ]; then add_folder "$home/native/c++"; fi
}

add_folder() {
    export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$1"
}

# linked LIBRARY: whether the dynamic linker finds it.
linked() {
    local folder folders
    IFS=: read -r -a folders <<< "${LD_LIBRARY_PATH:-}"
    for folder in "${folders[@]}" /lib64 /usr/lib64 /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /usr/local/nvidia/lib64; do
        if [ -e "$folder/$1" ]; then return; fi
    done
    { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -q "$1 "
}
