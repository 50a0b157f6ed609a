#include "access.h"
#include "device_memory.h"
#include "module.h"
#include "report.h"
#include "worker.h"
#include <cstring>

namespace cuda_device {

namespace {

const char *verb(Access access) {
    return access == Access::READ ? "read" : access == Access::WRITE ? "write" : "atomic operation";
}

[[noreturn, gnu::cold]] void fail(CUresult result, const void *pointer, size_t bytes, Access access, const void *code, const std::string &text) {
    worker().fail(result, format("%s of %zu bytes at %p%s ", verb(access), bytes, pointer, source_line(code).c_str()) + text);
}

[[noreturn, gnu::cold]] void fail_shared(SharedMemory::Fault fault, const void *pointer, size_t bytes, Access access, const void *code) {
    CUresult result = fault == SharedMemory::Fault::OUTSIDE ? CUDA_ERROR_ILLEGAL_ADDRESS : CUDA_ERROR_LAUNCH_FAILED;
    fail(result, pointer, bytes, access, code, worker().shared.describe(fault, (const char *) pointer));
}

[[noreturn, gnu::cold]] void fail_race(Touch other, const char *verb, const void *pointer, size_t bytes, Access access, const void *code) {
    std::string who = other.block == GlobalUse::SEVERAL ? "several blocks" : format("block %u", (unsigned) other.block);
    fail(CUDA_ERROR_LAUNCH_FAILED, pointer, bytes, access, code, format("races with a %s by %s of the same launch", verb, who.c_str()));
}

Touch load(const uint64_t &word) {
    uint64_t value = __atomic_load_n(&word, __ATOMIC_RELAXED);
    Touch touch;
    memcpy(&touch, &value, sizeof touch);
    return touch;
}

void store(uint64_t &word, Touch touch) {
    uint64_t value;
    memcpy(&value, &touch, sizeof value);
    __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}

// Blocks of one launch run at once and in any order: two of them that touch the same bytes, one of them writing, are a fault. Of two
// blocks that read different bytes of a word, only the last one is known.
void check_other_blocks(size_t offset, const void *pointer, size_t bytes, Access access, const void *code) {
    const uint64_t launch = reach.launch & 0xfffffff, block = reach.block;
    for (size_t at = offset / 4; at <= (offset + bytes - 1) / 4; at++) {
        GlobalUse &use = reach.uses[at];
        size_t from = at * 4 < offset ? offset - at * 4 : 0, to = offset + bytes - at * 4 < 4 ? offset + bytes - at * 4 : 4;
        const uint64_t mask = (1u << to) - (1u << from);
        Touch write = load(use.write), read = load(use.read);
        bool written = write.launch == launch && (write.bytes & mask), seen = read.launch == launch && (read.bytes & mask);
        if (written && write.block != block) fail_race(write, "write", pointer, bytes, access, code);
        if (access == Access::WRITE) {
            if (seen && read.block != block) fail_race(read, "read", pointer, bytes, access, code);
            bool more = write.launch == launch && write.block == block;
            store(use.write, {launch, more ? write.bytes | mask : mask, block});
        } else if (!seen || read.block == block) {
            bool more = read.launch == launch && read.block == block;
            store(use.read, {launch, more ? read.bytes | mask : mask, block});
        } else if (read.block != GlobalUse::SEVERAL) {
            store(use.read, {launch, read.bytes & mask, GlobalUse::SEVERAL});
        }
    }
}

bool is_usable(size_t offset, size_t bytes) {
    for (size_t at = offset / 8; at <= (offset + bytes - 1) / 8; at++) {
        size_t end = offset + bytes - at * 8 < 8 ? offset + bytes - at * 8 : 8;
        if (end > reach.usable[at]) return false;
    }
    return true;
}

inline void check_one(const void *pointer, size_t bytes, size_t alignment, Access access, const void *code) {
    const char *address = (const char *) pointer;
    if (__builtin_expect(((size_t) address & (alignment - 1)) != 0, false)) {
        fail(CUDA_ERROR_MISALIGNED_ADDRESS, pointer, bytes, access, code, "is misaligned");
    }
    size_t offset = (size_t) (address - reach.shared);
    if (offset < reach.shared_range) {
        auto fault = reach.shared_memory->access(address, bytes, access, reach.races);
        if (__builtin_expect(fault != SharedMemory::Fault::NONE, false)) fail_shared(fault, pointer, bytes, access, code);
        return;
    }
    if ((size_t) (address - reach.stack) < STACK_BYTES) return;
    offset = (size_t) (address - reach.device);
    if (offset < reach.device_range) {
        if (__builtin_expect(!is_usable(offset, bytes), false)) {
            fail(CUDA_ERROR_ILLEGAL_ADDRESS, pointer, bytes, access, code, "is outside of any allocation: " + memory().describe((uint64_t) address));
        }
        if (reach.races && access != Access::ATOMIC) check_other_blocks(offset, pointer, bytes, access, code);
        return;
    }
    if (access == Access::READ && in_kernel_module(address)) return;
    fail(CUDA_ERROR_ILLEGAL_ADDRESS, pointer, bytes, access, code, "is outside of the device's memory");
}

} // namespace

void check_access(const void *pointer, size_t bytes, size_t alignment, Access access, const void *code) {
    check_one(pointer, bytes, alignment, access, code);
}

} // namespace cuda_device

