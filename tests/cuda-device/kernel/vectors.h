// CUDA's vector types, aligned as CUDA aligns them, so that a misaligned access is seen.
#pragma once

#define CUDA_DEVICE_VECTORS(element, name, alignment2, alignment4) \
    struct alignas(alignment2) name##2 { element x, y; }; \
    struct name##3 { element x, y, z; }; \
    struct alignas(alignment4) name##4 { element x, y, z, w; }; \
    static inline name##2 make_##name##2(element x, element y) { return {x, y}; } \
    static inline name##3 make_##name##3(element x, element y, element z) { return {x, y, z}; } \
    static inline name##4 make_##name##4(element x, element y, element z, element w) { return {x, y, z, w}; }

CUDA_DEVICE_VECTORS(char, char, 2, 4)
CUDA_DEVICE_VECTORS(short, short, 4, 8)
CUDA_DEVICE_VECTORS(int, int, 8, 16)
CUDA_DEVICE_VECTORS(float, float, 8, 16)
CUDA_DEVICE_VECTORS(double, double, 16, 16)
#undef CUDA_DEVICE_VECTORS
