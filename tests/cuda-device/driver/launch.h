// A kernel launch: checks it and runs its blocks.
#pragma once
#include "../kernel/interface.h"
#include "cuda_api.h"
#include <atomic>
#include <string>
#include <vector>

namespace cuda_device {

struct Launch {
    const Kernel *kernel;
    Dimensions grid, block;
    size_t dynamic_shared;
    std::vector<std::vector<char>> parameters;

    // Set when it runs.
    uint32_t number = 0;
    std::atomic<int> result{CUDA_SUCCESS};

    size_t blocks() const { return (size_t) grid.x * grid.y * grid.z; }
    unsigned block_threads() const { return block.x * block.y * block.z; }
};

// Whether the device can run it, as cuLaunchKernel answers.
CUresult check(const Launch &launch);

// Static shared memory of a kernel in bytes, laid out as CUDA does.
size_t static_shared_bytes(const Kernel &kernel);

// Runs all blocks, in random order, on the host's threads.
CUresult run(Launch &launch);

} // namespace cuda_device
