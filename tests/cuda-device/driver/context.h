// The state that all calls of the driver share.
#pragma once
#include "cuda_api.h"
#include <memory>
#include <mutex>
#include <unordered_map>

namespace cuda_device {

// An error of a kernel stays: from then on all calls return it, until the context is destroyed.
CUresult context_error();
void keep_error(CUresult result);
void forget_error();

// One call of the driver at a time. A call begins with it.
std::recursive_mutex &driver_mutex();

// Why no call may be made now: not initialized, no current context, an earlier error.
CUresult ready();

bool initialized();
void set_initialized();

extern thread_local CUcontext current_context;

// Objects behind the handles of the API. A handle that was not given out, or was given back, is not found.
template <class Handle, class T> class Handles {
    std::unordered_map<Handle, std::unique_ptr<T>> objects;

public:
    Handle add(std::unique_ptr<T> object) {
        Handle handle = (Handle) object.get();
        objects[handle] = std::move(object);
        return handle;
    }
    T *find(Handle handle) const {
        auto found = objects.find(handle);
        return found == objects.end() ? nullptr : found->second.get();
    }
    bool remove(Handle handle) { return objects.erase(handle) != 0; }
};

} // namespace cuda_device

// The beginning of each call.
#define CUDA_DEVICE_CALL() \
    std::lock_guard<std::recursive_mutex> lock(cuda_device::driver_mutex()); \
    if (CUresult not_ready = cuda_device::ready()) return not_ready
