// Compiles C++ that defines cuda_device_kernels (see kernel/interface.h) with g++. What was compiled before is not compiled again.
#pragma once
#include <string>

namespace cuda_device {

// Returns the path of the library. Empty, with g++'s messages in `log`, if it does not compile.
std::string compile_library(const std::string &source, int architecture, std::string &log);

// Returns the image of a module. Empty, with the messages in `log`, if it does not compile.
__attribute__((visibility("default"))) std::string compile(const std::string &source, int architecture, std::string &log);

} // namespace cuda_device
