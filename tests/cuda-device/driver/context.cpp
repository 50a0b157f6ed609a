#include "context.h"
#include "device_memory.h"
#include "report.h"
#include "settings.h"
#include "stream.h"
#include <cstdio>
#include <cstring>

using namespace cuda_device;

namespace cuda_device {

namespace {

CUresult error = CUDA_SUCCESS;
bool is_initialized = false;

struct NoState {};
Handles<CUcontext, NoState> contexts;

} // namespace

thread_local CUcontext current_context = nullptr;

CUresult context_error() { return error; }
void keep_error(CUresult result) {
    if (error == CUDA_SUCCESS) error = result;
}
void forget_error() { error = CUDA_SUCCESS; }

std::recursive_mutex &driver_mutex() {
    static auto *mutex = new std::recursive_mutex;
    return *mutex;
}

CUresult ready() {
    if (!is_initialized) return CUDA_ERROR_NOT_INITIALIZED;
    if (current_context == nullptr || contexts.find(current_context) == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
    return error;
}

bool initialized() { return is_initialized; }
void set_initialized() { is_initialized = true; }

} // namespace cuda_device

CUDA_API CUresult cuInit(unsigned) {
    std::lock_guard<std::recursive_mutex> lock(driver_mutex());
    if (initialized()) return CUDA_SUCCESS;
    const Settings &s = settings();
    print(format("sm_%d%d, %d multiprocessors, %zu MiB; seed %zu (CUDA_DEVICE_SEED=%zu repeats this run)",
            s.major, s.minor, s.multiprocessors, s.memory >> 20, (size_t) s.seed, (size_t) s.seed));
    set_initialized();
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuCtxCreate_v4(CUcontext *context, void *, unsigned, CUdevice device) {
    std::lock_guard<std::recursive_mutex> lock(driver_mutex());
    if (!initialized()) return CUDA_ERROR_NOT_INITIALIZED;
    if (device != 0) return CUDA_ERROR_INVALID_DEVICE;
    *context = current_context = contexts.add(std::make_unique<NoState>());
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device) { return cuCtxCreate_v4(context, nullptr, flags, device); }

CUDA_API CUresult cuCtxDestroy_v2(CUcontext context) {
    std::lock_guard<std::recursive_mutex> lock(driver_mutex());
    if (contexts.find(context) == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
    run_all();
    contexts.remove(context);
    if (current_context == context) current_context = nullptr;
    forget_error();
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuCtxSetCurrent(CUcontext context) {
    std::lock_guard<std::recursive_mutex> lock(driver_mutex());
    if (!initialized()) return CUDA_ERROR_NOT_INITIALIZED;
    if (context != nullptr && contexts.find(context) == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
    current_context = context;
    return CUDA_SUCCESS;
}

// All streams have the same priority.
CUDA_API CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
    CUDA_DEVICE_CALL();
    if (least != nullptr) *least = 0;
    if (greatest != nullptr) *greatest = 0;
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuCtxSynchronize() {
    CUDA_DEVICE_CALL();
    for (auto &stream : streams()) {
        if (stream->capture && stream->mode != CU_STREAM_CAPTURE_MODE_RELAXED) {
            stream->invalidated = true;
            return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        }
    }
    return run_all();
}
