// The part of NVRTC's API that TornadoVM calls.
#pragma once
#include <cstddef>

#define NVRTC_API extern "C" __attribute__((visibility("default")))

enum nvrtcResult {
    NVRTC_SUCCESS = 0,
    NVRTC_ERROR_INVALID_INPUT = 3,
    NVRTC_ERROR_INVALID_PROGRAM = 4,
    NVRTC_ERROR_INVALID_OPTION = 5,
    NVRTC_ERROR_COMPILATION = 6,
};
typedef struct _nvrtcProgram *nvrtcProgram;
