#include "host_threads.h"
#include <condition_variable>
#include <mutex>
#include <thread>

namespace cuda_device {

namespace {

// Threads live as long as the process, because each keeps the stacks of its fibers.
struct Pool {
    std::mutex mutex;
    std::condition_variable changed;
    const std::function<void()> *work = nullptr;
    unsigned threads = 0, wanted = 0, busy = 0;

    void serve() {
        std::unique_lock<std::mutex> lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return wanted > 0; });
            wanted--;
            const std::function<void()> &current = *work;
            lock.unlock();
            current();
            lock.lock();
            if (--busy == 0) changed.notify_all();
        }
    }
};

} // namespace

void run_on_host_threads(unsigned count, const std::function<void()> &work) {
    static Pool *pool = new Pool;
    {
        std::lock_guard<std::mutex> lock(pool->mutex);
        for (; pool->threads + 1 < count; pool->threads++) std::thread([] { pool->serve(); }).detach();
        pool->work = &work;
        pool->wanted = pool->busy = count - 1;
    }
    if (count > 1) pool->changed.notify_all();
    work();
    std::unique_lock<std::mutex> lock(pool->mutex);
    pool->changed.wait(lock, [&] { return pool->busy == 0; });
}

} // namespace cuda_device
