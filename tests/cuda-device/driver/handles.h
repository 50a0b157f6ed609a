// The objects that calls of several files need.
#pragma once
#include "context.h"
#include "module.h"
#include "stream.h"

namespace cuda_device {

// The stream of a handle, the null stream for null; null for a handle that is none.
Stream *find_stream(CUstream handle);

// Whether an asynchronous copy may use the host's memory later: it was allocated or registered with the driver.
bool is_pinned(const void *host, size_t bytes);

// Calls that may wait for the device are not allowed while a stream is captured, unless it is captured relaxed. They end the capture.
CUresult refuse_while_capturing();

} // namespace cuda_device
