// What the device is like, from environment variables.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace cuda_device {

struct Settings {
    int multiprocessors;      // CUDA_DEVICE_MULTIPROCESSORS
    size_t shared_memory;     // CUDA_DEVICE_SHARED_MEMORY, bytes of a block
    unsigned block_threads;   // CUDA_DEVICE_THREADS_PER_BLOCK
    size_t memory;            // CUDA_DEVICE_MEMORY, MiB
    int major, minor;         // CUDA_DEVICE_CAPABILITY, 7.5 to 12.0
    uint64_t seed;            // CUDA_DEVICE_SEED: of all random orders; drawn if not set, and printed
    bool check_accesses;      // CUDA_DEVICE_CHECKS: "none", "accesses" or "races", which includes accesses
    bool check_races;
    unsigned host_threads;    // CUDA_DEVICE_HOST_THREADS: run blocks
    bool launches;            // CUDA_DEVICE_LAUNCHES: "run", or "none": kernels are neither compiled nor run, to time the host alone
    std::string counts;       // CUDA_DEVICE_COUNTS: a file that counts what the device does, see driver/counts.h
    std::string cache;        // CUDA_DEVICE_CACHE: folder for compiled kernels
    std::string keep;         // CUDA_DEVICE_KEEP: a folder for the texts that are given to compile
    std::string report;       // CUDA_DEVICE_REPORT: a file to which reports are appended, besides the standard error
};

const Settings &settings();

// The folder above that of the library, in which kernel/ lies.
std::string home();

} // namespace cuda_device
