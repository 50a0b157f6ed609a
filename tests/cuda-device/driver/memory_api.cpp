// Memory and copies.
#include "counts.h"
#include "device_memory.h"
#include "handles.h"
#include "report.h"
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

using namespace cuda_device;

namespace {

std::map<const char *, size_t> registered, allocated_on_host;

bool in(const std::map<const char *, size_t> &ranges, const char *host, size_t bytes) {
    auto after = ranges.upper_bound(host);
    if (after == ranges.begin()) return false;
    const auto &[first, size] = *--after;
    return (size_t) (host - first) + bytes <= size;
}

CUresult refuse(const char *what, CUdeviceptr address, size_t bytes) {
    report(format("%s of %zu bytes at %#zx is not within an allocation: %s", what, bytes, (size_t) address, memory().describe(address).c_str()));
    return CUDA_ERROR_INVALID_VALUE;
}

// Queues a copy; run at once what may not be late.
CUresult copy(Stream &stream, Counted what, void *to, const void *from, size_t bytes, bool at_once) {
    stream.add(Work::COPY, [=] {
        count(what);
        memcpy(to, from, bytes);
        return CUDA_SUCCESS;
    });
    return at_once && !stream.capture ? run_all(stream) : CUDA_SUCCESS;
}

} // namespace

bool cuda_device::is_pinned(const void *host, size_t bytes) {
    return in(registered, (const char *) host, bytes) || in(allocated_on_host, (const char *) host, bytes);
}

CUDA_API CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
    CUDA_DEVICE_CALL();
    if (CUresult capturing = refuse_while_capturing()) return capturing;
    if (address == nullptr || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
    *address = memory().allocate(bytes);
    return *address == 0 ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

CUDA_API CUresult cuMemFree_v2(CUdeviceptr address) {
    CUDA_DEVICE_CALL();
    if (CUresult capturing = refuse_while_capturing()) return capturing;
    if (address == 0) return CUDA_SUCCESS;
    if (CUresult failed = run_all()) return failed;
    if (memory().free(address)) return CUDA_SUCCESS;
    report(format("cuMemFree of %#zx, which is no allocation", (size_t) address));
    return CUDA_ERROR_INVALID_VALUE;
}

CUDA_API CUresult cuMemAllocHost_v2(void **host, size_t bytes) {
    CUDA_DEVICE_CALL();
    if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
    *host = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    if (*host == nullptr) return CUDA_ERROR_OUT_OF_MEMORY;
    allocated_on_host[(const char *) *host] = bytes;
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuMemFreeHost(void *host) {
    CUDA_DEVICE_CALL();
    if (allocated_on_host.erase((const char *) host) == 0) return CUDA_ERROR_INVALID_VALUE;
    CUresult result = run_all();
    free(host);
    return result;
}

CUDA_API CUresult cuMemHostRegister_v2(void *host, size_t bytes, unsigned) {
    CUDA_DEVICE_CALL();
    if (host == nullptr || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
    const char *first = (const char *) host;
    auto after = registered.lower_bound(first);
    bool overlaps = after != registered.end() && after->first < first + bytes;
    if (after != registered.begin()) {
        auto before = std::prev(after);
        overlaps |= before->first + before->second > first;
    }
    if (overlaps) return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    registered[first] = bytes;
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuMemHostUnregister(void *host) {
    CUDA_DEVICE_CALL();
    if (registered.count((const char *) host) == 0) return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
    CUresult result = run_all(); // copies that are not done yet use it
    registered.erase((const char *) host);
    return result;
}

CUDA_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream handle) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (bytes == 0) return CUDA_SUCCESS;
    if (from == nullptr) return CUDA_ERROR_INVALID_VALUE;
    if (!memory().contains(to, bytes)) return refuse("a copy to the device", to, bytes);
    if (stream->capture || is_pinned(from, bytes)) return copy(*stream, Counted::COPY_TO_DEVICE, (void *) to, from, bytes, false);
    // Memory that is not pinned is read before the call returns; a large copy is also made.
    if (bytes > (64 << 10)) return copy(*stream, Counted::COPY_TO_DEVICE, (void *) to, from, bytes, true);
    auto staged = std::make_shared<std::vector<char>>((const char *) from, (const char *) from + bytes);
    stream->add(Work::COPY, [=] {
        count(Counted::COPY_TO_DEVICE);
        memcpy((void *) to, staged->data(), bytes);
        return CUDA_SUCCESS;
    });
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream handle) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (bytes == 0) return CUDA_SUCCESS;
    if (to == nullptr) return CUDA_ERROR_INVALID_VALUE;
    if (!memory().contains(from, bytes)) return refuse("a copy from the device", from, bytes);
    return copy(*stream, Counted::COPY_FROM_DEVICE, to, (const void *) from, bytes, !is_pinned(to, bytes));
}

// The calls without a stream wait for the streams that are ordered with the null stream.
static CUresult run_blocking_streams() {
    for (size_t i = 0; i < streams().size(); i++) {
        if (streams()[i]->blocking) run_all(*streams()[i]);
    }
    return context_error();
}

CUDA_API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    CUDA_DEVICE_CALL();
    if (CUresult capturing = refuse_while_capturing()) return capturing;
    if (bytes == 0) return CUDA_SUCCESS;
    if (!memory().contains(to, bytes)) return refuse("a copy to", to, bytes);
    if (!memory().contains(from, bytes)) return refuse("a copy from", from, bytes);
    if (CUresult failed = run_blocking_streams()) return failed;
    memmove((void *) to, (const void *) from, bytes);
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t bytes) {
    CUDA_DEVICE_CALL();
    if (CUresult capturing = refuse_while_capturing()) return capturing;
    if (bytes == 0) return CUDA_SUCCESS;
    if (!memory().contains(to, bytes)) return refuse("a fill", to, bytes);
    if (CUresult failed = run_blocking_streams()) return failed;
    memset((void *) to, value, bytes);
    return CUDA_SUCCESS;
}
