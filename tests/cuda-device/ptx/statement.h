#pragma once
#include "syntax.h"

namespace cuda_device::ptx {

// The names in C++ of a register or variable, and of a label.
std::string cpp_name(const std::string &name);

// Translates a statement of a kernel. Throws Error.
std::string translate(const Statement &statement, const Entry &entry, int target);

// Whether a thread waits for others in a statement.
bool waits(const Statement &statement);

} // namespace cuda_device::ptx
