#define CUDA_DEVICE_RUNS_THREADS
#include "worker.h"
#include "report.h"
#include "settings.h"
#include <algorithm>
#include <cstring>
#include <numeric>
#include <sys/mman.h>

__attribute__((visibility("default"))) __thread cuda_device::Thread cuda_device_thread;

namespace cuda_device {

__thread Reach reach;

namespace {

constexpr size_t GUARD_BYTES = 4096;
constexpr size_t STRIDE = STACK_BYTES + GUARD_BYTES;

} // namespace

Worker &worker() {
    static thread_local std::unique_ptr<Worker> value = std::make_unique<Worker>();
    return *value;
}

void run_block(Launch &launch, uint32_t number) { worker().run_block(launch, number); }

Worker::~Worker() {
    if (stacks != nullptr) munmap(stacks, stack_count * STRIDE);
}

void Worker::make_stacks(size_t count) {
    if (count <= stack_count) return;
    if (stacks != nullptr) munmap(stacks, stack_count * STRIDE);
    stacks = (char *) mmap(nullptr, count * STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (size_t i = 0; i < count; i++) mprotect(stacks + i * STRIDE, GUARD_BYTES, PROT_NONE);
    stack_count = count;
    fibers.resize(count);
}

void Worker::run_block(Launch &of, uint32_t number) {
    launch = &of;
    block = number;
    threads = of.block_threads();
    failed = false;
    Random random(settings().seed ^ of.number, number);
    make_stacks(of.kernel->waits ? threads : 1);
    shared.place(*of.kernel, of.dynamic_shared);
    shared.begin();
    parameters.clear();
    for (auto &value : of.parameters) parameters.push_back(value.data());
    cuda_device_thread.block = {number % of.grid.x, number / of.grid.x % of.grid.y, number / of.grid.x / of.grid.y};
    cuda_device_thread.block_size = of.block;
    cuda_device_thread.grid_size = of.grid;
    order.resize(threads);
    std::iota(order.begin(), order.end(), 0);
    const DeviceMemory &device = memory();
    reach = {nullptr, shared.start, shared.range, &shared, device.start, device.range, device.usable, device.uses,
            of.number, number, settings().check_races};
    if (of.kernel->waits) run_with_fibers(random);
    else run_one_after_another(random);
}

// Makes a thread the one that runs, as far as the kernel can see.
void Worker::enter(unsigned index) {
    const Dimensions &size = launch->block;
    Thread &thread = cuda_device_thread;
    thread.thread = {index % size.x, index / size.x % size.y, index / size.x / size.y};
    thread.index = index;
    thread.warp_lanes = std::min(WARP_SIZE, threads - index / WARP_SIZE * WARP_SIZE);
}

void Worker::resume(unsigned index) {
    running = index;
    enter(index);
    reach.stack = stacks + index * STRIDE + GUARD_BYTES;
    switch_context(&scheduler, &fibers[index].context);
}

void Worker::fiber_main() {
    Worker &self = worker();
    if (self.launch->kernel->waits) {
        self.launch->kernel->run(self.parameters.data());
    } else {
        for (unsigned index : self.order) {
            self.enter(index);
            self.launch->kernel->run(self.parameters.data());
        }
    }
    self.wait(Fiber::RETURNED);
    __builtin_unreachable();
}

void Worker::wait(Fiber::State state) {
    Fiber &fiber = current();
    fiber.state = state;
    switch_context(&fiber.context, &scheduler);
}

void Worker::run_one_after_another(Random &random) {
    random.shuffle(order.data(), order.size());
    new_context(&fibers[0].context, stacks + GUARD_BYTES, STACK_BYTES, fiber_main);
    fibers[0].async = {};
    resume(0);
}

void Worker::run_with_fibers(Random &random) {
    for (unsigned i = 0; i < threads; i++) {
        fibers[i].state = Fiber::READY;
        fibers[i].async.copies.clear();
        fibers[i].async.group = 0;
        new_context(&fibers[i].context, stacks + i * STRIDE + GUARD_BYTES, STACK_BYTES, fiber_main);
    }
    unsigned returned = 0;
    while (!failed && returned < threads) {
        random.shuffle(order.data(), order.size());
        for (unsigned index : order) {
            if (fibers[index].state != Fiber::READY) continue;
            resume(index);
            if (failed) break;
            returned += fibers[index].state == Fiber::RETURNED;
        }
        if (!failed && returned < threads && !complete_collectives() && !failed) complete_barrier();
    }
    for (unsigned i = 0; i < threads; i++) {
        for (const auto &copy : fibers[i].async.copies) shared.forget(copy.to, copy.bytes);
    }
}

// Lets those go on whose whole mask has come to the same collective. Returns whether there were any.
bool Worker::complete_collectives() {
    size_t used_rows = 0;
    bool any = false;
    for (unsigned warp = 0; warp * WARP_SIZE < threads && !failed; warp++) any |= complete_collectives(warp, used_rows);
    return any;
}

bool Worker::complete_collectives(unsigned warp, size_t &used_rows) {
    unsigned first = warp * WARP_SIZE, lanes = std::min(WARP_SIZE, threads - first);
    unsigned existing = lanes == WARP_SIZE ? 0xffffffff : (1u << lanes) - 1;
    bool any = false;
    int stuck = -1, missing = -1;
    for (unsigned lane = 0; lane < lanes; lane++) {
        Fiber &fiber = fibers[first + lane];
        if (fiber.state != Fiber::AT_COLLECTIVE) continue;
        if (fiber.whole && lanes < WARP_SIZE) {
            fail_outside(first + lane, format("%s needs a whole warp, but this one has %u threads", fiber.instruction, lanes));
            return false;
        }
        unsigned wanted = fiber.mask & existing, came = 0;
        for (unsigned other = 0; other < lanes; other++) {
            const Fiber &o = fibers[first + other];
            bool same = o.state == Fiber::AT_COLLECTIVE && o.site == fiber.site && o.instruction == fiber.instruction && o.mask == fiber.mask;
            if (same) came |= 1u << other;
            else if (wanted >> other & 1) stuck = (int) lane, missing = (int) other;
        }
        if (!(fiber.mask >> lane & 1)) {
            fail_outside(first + lane, format("%s with a mask that does not name its own lane", fiber.instruction));
            return false;
        }
        if (came != wanted) continue;
        size_t bytes = WARP_SIZE * cuda_device_row;
        if (rows.size() < threads * bytes) rows.resize(threads * bytes); // at most one collective for each thread
        if (fiber.instruction == std::string("__syncwarp")) shared.order_warp(warp);
        unsigned char *result = rows.data() + used_rows++ * bytes;
        for (unsigned other = 0; other < lanes; other++) {
            if (!(came >> other & 1)) continue;
            Fiber &o = fibers[first + other];
            memcpy(result + other * cuda_device_row, o.mine, cuda_device_row);
            o.rows = result;
            o.state = Fiber::READY;
        }
        any = true;
    }
    if (!any && stuck >= 0) {
        const Fiber &fiber = fibers[first + (unsigned) stuck];
        fail_outside(first + (unsigned) stuck, format("%s (line %d) in a diverged warp: lane %d waits there, but lane %d %s",
                fiber.instruction, fiber.site, stuck, missing, who(first + (unsigned) missing).c_str()));
    }
    return any;
}

void Worker::complete_barrier() {
    int waiting = -1;
    for (unsigned i = 0; i < threads && waiting < 0; i++) {
        if (fibers[i].state == Fiber::AT_BARRIER) waiting = (int) i;
    }
    for (unsigned i = 0; i < threads; i++) {
        if (fibers[i].state == Fiber::AT_BARRIER && fibers[i].site == fibers[waiting].site) continue;
        fail_outside((unsigned) waiting, format("barrier divergence: thread %d waits at __syncthreads (line %d), but thread %u %s",
                waiting, fibers[waiting].site, i, who(i).c_str()));
        return;
    }
    for (unsigned i = 0; i < threads; i++) fibers[i].state = Fiber::READY;
    shared.barrier();
}

std::string Worker::who(unsigned index) const {
    const Fiber &fiber = fibers[index];
    switch (fiber.state) {
    case Fiber::RETURNED: return "has returned";
    case Fiber::AT_BARRIER: return format("waits at __syncthreads (line %d)", fiber.site);
    case Fiber::AT_COLLECTIVE: return format("waits at %s (line %d)", fiber.instruction, fiber.site);
    default: return "runs";
    }
}

static void report_failure(const Launch &launch, const std::string &text) {
    const Thread &thread = cuda_device_thread;
    report(format("%s, block (%u, %u, %u), thread (%u, %u, %u): ", launch.kernel->name, thread.block.x, thread.block.y, thread.block.z,
            thread.thread.x, thread.thread.y, thread.thread.z) + text);
}

void Worker::fail(CUresult result, const std::string &text) {
    int none = CUDA_SUCCESS;
    if (launch->result.compare_exchange_strong(none, result)) report_failure(*launch, text);
    failed = true;
    Context abandoned;
    switch_context(&abandoned, &scheduler);
    __builtin_unreachable();
}

void Worker::fail_outside(unsigned index, const std::string &text) {
    enter(index);
    int none = CUDA_SUCCESS;
    if (launch->result.compare_exchange_strong(none, CUDA_ERROR_LAUNCH_FAILED)) report_failure(*launch, text);
    failed = true;
}

} // namespace cuda_device
