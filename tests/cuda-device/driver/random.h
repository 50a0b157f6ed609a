// Random orders that a seed repeats.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

namespace cuda_device {

class Random {
    uint64_t state;

public:
    explicit Random(uint64_t seed) : state(seed) {}

    // Two seeds, mixed, such as the device's and the number of a block.
    Random(uint64_t seed, uint64_t number) : state(seed * 0x9e3779b97f4a7c15 + number) { next(); }

    uint64_t next() { // SplitMix64
        uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

    size_t below(size_t limit) { return (size_t) ((unsigned __int128) next() * limit >> 64); }

    template <class T> void shuffle(T *values, size_t count) {
        for (size_t i = count; i > 1; i--) std::swap(values[i - 1], values[below(i)]);
    }
};

} // namespace cuda_device
