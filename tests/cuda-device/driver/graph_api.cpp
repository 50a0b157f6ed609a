// Graphs: what a stream captures, and their replay.
#include "counts.h"
#include "handles.h"
#include "report.h"

using namespace cuda_device;

namespace {

Handles<CUgraph, Graph> graphs;
Handles<CUgraphExec, std::shared_ptr<Graph>> executables;

} // namespace

CUDA_API CUresult cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    if (handle == nullptr || stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    stream->capture = std::make_unique<Graph>();
    stream->mode = mode;
    stream->invalidated = false;
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuStreamEndCapture(CUstream handle, CUgraph *graph) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    *graph = nullptr;
    if (!stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    auto captured = std::move(stream->capture);
    if (stream->invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    *graph = graphs.add(std::move(captured));
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus *status) {
    CUDA_DEVICE_CALL();
    Stream *stream = find_stream(handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    *status = !stream->capture ? CU_STREAM_CAPTURE_STATUS_NONE
            : stream->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph handle, unsigned long long) {
    CUDA_DEVICE_CALL();
    Graph *graph = graphs.find(handle);
    if (graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    *executable = executables.add(std::make_unique<std::shared_ptr<Graph>>(std::make_shared<Graph>(*graph)));
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuGraphExecUpdate_v2(CUgraphExec handle, CUgraph graph_handle, CUgraphExecUpdateResultInfo *info) {
    CUDA_DEVICE_CALL();
    auto *executable = executables.find(handle);
    Graph *graph = graphs.find(graph_handle);
    if (executable == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    const auto &before = (*executable)->nodes, &after = graph->nodes;
    bool same = before.size() == after.size();
    for (size_t i = 0; same && i < before.size(); i++) same = before[i].kind == after[i].kind;
    if (info != nullptr) *info = {same ? CU_GRAPH_EXEC_UPDATE_SUCCESS : CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, nullptr, nullptr};
    if (!same) return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
    *executable = std::make_shared<Graph>(*graph); // a replay that is queued keeps the one before
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
    CUDA_DEVICE_CALL();
    auto *executable = executables.find(handle);
    Stream *stream = find_stream(stream_handle);
    if (executable == nullptr || stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    stream->add(Work::OTHER, [graph = *executable] {
        count(Counted::GRAPH_LAUNCH);
        for (const Work &node : graph->nodes) {
            if (CUresult failed = node.run()) return failed;
        }
        return CUDA_SUCCESS;
    });
    return CUDA_SUCCESS;
}

CUDA_API CUresult cuGraphExecDestroy(CUgraphExec handle) {
    CUDA_DEVICE_CALL();
    return executables.remove(handle) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUDA_API CUresult cuGraphDestroy(CUgraph handle) {
    CUDA_DEVICE_CALL();
    return graphs.remove(handle) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}
