#include "shared_memory.h"
#include "device_memory.h"
#include "report.h"
#include "worker.h"
#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace cuda_device {

namespace {

constexpr size_t REDZONE = 128;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

} // namespace

SharedMemory::~SharedMemory() {
    if (start != nullptr) munmap(start, mapped);
}

void SharedMemory::place(const Kernel &of, size_t dynamic) {
    kernel = &of;
    std::vector<size_t> sizes{dynamic};
    for (const SharedArray *array = of.shared; array->name != nullptr; array++) {
        sizes.push_back(array->bytes);
        sizes.push_back(array->alignment);
    }
    if (sizes == placed) return;
    placed = sizes;
    dynamic_bytes = dynamic;
    offsets.clear();
    size_t end = REDZONE;
    for (const SharedArray *array = of.shared; array->name != nullptr; array++) {
        size_t offset = round_up(end, std::max<size_t>(array->alignment, 16));
        offsets.push_back(offset);
        end = offset + array->bytes + REDZONE;
    }
    offsets.push_back(round_up(end, 128));
    range = round_up(offsets.back() + dynamic + REDZONE, 128);
    if (range > mapped) {
        if (start != nullptr) munmap(start, mapped);
        mapped = round_up(range, 1 << 16);
        start = (char *) mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    uses.assign(range / 4, Use());
    auto mark = [&](size_t offset, size_t bytes) {
        for (size_t i = 0; i < bytes; i += 4) uses[(offset + i) / 4].usable = (uint8_t) std::min<size_t>(4, bytes - i);
    };
    for (size_t i = 0; i + 1 < offsets.size(); i++) mark(offsets[i], of.shared[i].bytes);
    mark(offsets.back(), dynamic);
}

void SharedMemory::begin() {
    epoch++;
    memset(start, DeviceMemory::POISON, range);
}

bool SharedMemory::ordered_before_now(uint32_t when, uint16_t warp_when, unsigned thread) const {
    unsigned me = cuda_device_thread.index, warp = me / WARP_SIZE;
    return when != epoch || thread == me || (thread / WARP_SIZE == warp && warp_when != warp_epochs[warp]);
}

bool SharedMemory::readers_before_now(const Use &use) const {
    if (!use.several_readers) return ordered_before_now(use.read_epoch, use.read_warp_epoch, use.reader);
    unsigned warp = cuda_device_thread.index / WARP_SIZE;
    bool all_of_this_warp = !use.several_reading_warps && use.reader / WARP_SIZE == warp;
    return use.read_epoch != epoch || (all_of_this_warp && use.read_warp_epoch != warp_epochs[warp]);
}

SharedMemory::Fault SharedMemory::access(const char *address, size_t bytes, Access access, bool races) {
    size_t offset = (size_t) (address - start);
    unsigned me = cuda_device_thread.index;
    uint16_t warp_now = warp_epochs[me / WARP_SIZE];
    for (size_t at = offset / 4; at <= (offset + bytes - 1) / 4; at++) {
        Use &use = uses[at];
        size_t from = at * 4 < offset ? offset - at * 4 : 0, to = std::min<size_t>(4, offset + bytes - at * 4);
        if (to > use.usable) return Fault::OUTSIDE;
        if (use.expected) return Fault::NOT_DELIVERED;
        if (!races || access == Access::ATOMIC) continue;
        uint8_t mask = (uint8_t) ((1u << to) - (1u << from));
        if ((use.write_bytes & mask) && !ordered_before_now(use.write_epoch, use.write_warp_epoch, use.writer)) {
            return Fault::RACE_WITH_WRITE;
        }
        if (access == Access::WRITE) {
            if ((use.read_bytes & mask) && !readers_before_now(use)) return Fault::RACE_WITH_READ;
            bool more = use.write_epoch == epoch && use.writer == me;
            use.write_bytes = more ? use.write_bytes | mask : mask;
            use.write_epoch = epoch;
            use.write_warp_epoch = warp_now;
            use.writer = (uint16_t) me;
        } else {
            // Of two threads that read different bytes, the last one is known.
            bool first = use.read_epoch != epoch || !(use.read_bytes & mask), same = !use.several_readers && use.reader == me;
            if (first && !(use.read_epoch == epoch && same)) {
                use.read_bytes = mask;
                use.several_readers = use.several_reading_warps = false;
            } else if (same) {
                use.read_bytes |= mask;
            } else {
                use.read_bytes &= use.several_readers ? 0xf : mask;
                use.several_reading_warps |= use.reader / WARP_SIZE != me / WARP_SIZE;
                use.several_readers = true;
            }
            use.read_epoch = epoch;
            use.read_warp_epoch = warp_now;
            use.reader = (uint16_t) me;
        }
    }
    return Fault::NONE;
}

std::string SharedMemory::describe(Fault fault, const char *address) const {
    const Use &use = uses[(size_t) (address - start) / 4];
    std::string place = ", " + describe(address);
    switch (fault) {
    case Fault::OUTSIDE: return "outside of any shared array" + place;
    case Fault::NOT_DELIVERED: return "of what cp.async has not delivered yet" + place;
    case Fault::RACE_WITH_WRITE: return format("races with a write by thread %u: no barrier between them", use.writer) + place;
    case Fault::RACE_WITH_READ:
        return (use.several_readers ? "races with reads by several threads" : format("races with a read by thread %u", use.reader))
                + ": no barrier between them" + place;
    case Fault::NONE: break;
    }
    return "";
}

void SharedMemory::expect(char *address, size_t bytes) {
    memset(address, DeviceMemory::POISON, bytes);
    for (size_t i = 0; i < bytes; i += 4) uses[(size_t) (address - start + (ptrdiff_t) i) / 4].expected = true;
}

void SharedMemory::deliver(char *address, const char *from, size_t bytes) {
    forget(address, bytes);
    memcpy(address, from, bytes);
}

void SharedMemory::forget(char *address, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 4) uses[(size_t) (address - start + (ptrdiff_t) i) / 4].expected = false;
}

std::string SharedMemory::describe(const char *address) const {
    size_t offset = (size_t) (address - start);
    std::string nearest = "no shared array near";
    for (size_t i = 0; i < offsets.size(); i++) {
        if (offset + REDZONE < offsets[i]) break;
        const char *name = i + 1 < offsets.size() ? kernel->shared[i].name : "dynamic shared memory";
        size_t bytes = i + 1 < offsets.size() ? kernel->shared[i].bytes : dynamic_bytes;
        nearest = format("byte %zd of %s, which has %zu bytes", (ssize_t) offset - (ssize_t) offsets[i], name, bytes);
        if (offset < offsets[i] + bytes + REDZONE / 2) break;
    }
    return nearest;
}

} // namespace cuda_device
