# Functions of the launchers: bin/sd of the distribution and sd of the source tree. Sourced, not run.

needed_jdk=25
show_command=false
main_class=stablediffusion.cli.Main
environment=()

fail() {
    echo "sd: $*" >&2
    exit 1
}

# The major version of the JDK in a folder, or nothing; read from its release file, which is faster than asking java.
jdk_version() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# JAVA_HOME, then the PATH, then where systems and SDKMAN keep JDKs.
find_jdk() {
    local candidate version java
    java=$(command -v java || true)
    for candidate in \
        "${JAVA_HOME:-}" \
        "${java:+$(dirname "$(dirname "$(readlink -f "$java")")")}" \
        /usr/lib/jvm/* /usr/java/* /opt/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home; do
        [ -n "$candidate" ] || continue
        version=$(jdk_version "$candidate")
        if [ -n "$version" ] && [ "$version" -ge "$needed_jdk" ]; then
            echo "$candidate"
            return
        fi
    done
    fail "needs a JDK $needed_jdk or newer; found none in JAVA_HOME, on the PATH, in the system's JVM folders or in SDKMAN." \
        "Install one and set JAVA_HOME to it."
}

# check_tornado VERSION: says what is wrong with TORNADOVM_HOME, where it is set.
check_tornado() {
    [ -n "${TORNADOVM_HOME:-}" ] || return 0
    local needed="$1" version way_out="Point it at an SDK of that version, or unset it to run on the CPU engine."
    version=$({ find "$TORNADOVM_HOME/share/java/tornado" -name 'tornado-api-*.jar' 2>/dev/null || true; } | sed -n '1s:.*/tornado-api-\(.*\)\.jar:\1:p')
    [ -n "$version" ] || fail "TORNADOVM_HOME is $TORNADOVM_HOME, which holds no TornadoVM SDK; sd needs TornadoVM $needed. $way_out"
    [ "$version" = "$needed" ] || fail "TORNADOVM_HOME is $TORNADOVM_HOME, TornadoVM $version; sd needs $needed. $way_out"
}

# The sizes and names of a folder's jars, by which one that is missing or cut short is found; spelled the same on all systems.
jars() {
    (cd "$1" 2>/dev/null && LC_ALL=C && wc -c -- *.jar 2>/dev/null | sed -n 's/^ *\([0-9]* .*\.jar\)$/\1/p')
}

# check_jars FOLDER: says what is wrong with its jars, which its file "jars" lists.
check_jars() {
    local jar found
    [ -s "$1/jars" ] || fail "the program is incomplete, $1/jars is missing: unpack the archive again"
    found=$(jars "$1" || true)
    while IFS= read -r jar; do
        [[ $'\n'"$found"$'\n' == *$'\n'"$jar"$'\n'* ]] ||
            fail "the program is incomplete, $1/${jar#* } is missing or damaged: unpack the archive again"
    done < "$1/jars"
}

# share_classes CLASS_PATH COMMAND: has Java keep the program's classes as it needs them in a file beside the last folder's jars, so that it starts
# faster. Java writes the file at the end of the first "generate", which uses most of them, and again when the JDK has changed.
share_classes() {
    local folder="${1##*:}" archive
    folder="${folder%/\*}"
    archive="$folder/classes.jsa"
    # Java does not share classes where an SDK replaces modules, as TornadoVM's does.
    [ -z "${TORNADOVM_HOME:-}" ] || return 0
    if [ "$2" = generate ] && [ -w "$folder" ]; then
        flags+=(-XX:+AutoCreateSharedArchive)
    elif [ ! -r "$archive" ]; then
        return 0
    fi
    # What Java would say of a file that does not fit goes to the standard output.
    flags+=("-XX:SharedArchiveFile=$archive" -Xlog:disable "-Xlog:all=warning,cds*=off,aot*=off:stderr")
}

# launch JDK HOME CLASS_PATH ARGUMENTS…: becomes the program, or prints its command where show_command is true. Models lie in HOME.
launch() {
    local jdk="$1" home="$2" class_path="$3"
    shift 3

    local flags=(--enable-native-access=ALL-UNNAMED)
    if [ -z "${TORNADOVM_HOME:-}" ]; then
        # Weights and activations lie outside the Java heap, so the heap is small. (TornadoVM's own flags name another collector.)
        flags+=(-XX:+UseSerialGC)
    else
        if [ -r "$TORNADOVM_HOME/tornado-argfile" ]; then
            flags+=("@$TORNADOVM_HOME/tornado-argfile")
        else
            local printed
            printed=$(JAVA_HOME="$jdk" "$TORNADOVM_HOME/bin/tornado" --printJavaFlags) ||
                fail "TORNADOVM_HOME is $TORNADOVM_HOME, which has no tornado-argfile, and its bin/tornado --printJavaFlags fails; see above"
            # The first word is the name of the java program.
            # shellcheck disable=SC2206 # the SDK prints plain words
            flags+=(${printed#* })
        fi
        # A kernel that does not compile must fail, not run as sequential Java; a block of a network has more byte-code than the default allows.
        flags+=(-Dtornado.recover.bailout=false -Dtornado.tvm.maxbytecodesize=65536)
        # TornadoVM clears a list of so many events for each dependency of a task graph at each run, and uses none: with the usual 32768 that
        # took 15 ms a step.
        flags+=(-Dtornado.max.events=64)
        # TornadoVM gives 4 GB whatever the device has; the engine asks the device itself, and counts before it allocates.
        flags+=(-Dtornado.device.memory=1024GB)
    fi

    share_classes "$class_path" "${1:-}"
    case " $* " in
        "  " | *" --help "* | *" -h "* | *" --version "* | *" -V "*) flags+=(-XX:TieredStopAtLevel=1) ;; # over before code is optimized
    esac

    environment+=("SD_HOME=$home")
    # Where no language was chosen, Java takes names of files and prompts beyond ASCII for question marks.
    case "${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" in
        C | POSIX)
            if [ -n "${LC_ALL:-}" ]; then environment+=(LC_ALL=C.UTF-8); else environment+=(LC_CTYPE=C.UTF-8); fi
            ;;
    esac
    # Use memory pages of 2 MB, for the heap and (through the C library) for memory outside of it: every run touches gigabytes for the first
    # time, and with pages of 4 KB that alone can take seconds.
    local huge_pages=/sys/kernel/mm/transparent_hugepage/enabled
    if [ -r "$huge_pages" ] && [[ "$(<"$huge_pages")" != *'[never]'* ]]; then
        flags+=(-XX:+UseTransparentHugePages)
        environment+=("GLIBC_TUNABLES=glibc.malloc.hugetlb=1${GLIBC_TUNABLES:+:$GLIBC_TUNABLES}")
    fi

    # shellcheck disable=SC2206 # SD_JAVA_OPTIONS is a list of words
    local command=(env "${environment[@]}" "$jdk/bin/java" "${flags[@]}" ${SD_JAVA_OPTIONS:-} -cp "$class_path" "$main_class" "$@")
    if $show_command; then
        printf '%q ' "${command[@]}"
        echo
        exit
    fi
    exec "${command[@]}"
}
