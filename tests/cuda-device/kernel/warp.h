// Shuffles and votes of a warp.
#pragma once

namespace cuda_device {

// The value of another lane. `width` splits the warp; a lane outside its part gives the caller's own value.
template <class T> CUDA_DEVICE_UNCHECKED static T shuffle(const char *name, int site, unsigned mask, T mine, int source, bool inside) {
    const unsigned char *rows = cuda_device_exchange(name, site, mask, false, &mine, sizeof mine);
    if (!inside) return mine;
    T other;
    memcpy(&other, rows + (size_t) source * cuda_device_row, sizeof other);
    return other;
}

} // namespace cuda_device

template <class T> static inline T __shfl_sync(unsigned mask, T value, int source, int width = 32, int site = __builtin_LINE()) {
    int lane = (int) cuda_device::lane();
    return cuda_device::shuffle("__shfl_sync", site, mask, value, lane / width * width + source % width, true);
}
template <class T> static inline T __shfl_down_sync(unsigned mask, T value, int delta, int width = 32, int site = __builtin_LINE()) {
    int lane = (int) cuda_device::lane();
    return cuda_device::shuffle("__shfl_down_sync", site, mask, value, lane + delta, lane % width + delta < width);
}
template <class T> static inline T __shfl_up_sync(unsigned mask, T value, int delta, int width = 32, int site = __builtin_LINE()) {
    int lane = (int) cuda_device::lane();
    return cuda_device::shuffle("__shfl_up_sync", site, mask, value, lane - delta, lane % width >= delta);
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, int site = __builtin_LINE()) {
    int lane = (int) cuda_device::lane(), source = lane ^ lanes;
    return cuda_device::shuffle("__shfl_xor_sync", site, mask, value, source, source / width <= lane / width);
}

CUDA_DEVICE_UNCHECKED static unsigned __ballot_sync(unsigned mask, int vote, int site = __builtin_LINE()) {
    const unsigned char *rows = cuda_device_exchange("__ballot_sync", site, mask, false, &vote, sizeof vote);
    unsigned votes = 0;
    for (unsigned lane = 0; lane < cuda_device_thread.warp_lanes; lane++) {
        int other;
        memcpy(&other, rows + lane * cuda_device_row, sizeof other);
        if ((mask >> lane & 1) && other != 0) votes |= 1u << lane;
    }
    return votes;
}
static inline int __any_sync(unsigned mask, int vote, int site = __builtin_LINE()) { return __ballot_sync(mask, vote, site) != 0; }
static inline int __all_sync(unsigned mask, int vote, int site = __builtin_LINE()) { return __ballot_sync(mask, !vote, site) == 0; }
