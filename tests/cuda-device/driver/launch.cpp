#include "launch.h"
#include "counts.h"
#include "host_threads.h"
#include "random.h"
#include "report.h"
#include "settings.h"
#include "worker.h"
#include <algorithm>
#include <numeric>

namespace cuda_device {

size_t static_shared_bytes(const Kernel &kernel) {
    size_t end = 0;
    for (const SharedArray *array = kernel.shared; array->name != nullptr; array++) {
        end = (end + array->alignment - 1) / array->alignment * array->alignment + array->bytes;
    }
    return end;
}

CUresult check(const Launch &launch) {
    const Dimensions &grid = launch.grid, &block = launch.block;
    uint64_t threads = (uint64_t) block.x * block.y * block.z;
    auto refuse = [&](const std::string &why) {
        report(format("%s: cannot launch: %s", launch.kernel->name, why.c_str()));
        return CUDA_ERROR_INVALID_VALUE;
    };
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || threads == 0) return refuse("an empty grid or block");
    if (grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535) return refuse(format("a grid of %u x %u x %u blocks", grid.x, grid.y, grid.z));
    if (block.z > 64 || threads > settings().block_threads) {
        return refuse(format("%u x %u x %u threads in a block; the device has %u", block.x, block.y, block.z, settings().block_threads));
    }
    if (launch.kernel->largest_block != 0 && threads > launch.kernel->largest_block) {
        return refuse(format("%zu threads in a block, but its launch bound is %u", (size_t) threads, launch.kernel->largest_block));
    }
    size_t shared = static_shared_bytes(*launch.kernel) + launch.dynamic_shared;
    if (shared > settings().shared_memory) return refuse(format("%zu bytes of shared memory; the device has %zu", shared, settings().shared_memory));
    return CUDA_SUCCESS;
}

CUresult run(Launch &launch) {
    count(Counted::LAUNCH);
    if (!settings().launches) return launch.result = CUDA_SUCCESS, CUDA_SUCCESS;
    static uint32_t launches = 0;
    launch.number = ++launches;
    launch.result = CUDA_SUCCESS;
    std::vector<uint32_t> order(launch.blocks());
    std::iota(order.begin(), order.end(), 0);
    Random(settings().seed, launch.number).shuffle(order.data(), order.size());
    std::atomic<size_t> next{0};
    run_on_host_threads((unsigned) std::min<size_t>(order.size(), settings().host_threads), [&] {
        for (size_t i; launch.result == CUDA_SUCCESS && (i = next++) < order.size();) run_block(launch, order[i]);
    });
    return (CUresult) launch.result.load();
}

} // namespace cuda_device
