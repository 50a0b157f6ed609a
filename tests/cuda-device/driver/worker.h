// A host thread that runs blocks: their threads as fibers, and their shared memory.
#pragma once
#include "../kernel/interface.h"
#include "device_memory.h"
#include "fiber.h"
#include "launch.h"
#include "random.h"
#include "shared_memory.h"
#include <memory>
#include <string>
#include <vector>

namespace cuda_device {

// The state of cp.async of one thread.
struct AsyncCopies {
    struct Copy {
        char *to;
        const char *from;
        unsigned bytes, group;
    };
    std::vector<Copy> copies;
    unsigned group = 0; // the one that the next commit closes
};

struct Fiber {
    enum State { READY, AT_BARRIER, AT_COLLECTIVE, RETURNED };

    Context context;
    State state;
    Dimensions thread;
    int site;                // where it waits
    const char *instruction; // the collective that it waits at
    unsigned mask;
    bool whole;
    unsigned char mine[cuda_device_row]; // what it brings to the collective
    const unsigned char *rows;           // what all brought
    AsyncCopies async;
};

// Runs one block, given by its number in the grid, x first. An error becomes the launch's result.
void run_block(Launch &launch, uint32_t number);

class Worker {
public:
    ~Worker();
    void run_block(Launch &launch, uint32_t number);

    // Called by the fiber that runs.
    void wait(Fiber::State state);
    [[noreturn]] void fail(CUresult result, const std::string &text);

    Fiber &current() { return fibers[running]; }

    Launch *launch = nullptr;
    uint32_t block = 0;
    SharedMemory shared;

private:
    std::vector<Fiber> fibers;
    char *stacks = nullptr;
    size_t stack_count = 0;
    unsigned running = 0, threads = 0;
    bool failed = false;
    Context scheduler;
    std::vector<unsigned> order;
    std::vector<unsigned char> rows; // of the collectives that were just completed
    std::vector<void *> parameters;

    void make_stacks(size_t count);
    void enter(unsigned index);
    void resume(unsigned index);
    void run_one_after_another(Random &random);
    void run_with_fibers(Random &random);
    bool complete_collectives();
    bool complete_collectives(unsigned warp, size_t &used_rows);
    void complete_barrier();
    std::string who(unsigned index) const;
    void fail_outside(unsigned index, const std::string &text);

    static void fiber_main();
};

// The worker of this host thread.
Worker &worker();

// What the accesses of the fiber that runs are compared with. Kept apart from the worker so that it is quick to reach.
struct Reach {
    char *stack;
    char *shared;
    size_t shared_range;
    SharedMemory *shared_memory;
    char *device;
    size_t device_range;
    const uint8_t *usable; // see DeviceMemory
    GlobalUse *uses;
    uint32_t launch, block;
    bool races;
};
extern __thread Reach reach __attribute__((tls_model("initial-exec")));

constexpr size_t STACK_BYTES = 640 << 10; // CUDA gives a thread at most 512 KiB of local memory

} // namespace cuda_device