// What g++ -fsanitize=thread calls for each access. Aligned accesses must be aligned as the type is.
#define EXPORT extern "C" __attribute__((visibility("default")))
#define CHECK(name, bytes, alignment, kind) \
    EXPORT void name(void *pointer) { \
        cuda_device::check_one(pointer, bytes, alignment, cuda_device::Access::kind, __builtin_return_address(0)); \
    }
#define CHECKS(bytes) \
    CHECK(__tsan_read##bytes, bytes, bytes, READ) \
    CHECK(__tsan_write##bytes, bytes, bytes, WRITE) \
    CHECK(__tsan_unaligned_read##bytes, bytes, 1, READ) \
    CHECK(__tsan_unaligned_write##bytes, bytes, 1, WRITE)
CHECKS(1)
CHECKS(2)
CHECKS(4)
CHECKS(8)
CHECKS(16)

EXPORT void __tsan_read_range(void *pointer, size_t bytes) {
    cuda_device::check_access(pointer, bytes, 1, cuda_device::Access::READ, __builtin_return_address(0));
}
EXPORT void __tsan_write_range(void *pointer, size_t bytes) {
    cuda_device::check_access(pointer, bytes, 1, cuda_device::Access::WRITE, __builtin_return_address(0));
}
EXPORT void __tsan_init() {}
EXPORT void __tsan_func_entry(void *) {}
EXPORT void __tsan_func_exit(void *) {}

// What g++ -fsanitize=alignment,bounds,object-size calls when it has found something. Only what is used is declared.
namespace {

struct Place {
    const char *file;
    uint32_t line, column;
};
struct Type {
    uint16_t kind, info;
    char name[1];
};
struct BadPointer {
    Place place;
    const Type *type;
    uint8_t alignment_bits, kind;
};
struct OutOfBounds {
    Place place;
    const Type *array;
};

} // namespace

EXPORT void __ubsan_handle_type_mismatch_v1(BadPointer *what, size_t pointer) {
    bool misaligned = (pointer & (((size_t) 1 << what->alignment_bits) - 1)) != 0;
    cuda_device::worker().fail(misaligned ? CUDA_ERROR_MISALIGNED_ADDRESS : CUDA_ERROR_ILLEGAL_ADDRESS,
            cuda_device::format("access to %s at %#zx (line %u) is %s", what->type->name, pointer, what->place.line,
                    misaligned ? "misaligned" : "outside of its array"));
}

EXPORT void __ubsan_handle_out_of_bounds(OutOfBounds *what, size_t index) {
    cuda_device::worker().fail(CUDA_ERROR_ILLEGAL_ADDRESS,
            cuda_device::format("index %zd outside of %s (line %u)", (ptrdiff_t) index, what->array->name, what->place.line));
}
