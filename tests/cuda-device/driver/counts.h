// Counts what the device does, for measurements of the host.
#pragma once

namespace cuda_device {

enum class Counted { LAUNCH, GRAPH_LAUNCH, COPY_TO_DEVICE, COPY_FROM_DEVICE };

// Adds one to the counter in the file that the settings name: an unsigned 64-bit number for each of the above, in their order and the byte
// order of the machine, at any time up to date. Kernels and copies of a graph count at each of its launches.
void count(Counted what);

} // namespace cuda_device
