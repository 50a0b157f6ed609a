// Compiles C++ that defines cuda_device_kernels (see kernel/interface.h) with g++.
#pragma once
#include <string>

namespace cuda_device {

// Returns the image of a module. Empty, with g++'s messages in `log`, if it does not compile. What was compiled before is not compiled again.
__attribute__((visibility("default"))) std::string compile(const std::string &source, int architecture, std::string &log);

} // namespace cuda_device
