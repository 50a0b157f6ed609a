// Streams, events and graphs. Work is queued, and runs only when somebody waits for it: who forgets to wait sees old values.
#pragma once
#include "cuda_api.h"
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace cuda_device {

struct Stream;

struct Event {
    bool timed;
    bool recorded = false, done = false;
    Stream *stream = nullptr; // on which the last record is
    uint64_t record = 0;      // its number in the stream
    Stream *captured_by = nullptr;
    int queries = 0; // since the last record
    double milliseconds = 0;
};

// One piece of work. Kernels and copies are what a graph consists of.
struct Work {
    enum Kind { KERNEL, COPY, OTHER } kind;
    std::function<CUresult()> run;
};

struct Graph {
    std::vector<Work> nodes;
};

struct Stream {
    bool blocking; // ordered with the null stream
    std::deque<Work> queue;
    uint64_t queued = 0, done = 0;
    bool running = false; // work of it, which may wait for another stream
    std::unique_ptr<Graph> capture;
    CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
    bool invalidated = false;

    // Queues work, or adds it to the graph that is captured.
    void add(Work::Kind kind, std::function<CUresult()> run);
};

// Runs what is queued: until so much of the stream is done; all of the stream; all of all streams. Other streams run meanwhile, or not, at
// random. Returns the first error, which the context keeps.
// A stream that was destroyed is done.
CUresult run_until(const Stream *stream, uint64_t number);
CUresult run_all(Stream &stream);
CUresult run_all();

// The streams that exist; the first is the null stream.
std::vector<std::unique_ptr<Stream>> &streams();

} // namespace cuda_device
