#include "device_memory.h"
#include "report.h"
#include "settings.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace cuda_device {

namespace {

// Address space that takes memory only where it is used.
char *reserve(size_t bytes) {
    void *range = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) {
        perror("cuda-device: cannot reserve address space");
        exit(2);
    }
    return (char *) range;
}

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

} // namespace

DeviceMemory::DeviceMemory() : limit(settings().memory), in_use(0), next(0) {
    range = 2 * limit + (64 << 20); // so much that freed addresses are not used again soon
    start = reserve(range);
    usable = (uint8_t *) reserve(range / 8);
    uses = settings().check_races ? (GlobalUse *) reserve(range / 4 * sizeof(GlobalUse)) : nullptr;
}

uint64_t DeviceMemory::allocate(size_t bytes) {
    if (bytes > limit - in_use) return 0;
    uint64_t address = find_place(bytes);
    if (address == 0) return 0;
    allocations[address] = bytes;
    in_use += bytes;
    freed.erase(address);
    memset((char *) address, POISON, bytes);
    mark(address, bytes, true);
    return address;
}

// The first gap after the last allocation, from the start again if there is none.
uint64_t DeviceMemory::find_place(size_t bytes) {
    size_t needed = round_up(bytes, 256) + REDZONE;
    for (int round = 0; round < 2; round++, next = 0) {
        size_t place = next;
        for (auto after = allocations.lower_bound((uint64_t) start + place); ; ++after) {
            size_t end = after == allocations.end() ? range : after->first - (uint64_t) start;
            if (place + needed + REDZONE <= end) {
                next = place + needed;
                return (uint64_t) start + place + REDZONE;
            }
            if (after == allocations.end()) break;
            place = end + round_up(after->second, 256);
        }
    }
    return 0;
}

bool DeviceMemory::free(uint64_t address) {
    auto allocation = allocations.find(address);
    if (allocation == allocations.end()) return false;
    size_t bytes = allocation->second;
    mark(address, bytes, false);
    in_use -= bytes;
    if (freed.size() > 1000) freed.clear();
    freed[address] = bytes;
    allocations.erase(allocation);
    uint64_t first_page = round_up(address, 4096), end = (address + bytes) / 4096 * 4096;
    if (first_page < end) madvise((void *) first_page, end - first_page, MADV_DONTNEED);
    return true;
}

void DeviceMemory::mark(uint64_t address, size_t bytes, bool used) {
    size_t first = (address - (uint64_t) start) / 8;
    memset(usable + first, used ? 8 : 0, bytes / 8);
    if (bytes % 8 != 0) usable[first + bytes / 8] = used ? (uint8_t) (bytes % 8) : 0;
}

bool DeviceMemory::contains(uint64_t address, size_t bytes) const {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) return false;
    const auto &[first, size] = *--after;
    return address - first <= size && bytes <= size - (address - first);
}

std::string DeviceMemory::describe(uint64_t address) const {
    for (const auto &[first, bytes] : freed) {
        if (address - first < bytes) return format("%zu bytes into %zu bytes that were freed", (size_t) (address - first), bytes);
    }
    auto after = allocations.upper_bound(address);
    std::string text;
    if (after != allocations.begin()) {
        const auto &[first, bytes] = *std::prev(after);
        text = format("%zd bytes after an allocation of %zu bytes", (ssize_t) (address - first - bytes), bytes);
    }
    if (after != allocations.end() && after->first - address < 4096) {
        text += format("%s%zu bytes before one of %zu bytes", text.empty() ? "" : ", ", (size_t) (after->first - address), after->second);
    }
    return text.empty() ? "no allocation near" : text;
}

DeviceMemory &memory() {
    static DeviceMemory *value = new DeviceMemory;
    return *value;
}

} // namespace cuda_device
