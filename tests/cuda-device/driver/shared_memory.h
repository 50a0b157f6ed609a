// The shared memory of the block that a host thread runs, and who touched it since the last barrier.
#pragma once
#include "../kernel/interface.h"
#include <cstdint>
#include <string>
#include <vector>

namespace cuda_device {

class SharedMemory {
public:
    ~SharedMemory();

    // Places a kernel's arrays. Nothing to do if those of the last block were of the same sizes.
    void place(const Kernel &kernel, size_t dynamic_bytes);

    // Begins a block: fills all with poison, forgets who touched what.
    void begin();

    // All threads have come to a barrier: what they did before happens before what they do now.
    void barrier() { epoch++; }
    void order_warp(unsigned warp) { warp_epochs[warp]++; }

    // What can be wrong with an access.
    enum class Fault { NONE, OUTSIDE, NOT_DELIVERED, RACE_WITH_WRITE, RACE_WITH_READ };

    // Checks an access and remembers it.
    Fault access(const char *address, size_t bytes, Access access, bool races);

    // What a fault just found is about.
    std::string describe(Fault fault, const char *address) const;

    // cp.async: marks the bytes as on their way, and as delivered.
    void expect(char *address, size_t bytes);
    void deliver(char *address, const char *from, size_t bytes);
    void forget(char *address, size_t bytes);

    char *array(int index) const { return start + offsets[(size_t) index]; }
    char *dynamic() const { return start + offsets.back(); }

    // The range in which all arrays lie, with unusable bytes around them.
    char *start = nullptr;
    size_t range = 0;

private:
    // Who touched 4 bytes. Epochs tell what is older than the last barrier.
    struct Use {
        uint32_t write_epoch = 0, read_epoch = 0;
        uint16_t writer = 0, reader = 0; // threads
        uint16_t write_warp_epoch = 0, read_warp_epoch = 0;
        uint8_t write_bytes = 0, read_bytes = 0; // one bit for each byte
        bool several_readers = false, several_reading_warps = false;
        bool expected = false; // by cp.async
        uint8_t usable = 0; // bytes, from the first
    };

    const Kernel *kernel = nullptr;
    size_t dynamic_bytes = 0, mapped = 0;
    std::vector<size_t> placed;  // sizes and alignments
    std::vector<size_t> offsets; // of the arrays, then of the dynamic part
    std::vector<Use> uses;
    uint32_t epoch = 1;
    uint16_t warp_epochs[64] = {};

    bool ordered_before_now(uint32_t when, uint16_t warp_when, unsigned thread) const;
    bool readers_before_now(const Use &use) const;
    std::string describe(const char *address) const;
};

} // namespace cuda_device
