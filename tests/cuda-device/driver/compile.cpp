#include "compile.h"
#include "launch.h"
#include "module.h"
#include "report.h"
#include "settings.h"
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace cuda_device {

namespace {

std::string read(const std::string &path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

uint64_t hash(const std::string &text) { // FNV-1a
    uint64_t value = 0xcbf29ce484222325;
    for (unsigned char c : text) value = (value ^ c) * 0x100000001b3;
    return value;
}

// The headers of the device, which g++ includes: another version of them compiles to another kernel.
const std::string &headers() {
    static const std::string *text = new std::string([] {
        std::string all;
        for (const char *name : {"interface", "cuda", "half", "numbers", "vectors", "atomics", "warp", "matrices", "instructions", "ptx"}) {
            all += read(home() + "/kernel/" + name + ".h");
        }
        return all;
    }());
    return *text;
}

std::string flags(int architecture) {
    // Pointers of any type to the same memory, and sums that wrap, as CUDA has them.
    std::string text = "-std=c++17 -O1 -finline-small-functions -g1 -w -fPIC -fno-strict-aliasing -fwrapv -fno-math-errno -ffp-contract=off -march=native -fno-plt";
    // No accesses that the source does not have, and none twice.
    if (settings().check_accesses) {
        text += " -fsanitize=thread --param tsan-instrument-func-entry-exit=0 -fsanitize=alignment,bounds,object-size";
    }
    return text + " -DCUDA_DEVICE_ARCH=" + std::to_string(architecture);
}

// What ptxas says if a kernel's arrays do not fit in shared memory; empty if they do.
std::string too_much_shared_memory(const std::string &library) {
    std::string log;
    auto module = Module::open(library, log);
    for (const Kernel *kernel = module == nullptr ? nullptr : module->kernels(); kernel != nullptr && kernel->name != nullptr; kernel++) {
        size_t bytes = static_shared_bytes(*kernel), most = settings().shared_memory;
        if (bytes > most) {
            return format("ptxas error   : Entry function '%s' uses too much shared data (%#zx bytes, %#zx max)\n", kernel->name, bytes, most);
        }
    }
    return "";
}

} // namespace

std::string compile_library(const std::string &source, int architecture, std::string &log) {
    std::string options = flags(architecture), folder = settings().cache;
    std::string base = folder + format("/%016zx", (size_t) hash(options + headers() + source)), library = base + ".so";
    if (access(library.c_str(), R_OK) != 0) {
        mkdir(folder.c_str(), 0777);
        std::string mine = base + "." + std::to_string(getpid()); // others may compile the same
        std::ofstream(mine + ".cpp") << source;
        std::string command = "g++ " + options + " -I'" + home() + "/kernel' -c -o '" + mine + ".o' '" + mine + ".cpp' > '" + mine + ".log' 2>&1"
                + " && g++ -shared -o '" + mine + ".so' '" + mine + ".o' -L'" + home() + "/lib' -l:libcuda.so.1 >> '" + mine + ".log' 2>&1";
        bool failed = system(command.c_str()) != 0;
        log = read(mine + ".log");
        unlink((mine + ".o").c_str());
        unlink((mine + ".log").c_str());
        rename((mine + ".cpp").c_str(), (base + ".cpp").c_str());
        if (failed) {
            if (log.empty()) log = "g++ does not start";
            return "";
        }
        rename((mine + ".so").c_str(), library.c_str());
    }
    std::string too_much = too_much_shared_memory(library);
    log += too_much;
    return too_much.empty() ? library : "";
}

std::string compile(const std::string &source, int architecture, std::string &log) {
    if (!settings().launches) return make_image("", architecture);
    std::string library = compile_library(source, architecture, log);
    return library.empty() ? "" : make_image(library, architecture);
}

} // namespace cuda_device
