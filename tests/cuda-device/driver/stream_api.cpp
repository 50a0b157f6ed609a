// Streams and events.
#include "handles.h"
#include "report.h"
#include <algorithm>
#include <chrono>

using namespace cuda_device;

namespace {

Handles<CUevent, Event> events;

double now() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

Stream *cuda_device::find_stream(CUstream handle) {
    if (handle == nullptr) return streams().front().get();
    for (auto &stream : streams()) {
        if (stream.get() == (Stream *) handle) return stream.get();
    }
    return nullptr;
}

CUresult cuda_device::refuse_while_capturing() {
    for (auto &stream : streams()) {
        if (stream->capture && stream->mode != CU_STREAM_CAPTURE_MODE_RELAXED) {
            stream->invalidated = true;
            report("a call that is not allowed while a stream is captured");
            return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        }
    }
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuStreamCreate(CUstream *handle, unsigned flags) {
    CUDA_DEVICE_CALL();
    if (flags > 1) return CUDA_ERROR_INVALID_VALUE;
    streams().push_back(std::make_unique<Stream>());
    streams().back()->blocking = flags == 0;
    *handle = (CUstream) streams().back().get();
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuStreamCreateWithPriority(CUstream *handle, unsigned flags, int) { return cuStreamCreate(handle, flags); }

CUDA_API CUresult cuStreamDestroy_v2(CUstream handle) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    if (stream == nullptr || handle == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    run_all(); // events of other streams may still wait for this one
    auto &all = streams();
    all.erase(std::find_if(all.begin(), all.end(), [&](auto &each) { return each.get() == stream; }));
    return context_error();
}

CUDA_API CUresult cuStreamSynchronize(CUstream handle) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (stream->capture) {
        stream->invalidated = true;
        report("cuStreamSynchronize of a stream that is captured");
        return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    return run_all(*stream);
}

CUDA_API CUresult cuStreamWaitEvent(CUstream handle, CUevent event_handle, unsigned) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    Event *event = events.find(event_handle);
    if (stream == nullptr || event == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (!event->recorded) return CUDA_SUCCESS;
    if (event->captured_by != nullptr) {
        return event->captured_by == stream ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    }
    if (stream->capture) {
        stream->invalidated = true;
        report("a captured stream waits for an event that is not captured");
        return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    }
    // What was recorded last when the call is made.
    stream->add(Work::OTHER, [from = event->stream, number = event->record] { return run_until(from, number); });
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuEventCreate(CUevent *handle, unsigned flags) {
    CUDA_DEVICE_CALL();
    auto event = std::make_unique<Event>();
    event->timed = (flags & CU_EVENT_DISABLE_TIMING) == 0;
    *handle = events.add(std::move(event));
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuEventDestroy_v2(CUevent handle) {
    CUDA_DEVICE_CALL();
    return events.remove(handle) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUDA_API CUresult cuEventRecord(CUevent handle, CUstream stream_handle) {
    CUDA_DEVICE_CALL();
    Event *event = events.find(handle);
    Stream *stream = find_stream(stream_handle);
    if (event == nullptr || stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    event->recorded = true;
    if (stream->capture) {
        event->captured_by = stream;
        return CUDA_SUCCESS;
    }
    event->captured_by = nullptr;
    event->done = false;
    event->queries = 0;
    event->stream = stream;
    event->record = stream->queued + 1;
    // The event may be destroyed, or recorded again, before this runs.
    stream->add(Work::OTHER, [handle, stream, number = event->record] {
        Event *event = events.find(handle);
        if (event != nullptr && event->stream == stream && event->record == number) {
            event->done = true;
            event->milliseconds = now();
        }
        return CUDA_SUCCESS;
    });
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuEventSynchronize(CUevent handle) {
    CUDA_DEVICE_CALL();
    Event *event = events.find(handle);
    if (event == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (event->captured_by != nullptr) return CUDA_ERROR_CAPTURED_EVENT;
    if (!event->recorded || event->done) return CUDA_SUCCESS;
    return run_until(event->stream, event->record);
}

// Not ready when asked for the first time, so that nobody takes it for done without asking again.
CUDA_API CUresult cuEventQuery(CUevent handle) {
    CUDA_DEVICE_CALL();
    Event *event = events.find(handle);
    if (event == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (event->captured_by != nullptr) return CUDA_ERROR_CAPTURED_EVENT;
    if (!event->recorded || event->done) return CUDA_SUCCESS;
    return event->queries++ == 0 ? CUDA_ERROR_NOT_READY : run_until(event->stream, event->record);
}

CUDA_API CUresult cuEventElapsedTime_v2(float *milliseconds, CUevent first, CUevent second) {
    CUDA_DEVICE_CALL();
    Event *begin = events.find(first), *end = events.find(second);
    if (begin == nullptr || end == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (!begin->recorded || !end->recorded || !begin->timed || !end->timed) return CUDA_ERROR_INVALID_HANDLE;
    if (!begin->done || !end->done) return CUDA_ERROR_NOT_READY;
    *milliseconds = (float) (end->milliseconds - begin->milliseconds);
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuEventElapsedTime(float *milliseconds, CUevent first, CUevent second) { return cuEventElapsedTime_v2(milliseconds, first, second); }
