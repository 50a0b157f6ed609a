// Inline assembly.
#pragma once
#include <string>

namespace cuda_device {

// Replaces each asm statement by calls of the functions in kernel/instructions.h.
std::string translate_assembly(const std::string &cuda);

} // namespace cuda_device
