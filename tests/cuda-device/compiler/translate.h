// Translates CUDA C to C++ for g++ with kernel/cuda.h.
#pragma once
#include <stdexcept>
#include <string>

namespace cuda_device {

struct CompileError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Returns C++ that defines cuda_device_kernels. Throws CompileError, worded as NVRTC words it, for what it cannot translate.
std::string translate(const std::string &cuda, const std::string &file);

} // namespace cuda_device
