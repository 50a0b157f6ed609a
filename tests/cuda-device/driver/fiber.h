// Stacks that run in turn on one host thread.
#pragma once
#include <cstddef>

#if !defined(__x86_64__) || defined(CUDA_DEVICE_UCONTEXT)
#include <ucontext.h>
#endif

namespace cuda_device {

// Where a stack stopped.
#if defined(__x86_64__) && !defined(CUDA_DEVICE_UCONTEXT)
typedef void *Context;
#else
typedef ucontext_t Context;
#endif

// Stops here, saving where, and goes on where `to` stopped.
void switch_context(Context *from, Context *to);

// A context that begins with function(), which must not return.
void new_context(Context *context, char *stack, size_t bytes, void (*function)());

} // namespace cuda_device
