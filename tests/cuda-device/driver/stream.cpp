#include "stream.h"
#include "context.h"
#include "random.h"
#include "settings.h"

namespace cuda_device {

namespace {

constexpr size_t LONGEST_QUEUE = 1024; // then a real device makes its caller wait, too

CUresult run_next(Stream &stream) {
    Work work = std::move(stream.queue.front());
    stream.queue.pop_front();
    stream.running = true;
    CUresult result = context_error() != CUDA_SUCCESS ? context_error() : work.run();
    stream.running = false;
    stream.done++;
    keep_error(result);
    return result;
}

// Lets another stream do some of its work before this one, or not.
void run_others(const Stream &except) {
    static Random random(settings().seed, 0);
    auto &all = streams();
    Stream &other = *all[random.below(all.size())];
    if (&other == &except || other.running) return;
    for (size_t count = random.below(4); count > 0 && !other.queue.empty(); count--) run_next(other);
}

} // namespace

void Stream::add(Work::Kind kind, std::function<CUresult()> run) {
    if (capture) {
        capture->nodes.push_back({kind, std::move(run)});
        return;
    }
    queue.push_back({kind, std::move(run)});
    queued++;
    if (queue.size() > LONGEST_QUEUE) run_next(*this);
}

CUresult run_until(const Stream *which, uint64_t number) {
    for (auto &each : streams()) {
        if (each.get() != which) continue;
        Stream &stream = *each;
        while (stream.done < number && !stream.queue.empty()) {
            run_others(stream);
            // The other stream may have waited for this one.
            if (stream.done < number && !stream.queue.empty()) run_next(stream);
        }
        break;
    }
    return context_error();
}

CUresult run_all(Stream &stream) { return run_until(&stream, stream.queued); }

CUresult run_all() {
    for (size_t i = 0; i < streams().size(); i++) run_all(*streams()[i]);
    return context_error();
}

std::vector<std::unique_ptr<Stream>> &streams() {
    static auto *all = [] {
        auto *list = new std::vector<std::unique_ptr<Stream>>;
        list->push_back(std::make_unique<Stream>());
        list->front()->blocking = true;
        return list;
    }();
    return *all;
}

} // namespace cuda_device
