#include "settings.h"
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <thread>

namespace cuda_device {

namespace {

const char *variable(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value != nullptr && *value != 0 ? value : otherwise;
}

uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = variable(name, nullptr);
    if (text == nullptr) return otherwise;
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (*end != 0 || value == 0) {
        fprintf(stderr, "cuda-device: %s must be a positive number, but is '%s'\n", name, text);
        exit(2);
    }
    return value;
}

Settings read() {
    Settings s;
    s.multiprocessors = (int) number("CUDA_DEVICE_MULTIPROCESSORS", 132);
    s.shared_memory = number("CUDA_DEVICE_SHARED_MEMORY", 48 << 10);
    s.block_threads = (unsigned) number("CUDA_DEVICE_THREADS_PER_BLOCK", 1024);
    s.memory = number("CUDA_DEVICE_MEMORY", 8 << 10) << 20;
    const char *capability = variable("CUDA_DEVICE_CAPABILITY", "9.0");
    if (sscanf(capability, "%d.%d", &s.major, &s.minor) != 2 || s.major * 10 + s.minor < 75 || s.major * 10 + s.minor > 120) {
        fprintf(stderr, "cuda-device: CUDA_DEVICE_CAPABILITY must be 7.5 to 12.0, but is '%s'\n", capability);
        exit(2);
    }
    uint64_t now = (uint64_t) std::chrono::steady_clock::now().time_since_epoch().count();
    s.seed = number("CUDA_DEVICE_SEED", now % 1000000 + 1);
    std::string checks = variable("CUDA_DEVICE_CHECKS", "races");
    if (checks != "none" && checks != "accesses" && checks != "races") {
        fprintf(stderr, "cuda-device: CUDA_DEVICE_CHECKS must be none, accesses or races, but is '%s'\n", checks.c_str());
        exit(2);
    }
    s.check_races = checks == "races";
    s.check_accesses = checks != "none";
    unsigned cores = std::thread::hardware_concurrency();
    s.host_threads = (unsigned) number("CUDA_DEVICE_HOST_THREADS", cores == 0 ? 1 : cores);
    std::string launches = variable("CUDA_DEVICE_LAUNCHES", "run");
    if (launches != "run" && launches != "none") {
        fprintf(stderr, "cuda-device: CUDA_DEVICE_LAUNCHES must be run or none, but is '%s'\n", launches.c_str());
        exit(2);
    }
    s.launches = launches == "run";
    s.counts = variable("CUDA_DEVICE_COUNTS", "");
    s.cache = variable("CUDA_DEVICE_CACHE", (home() + "/cache").c_str());
    s.keep = variable("CUDA_DEVICE_KEEP", "");
    s.report = variable("CUDA_DEVICE_REPORT", "");
    return s;
}

} // namespace

const Settings &settings() {
    static const Settings *value = new Settings(read()); // never freed: other threads may run while the process ends
    return *value;
}

std::string home() {
    Dl_info info;
    char path[PATH_MAX];
    if (dladdr((void *) &home, &info) == 0 || realpath(info.dli_fname, path) == nullptr) return ".";
    for (int levels = 0; levels < 2; levels++) {
        char *slash = strrchr(path, '/');
        if (slash == nullptr) return ".";
        *slash = 0;
    }
    return path;
}

} // namespace cuda_device
