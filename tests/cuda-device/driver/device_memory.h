// The device's memory: one range of addresses, of which allocations are parts with unusable bytes between them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace cuda_device {

// Which block touched which of 4 bytes in which launch. Fits in one word, which host threads read and write whole.
struct Touch {
    uint64_t launch : 28;
    uint64_t bytes : 4; // one bit for each
    uint64_t block : 32;
};

// Finds blocks of one launch that touch the same bytes without an order between them.
struct GlobalUse {
    static constexpr uint32_t SEVERAL = 0xffffffff; // blocks
    uint64_t write, read; // a Touch each
};

class DeviceMemory {
public:
    static constexpr unsigned char POISON = 0xff; // NaN as a number of any format, -1 as an index
    static constexpr size_t REDZONE = 256;

    DeviceMemory();

    // Zero if there is not enough memory left.
    uint64_t allocate(size_t bytes);
    bool free(uint64_t address);

    // Whether all bytes lie in one allocation.
    bool contains(uint64_t address, size_t bytes) const;

    size_t size() const { return limit; }
    size_t used() const { return in_use; }

    // Describes an address that no access is allowed to, by the nearest allocation.
    std::string describe(uint64_t address) const;

    // For each 8 bytes, how many of them, from the first, may be used.
    uint8_t *usable;
    GlobalUse *uses;
    char *start;
    size_t range;

private:
    size_t limit, in_use, next;
    std::map<uint64_t, size_t> allocations;
    std::map<uint64_t, size_t> freed; // the last ones, to describe an access after the end of their life

    uint64_t find_place(size_t bytes);
    void mark(uint64_t address, size_t bytes, bool in_use);
};

// The only device's. Created by the first call.
DeviceMemory &memory();

} // namespace cuda_device
