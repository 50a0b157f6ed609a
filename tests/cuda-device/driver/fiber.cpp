#include "fiber.h"
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && !defined(CUDA_DEVICE_UCONTEXT)

// A context is its stack pointer, with the registers that a call preserves on the stack.
extern "C" void cuda_device_switch(void **from, void *to);
asm(R"(
.text
.hidden cuda_device_switch
.type cuda_device_switch, @function
.globl cuda_device_switch
cuda_device_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size cuda_device_switch, .-cuda_device_switch
)");

namespace cuda_device {

void switch_context(Context *from, Context *to) { cuda_device_switch(from, *to); }

void new_context(Context *context, char *stack, size_t bytes, void (*function)()) {
    void **top = (void **) ((uintptr_t) (stack + bytes) & ~(uintptr_t) 63);
    *--top = nullptr; // where function() would return to; it also aligns the stack as a call does
    *--top = (void *) function;
    for (int saved = 0; saved < 6; saved++) *--top = nullptr;
    *context = top;
}

} // namespace cuda_device

#else

namespace cuda_device {

void switch_context(Context *from, Context *to) { swapcontext(from, to); }

void new_context(Context *context, char *stack, size_t bytes, void (*function)()) {
    getcontext(context);
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = bytes;
    context->uc_link = nullptr;
    makecontext(context, function, 0);
}

} // namespace cuda_device

#endif
