// Translates PTX to C++ for g++ with kernel/ptx.h.
#pragma once
#include "syntax.h"

namespace cuda_device::ptx {

// Returns C++ that defines cuda_device_kernels, with the lines of the text. Throws Error for an instruction that it does not know.
std::string translate(const Module &module);

} // namespace cuda_device::ptx
