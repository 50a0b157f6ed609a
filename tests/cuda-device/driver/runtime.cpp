// What kernels call, see kernel/interface.h.
#include "access.h"
#include "report.h"
#include "worker.h"
#include <cstring>

using namespace cuda_device;

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void cuda_device_barrier(int site) {
    Worker &self = worker();
    self.current().site = site;
    self.wait(Fiber::AT_BARRIER);
}

EXPORT const unsigned char *cuda_device_exchange(const char *instruction, int site, unsigned mask, bool whole, const void *mine, size_t bytes) {
    Worker &self = worker();
    Fiber &fiber = self.current();
    fiber.instruction = instruction;
    fiber.site = site;
    fiber.mask = mask;
    fiber.whole = whole;
    memcpy(fiber.mine, mine, bytes);
    self.wait(Fiber::AT_COLLECTIVE);
    return fiber.rows;
}

EXPORT void cuda_device_order_warp(int site, unsigned mask) {
    cuda_device_exchange("__syncwarp", site, mask, false, nullptr, 0);
}

EXPORT void *cuda_device_shared_array(int index) { return worker().shared.array(index); }
EXPORT void *cuda_device_dynamic_shared() { return worker().shared.dynamic(); }

// An offset from the start of shared memory. It is the access that is checked, not the address.
EXPORT unsigned cuda_device_shared_address(const void *pointer) { return (unsigned) ((const char *) pointer - reach.shared); }
EXPORT void *cuda_device_shared_pointer(unsigned address) { return reach.shared + (int) address; }

EXPORT void cuda_device_copy_async(unsigned shared_address, const void *global, unsigned bytes) {
    Worker &self = worker();
    const void *code = __builtin_return_address(0);
    char *to = (char *) cuda_device_shared_pointer(shared_address);
    if (bytes != 4 && bytes != 8 && bytes != 16) self.fail(CUDA_ERROR_ILLEGAL_INSTRUCTION, format("cp.async of %u bytes", bytes));
    check_access(global, bytes, bytes, Access::READ, code);
    check_access(to, bytes, bytes, Access::WRITE, code);
    AsyncCopies &async = self.current().async;
    async.copies.push_back({to, (const char *) global, bytes, async.group});
    self.shared.expect(to, bytes);
}

EXPORT void cuda_device_copy_commit() { worker().current().async.group++; }

EXPORT void cuda_device_copy_wait(unsigned groups_left) {
    Worker &self = worker();
    AsyncCopies &async = self.current().async;
    size_t kept = 0;
    for (const AsyncCopies::Copy &copy : async.copies) {
        // A copy that is not committed yet belongs to a group that no wait waits for.
        if (copy.group + groups_left < async.group) {
            self.shared.deliver(copy.to, copy.from, copy.bytes);
            check_access(copy.to, copy.bytes, copy.bytes, Access::WRITE, __builtin_return_address(0));
        } else {
            async.copies[kept++] = copy;
        }
    }
    async.copies.resize(kept);
}

EXPORT void cuda_device_access(const void *pointer, size_t bytes, Access access) {
    check_access(pointer, bytes, bytes, access, __builtin_return_address(0));
}

EXPORT void cuda_device_fail(int result, const char *message) { worker().fail((CUresult) result, message); }
