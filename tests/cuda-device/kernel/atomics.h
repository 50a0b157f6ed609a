// Atomic operations. They return the value before.
#pragma once

namespace cuda_device {

// The access is announced by hand, as an atomic one.
template <class T, class Update> CUDA_DEVICE_UNCHECKED static T update(T *place, Update next) {
    cuda_device_access(place, sizeof(T), Access::ATOMIC);
    T before, after;
    __atomic_load(place, &before, __ATOMIC_RELAXED);
    do {
        after = next(before);
    } while (!__atomic_compare_exchange(place, &before, &after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return before;
}

} // namespace cuda_device

#define CUDA_DEVICE_ATOMIC(name, type, result) \
    static inline type name(type *place, type value) { \
        return cuda_device::update(place, [value](type before) -> type { return result; }); \
    }
#define CUDA_DEVICE_ATOMIC_INTEGERS(name, result) \
    CUDA_DEVICE_ATOMIC(name, int, result) \
    CUDA_DEVICE_ATOMIC(name, unsigned, result) \
    CUDA_DEVICE_ATOMIC(name, unsigned long long, result)

CUDA_DEVICE_ATOMIC_INTEGERS(atomicAdd, before + value)
CUDA_DEVICE_ATOMIC(atomicAdd, float, before + value)
CUDA_DEVICE_ATOMIC(atomicAdd, double, before + value)
CUDA_DEVICE_ATOMIC(atomicSub, int, before - value)
CUDA_DEVICE_ATOMIC(atomicSub, unsigned, before - value)
CUDA_DEVICE_ATOMIC_INTEGERS(atomicMin, before < value ? before : value)
CUDA_DEVICE_ATOMIC_INTEGERS(atomicMax, before > value ? before : value)
CUDA_DEVICE_ATOMIC_INTEGERS(atomicAnd, before & value)
CUDA_DEVICE_ATOMIC_INTEGERS(atomicOr, before | value)
CUDA_DEVICE_ATOMIC_INTEGERS(atomicXor, before ^ value)
CUDA_DEVICE_ATOMIC_INTEGERS(atomicExch, value)
CUDA_DEVICE_ATOMIC(atomicExch, float, value)
CUDA_DEVICE_ATOMIC(atomicInc, unsigned, before >= value ? 0 : before + 1)
CUDA_DEVICE_ATOMIC(atomicDec, unsigned, before == 0 || before > value ? value : before - 1)
#undef CUDA_DEVICE_ATOMIC_INTEGERS
#undef CUDA_DEVICE_ATOMIC

template <class T> static inline T atomicCAS(T *place, T expected, T value) {
    return cuda_device::update(place, [expected, value](T before) { return before == expected ? value : before; });
}
