// Checks of a kernel's accesses to memory.
#pragma once
#include "../kernel/interface.h"

namespace cuda_device {

// Ends the kernel if the access is misaligned, outside of what the thread may use, or races with another. `code`: where it is.
void check_access(const void *pointer, size_t bytes, size_t alignment, Access access, const void *code);

} // namespace cuda_device
