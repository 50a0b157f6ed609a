# Where the parts of the report lie, in the source tree and in an archive. Sourced, not run; $home is the root of either.

# shellcheck source=../../distribution/src/dist/lib/launch.sh
. "$home/distribution/src/dist/lib/launch.sh"

fail() {
    echo "gpu-report: $*" >&2
    exit 1
}

# Sets jdk, class_path, references and sdks.
locate() {
    if [ -d "$home/jdk" ]; then
        jdk="$home/jdk"
        references="$home/references"
        sdks=("$home"/sdk/*)
    else
        jdk=$(find_jdk)
        references="$home/tests/target/references"
        IFS=: read -r -a sdks <<< "${TORNADOVM_HOME:-}"
    fi
    class_path="$home/tests/target/test-classes:$home/tornado-kernels/target/test-classes:$home/tests/target/lib/*"
}

# As locate, and makes what is not there yet.
prepare() {
    locate
    if [ -d "$home/jdk" ]; then
        # The argument files name the folder that the archive was unpacked into.
        local sdk
        for sdk in "${sdks[@]}"; do
            sed "s:\${TORNADOVM_HOME}:$sdk:g" "$sdk/tornado-argfile.template" > "$sdk/tornado-argfile"
        done
        return
    fi
    [ "${#sdks[@]}" -gt 0 ] || fail "TORNADOVM_HOME is not set; the report needs an SDK of TornadoVM, or several with colons in between."
    build_report
    make_references sd-v1 narrow
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

# The backends of an SDK, in the order in which they are tried: where time is short, the first ones get it.
backends_of() {
    local backend
    for backend in cuda ptx opencl spirv metal; do
        if grep -q "$backend-backend" "$1/etc/tornado.backend"; then echo "$backend"; fi
    done
}

# Adds libraries to LD_LIBRARY_PATH that TornadoVM needs and this machine's linker does not find.
add_libraries() {
    local folder
    if ! linked libnvrtc.so.13; then
        for folder in "$home"/native/nvrtc /usr/local/cuda*/lib64 /usr/local/cuda*/targets/*/lib \
            {/usr,/usr/local,/opt/*,/opt/*/.venv}/lib/python3*/{site,dist}-packages/nvidia/{cu13,cuda_nvrtc}/lib; do
            if [ -e "$folder/libnvrtc.so.13" ]; then
                add_folder "$folder"
                break
            fi
        done
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
