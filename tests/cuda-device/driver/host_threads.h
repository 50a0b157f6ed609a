// The host's threads that run blocks.
#pragma once
#include <functional>

namespace cuda_device {

// Calls work() on so many threads at once, this one among them, and waits until all have returned.
void run_on_host_threads(unsigned count, const std::function<void()> &work);

} // namespace cuda_device
