#pragma once
#include "syntax.h"

namespace cuda_device::ptx {

// Reads a module. Throws Error for what is no PTX, and for directives that the device does not know.
Module parse(const std::string &text);

} // namespace cuda_device::ptx
