// Modules and launches.
#include "handles.h"
#include "launch.h"
#include "report.h"
#include "settings.h"
#include <algorithm>
#include <cstdio>
#include <map>

using namespace cuda_device;

namespace {

struct Function {
    const Kernel *kernel;
    CUmodule module;
};

Handles<CUmodule, Module> modules;
Handles<CUfunction, Function> functions;
std::map<const Kernel *, CUfunction> handles; // one for each kernel, as long as its module is loaded

void put_log(const std::string &log, unsigned count, const CUjit_option *options, void **values) {
    char *buffer = nullptr;
    size_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        if (options[i] == CU_JIT_ERROR_LOG_BUFFER) buffer = (char *) values[i];
        if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) bytes = (size_t) values[i];
    }
    if (buffer != nullptr && bytes > 0) snprintf(buffer, bytes, "%s", log.c_str());
}

// The values of the parameters: from an array of pointers, or from a buffer in which each is aligned as its size.
bool read_parameters(const Kernel &kernel, void **pointers, void **extra, std::vector<std::vector<char>> &values) {
    const char *buffer = nullptr;
    size_t buffer_bytes = 0, at = 0;
    for (; extra != nullptr && (size_t) *extra != CU_LAUNCH_PARAM_END; extra += 2) {
        if ((size_t) *extra == CU_LAUNCH_PARAM_BUFFER_POINTER) buffer = (const char *) extra[1];
        else if ((size_t) *extra == CU_LAUNCH_PARAM_BUFFER_SIZE) buffer_bytes = *(const size_t *) extra[1];
        else return false;
    }
    if (pointers != nullptr && buffer != nullptr) return false;
    for (size_t i = 0; kernel.parameter_bytes[i] != 0; i++) {
        size_t bytes = kernel.parameter_bytes[i];
        const char *value = pointers == nullptr ? nullptr : (const char *) pointers[i];
        if (buffer != nullptr) {
            at = (at + bytes - 1) / bytes * bytes;
            value = at + bytes <= buffer_bytes ? buffer + at : nullptr;
            at += bytes;
        }
        if (value == nullptr) return false;
        values.emplace_back(value, value + bytes);
    }
    return true;
}

} // namespace

CUDA_API CUresult cuModuleLoadDataEx(CUmodule *handle, const void *image, unsigned count, CUjit_option *options, void **values) {
    CUDA_DEVICE_CALL();
    if (handle == nullptr || image == nullptr) return CUDA_ERROR_INVALID_VALUE;
    CUresult result;
    std::string log;
    auto module = Module::load((const char *) image, result, log);
    if (module == nullptr) {
        put_log(log, count, options, values);
        return result;
    }
    *handle = modules.add(std::move(module));
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuModuleLoadData(CUmodule *handle, const void *image) { return cuModuleLoadDataEx(handle, image, 0, nullptr, nullptr); }

CUDA_API CUresult cuModuleUnload(CUmodule handle) {
    CUDA_DEVICE_CALL();
    if (modules.find(handle) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    CUresult result = run_all(); // launches that are queued need it
    for (auto entry = handles.begin(); entry != handles.end();) {
        bool mine = functions.find(entry->second)->module == handle;
        if (mine) functions.remove(entry->second);
        entry = mine ? handles.erase(entry) : std::next(entry);
    }
    modules.remove(handle);
    return result;
}

CUDA_API CUresult cuModuleGetFunction(CUfunction *function, CUmodule handle, const char *name) {
    CUDA_DEVICE_CALL();
    Module *module = modules.find(handle);
    if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    const Kernel *kernel = module->find(name);
    if (kernel == nullptr) return CUDA_ERROR_NOT_FOUND;
    auto known = handles.find(kernel);
    if (known == handles.end()) known = handles.emplace(kernel, functions.add(std::make_unique<Function>(Function{kernel, handle}))).first;
    *function = known->second;
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuOccupancyMaxPotentialBlockSize(int *grid, int *block, CUfunction handle, CUoccupancyB2DSize, size_t, int limit) {
    CUDA_DEVICE_CALL();
    Function *function = functions.find(handle);
    if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    unsigned threads = settings().block_threads;
    if (function->kernel->largest_block != 0) threads = std::min(threads, function->kernel->largest_block);
    if (limit > 0) threads = std::min(threads, (unsigned) limit);
    *block = (int) threads;
    *grid = settings().multiprocessors * (int) std::max(1u, 2048 / threads);
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuLaunchKernel(CUfunction handle, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
        unsigned block_z, unsigned shared_bytes, CUstream stream_handle, void **parameters, void **extra) {
    CUDA_DEVICE_CALL();
    Function *function = functions.find(handle);
    Stream *stream = find_stream(stream_handle);
    if (function == nullptr || stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    auto launch = std::make_shared<Launch>();
    launch->kernel = function->kernel;
    launch->grid = {grid_x, grid_y, grid_z};
    launch->block = {block_x, block_y, block_z};
    launch->dynamic_shared = shared_bytes;
    if (CUresult refused = check(*launch)) return refused;
    if (!read_parameters(*launch->kernel, parameters, extra, launch->parameters)) {
        report(format("%s: cannot launch: too few parameters", launch->kernel->name));
        return CUDA_ERROR_INVALID_VALUE;
    }
    stream->add(Work::KERNEL, [launch] { return run(*launch); });
    return CUDA_SUCCESS;
}
