#include "access.h"
#include "device_memory.h"
#include "module.h"
#include "report.h"
#include "settings.h"
#include "worker.h"

namespace cuda_device {

namespace {

const char *verb(Access access) {
    return access == Access::READ ? "read" : access == Access::WRITE ? "write" : "atomic operation";
}

[[noreturn]] void fail(CUresult result, const void *pointer, size_t bytes, Access access, const void *code, const std::string &text) {
    worker().fail(result, format("%s of %zu bytes at %p%s ", verb(access), bytes, pointer, source_line(code).c_str()) + text);
}

// Finds other blocks of this launch that touch the same bytes. Blocks run at once and in any order, so one of them is wrong.
std::string race_between_blocks(size_t offset, size_t bytes, Access access) {
    constexpr uint32_t SEVERAL = 0xffffffff;
    uint32_t launch = worker().launch->number, block = worker().block;
    for (size_t at = offset / 4; at <= (offset + bytes - 1) / 4; at++) {
        GlobalUse &use = memory().uses[at];
        size_t from = at * 4 < offset ? offset - at * 4 : 0, to = offset + bytes - at * 4 < 4 ? offset + bytes - at * 4 : 4;
        uint8_t mask = (uint8_t) ((1u << to) - (1u << from));
        if (use.write_launch == launch && use.write_block != block && (use.write_bytes & mask)) {
            return format("races with a write by block %u of the same launch", use.write_block);
        }
        if (access == Access::WRITE) {
            if (use.read_launch == launch && use.read_block != block && (use.read_bytes & mask)) {
                return use.read_block == SEVERAL ? "races with reads by other blocks of the same launch"
                                                 : format("races with a read by block %u of the same launch", use.read_block);
            }
            bool more = use.write_launch == launch && use.write_block == block;
            use.write_bytes = more ? use.write_bytes | mask : mask;
            use.write_launch = launch;
            use.write_block = block;
        } else if (use.read_launch != launch || !(use.read_bytes & mask)) {
            bool more = use.read_launch == launch && use.read_block == block;
            use.read_launch = launch;
            use.read_block = block;
            use.read_bytes = more ? use.read_bytes | mask : mask; // of two blocks that read different bytes, the last one is known
        } else if (use.read_block == block) {
            use.read_bytes |= mask;
        } else if (use.read_block != SEVERAL) {
            use.read_block = SEVERAL;
            use.read_bytes &= mask;
        }
    }
    return "";
}

bool usable(size_t offset, size_t bytes) {
    const uint8_t *usable = memory().usable;
    for (size_t at = offset / 8; at <= (offset + bytes - 1) / 8; at++) {
        size_t end = offset + bytes - at * 8 < 8 ? offset + bytes - at * 8 : 8;
        if (end > usable[at]) return false;
    }
    return true;
}

} // namespace

void check_access(const void *pointer, size_t bytes, size_t alignment, Access access, const void *code) {
    const char *address = (const char *) pointer;
    if (__builtin_expect(((size_t) address & (alignment - 1)) != 0, false)) {
        fail(CUDA_ERROR_MISALIGNED_ADDRESS, pointer, bytes, access, code, "is misaligned");
    }
    static const DeviceMemory &device = memory();
    static const bool races = settings().check_races;
    size_t offset = (size_t) (address - reach.shared);
    if (offset < reach.shared_range) {
        std::string wrong = worker().shared.access(address, bytes, access, races);
        if (wrong.empty()) return;
        bool outside = wrong.compare(0, 7, "outside") == 0;
        fail(outside ? CUDA_ERROR_ILLEGAL_ADDRESS : CUDA_ERROR_LAUNCH_FAILED, pointer, bytes, access, code, wrong);
    }
    offset = (size_t) (address - device.start);
    if (offset < device.range) {
        if (!usable(offset, bytes)) {
            fail(CUDA_ERROR_ILLEGAL_ADDRESS, pointer, bytes, access, code, "is outside of any allocation: " + device.describe((uint64_t) address));
        }
        if (!races || access == Access::ATOMIC) return;
        std::string wrong = race_between_blocks(offset, bytes, access);
        if (!wrong.empty()) fail(CUDA_ERROR_LAUNCH_FAILED, pointer, bytes, access, code, wrong);
        return;
    }
    if ((size_t) (address - reach.stack) < STACK_BYTES) return;
    if (access == Access::READ && in_kernel_module(address)) return;
    fail(CUDA_ERROR_ILLEGAL_ADDRESS, pointer, bytes, access, code, "is outside of the device's memory");
}

} // namespace cuda_device

// What g++ -fsanitize=thread calls for each access. Aligned accesses must be aligned as the type is.
#define EXPORT extern "C" __attribute__((visibility("default")))
#define CHECK(name, bytes, alignment, kind) \
    EXPORT void name(void *pointer) { \
        cuda_device::check_access(pointer, bytes, alignment, cuda_device::Access::kind, __builtin_return_address(0)); \
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
