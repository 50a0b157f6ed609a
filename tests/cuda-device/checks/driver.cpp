// Wrong use of the driver, and work that is done only when somebody waits for it.
#include "check.h"
#include <cstring>
#include <stdexcept>

static const char *const NOTHING = R"(extern "C" __global__ void kernel(float *a) { })";
static const char *const ADD_ONE = R"(extern "C" __global__ void kernel(float *a) { a[threadIdx.x] += 1.0f; })";

CHECK(too_many_threads, CUDA_ERROR_INVALID_VALUE, "threads in a block") {
    Session session;
    return run(session, session.load(NOTHING), {1}, {1025}, {0});
}
CHECK(launch_bound, CUDA_ERROR_INVALID_VALUE, "its launch bound is 64") {
    Session session;
    return run(session, session.load(R"(extern "C" __global__ void __launch_bounds__(64) kernel(float *a) { })"), {1}, {65}, {0});
}
CHECK(too_large_a_grid, CUDA_ERROR_INVALID_VALUE, "a grid of 1 x 65536 x 1 blocks") {
    Session session;
    return run(session, session.load(NOTHING), {1, 65536}, {1}, {0});
}
CHECK(empty_grid, CUDA_ERROR_INVALID_VALUE, "an empty grid") {
    Session session;
    return run(session, session.load(NOTHING), {0}, {1}, {0});
}
CHECK(too_much_dynamic_shared_memory, CUDA_ERROR_INVALID_VALUE, "bytes of shared memory") {
    Session session;
    return run(session, session.load(NOTHING), {1}, {1}, {0}, (48 << 10) + 4);
}
CHECK(out_of_memory, CUDA_ERROR_OUT_OF_MEMORY, "") {
    Session session;
    CUdeviceptr first = session.empty(40 << 20), second;
    CUresult full = cuMemAlloc_v2(&second, 40 << 20);
    cuMemFree_v2(first);
    if (cuMemAlloc_v2(&second, 40 << 20) != CUDA_SUCCESS) wrong("no memory after it was freed");
    cuMemFree_v2(second);
    return full;
}
CHECK(copy_to_an_unknown_pointer, CUDA_ERROR_INVALID_VALUE, "a copy to the device of 400 bytes") {
    Session session;
    float values[100] = {};
    return cuMemcpyHtoDAsync_v2(session.empty(396), values, 400, session.stream);
}
CHECK(free_an_unknown_pointer, CUDA_ERROR_INVALID_VALUE, "which is no allocation") {
    Session session;
    return cuMemFree_v2(session.empty(400) + 8);
}
CHECK(unknown_stream, CUDA_ERROR_INVALID_HANDLE, "") {
    Session session;
    return cuStreamSynchronize((CUstream) &session);
}
CHECK(unknown_function, CUDA_ERROR_NOT_FOUND, "") {
    Session session;
    CUmodule module;
    CUfunction function;
    cuModuleLoadDataEx(&module, compile(NOTHING).c_str(), 0, nullptr, nullptr);
    return cuModuleGetFunction(&function, module, "another");
}
CHECK(no_context, CUDA_ERROR_INVALID_CONTEXT, "") {
    Session session;
    cuCtxSetCurrent(nullptr);
    CUdeviceptr address;
    return cuMemAlloc_v2(&address, 4);
}
CHECK(another_architecture, CUDA_ERROR_NO_BINARY_FOR_GPU, "compiled for sm_100") {
    Session session;
    CUmodule module;
    return cuModuleLoadDataEx(&module, compile(NOTHING, "sm_100").c_str(), 0, nullptr, nullptr);
}
CHECK(not_an_image, CUDA_ERROR_INVALID_IMAGE, "neither PTX nor made by this device's compiler") {
    Session session;
    CUmodule module;
    return cuModuleLoadDataEx(&module, "something else", 0, nullptr, nullptr);
}
CHECK(registered_twice, CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, "") {
    Session session;
    char memory[100];
    cuMemHostRegister_v2(memory, 50, 0);
    CUresult result = cuMemHostRegister_v2(memory + 49, 50, 0);
    cuMemHostUnregister(memory);
    return result;
}
CHECK(errors_stay, CUDA_ERROR_ILLEGAL_ADDRESS, "outside of the device's memory") {
    Session session;
    run(session, session.load(ADD_ONE), {1}, {1}, {0});
    CUdeviceptr address;
    return cuMemAlloc_v2(&address, 4);
}

// A compile that must fail with this text in the log.
static CUresult refuse(const std::string &source, const std::string &architecture, const std::string &text) {
    try {
        compile(source, architecture);
    } catch (const std::runtime_error &error) {
        if (strstr(error.what(), text.c_str()) == nullptr) throw;
        return CUDA_SUCCESS;
    }
    wrong("it compiles");
}
CORRECT(errors_of_the_compiler) { return refuse("extern \"C\" __global__ void kernel(float *a) { a[0] = b; }", "sm_90", "error: ‘b’ was not declared"); }
CORRECT(unknown_header) { return refuse("#include <cuda_fp8.h>\n", "sm_90", "could not open source file \"cuda_fp8.h\""); }
CORRECT(unknown_architecture) { return refuse(NOTHING, "sm_70", "--gpu-architecture=sm_70"); }
CORRECT(too_much_static_shared_memory) {
    return refuse("extern \"C\" __global__ void kernel(float *a) { __shared__ float tile[12289]; tile[0] = a[0]; }", "sm_90", "uses too much shared data (0xc004 bytes, 0xc000 max)");
}
CORRECT(newer_instruction) {
    return refuse("extern \"C\" __global__ void kernel() { asm volatile(\"cp.async.commit_group;\"); }", "sm_75", "ptx_cp_async_commit_group");
}
CORRECT(unknown_instruction) {
    return refuse("extern \"C\" __global__ void kernel() { asm volatile(\"wgmma.fence.sync.aligned;\"); }", "sm_90", "ptx_wgmma_fence_sync_aligned");
}

// Launches and copies from pinned memory are late.
CORRECT(work_is_done_when_somebody_waits) {
    Session session;
    float *host;
    cuMemAllocHost_v2((void **) &host, 4);
    CUdeviceptr a = session.empty(4);
    *host = 1.0f;
    cuMemcpyHtoDAsync_v2(a, host, 4, session.stream);
    *host = 5.0f; // too early: the copy has not been made
    cuStreamSynchronize(session.stream);
    expect(session.read(a, 1), {5.0f});
    cuMemcpyDtoHAsync_v2(host, a, 4, session.stream);
    *host = 7.0f;
    if (*host != 7.0f) wrong("the copy was made at once");
    cuStreamSynchronize(session.stream);
    expect({*host}, {5.0f});
    return cuMemFreeHost(host);
}
CORRECT(pageable_memory_is_copied_before_the_call_returns) {
    Session session;
    float value = 1.0f;
    CUdeviceptr a = session.empty(4);
    cuMemcpyHtoDAsync_v2(a, &value, 4, session.stream);
    value = 5.0f;
    expect(session.read(a, 1), {1.0f});
    return CUDA_SUCCESS;
}
CORRECT(events) {
    Session session;
    CUevent event;
    cuEventCreate(&event, 0);
    CUfunction kernel = session.load(ADD_ONE);
    CUdeviceptr a = session.numbers({1.0f});
    void *parameters[] = {&a};
    cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, session.stream, parameters, nullptr);
    cuEventRecord(event, session.stream);
    if (cuEventQuery(event) != CUDA_ERROR_NOT_READY) wrong("an event is done that nobody has waited for");
    cuEventSynchronize(event);
    if (cuEventQuery(event) != CUDA_SUCCESS) wrong("an event is not done after it was waited for");
    // Another stream waits for it.
    CUstream other;
    cuStreamCreate(&other, 1);
    cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, session.stream, parameters, nullptr);
    cuEventRecord(event, session.stream);
    cuStreamWaitEvent(other, event, 0);
    float value;
    cuMemcpyDtoHAsync_v2(&value, a, 4, other);
    expect({value}, {3.0f});
    cuStreamDestroy_v2(other);
    return cuEventDestroy_v2(event);
}
CORRECT(graphs) {
    Session session;
    CUfunction kernel = session.load(ADD_ONE);
    float *host;
    cuMemAllocHost_v2((void **) &host, 4);
    CUdeviceptr a = session.empty(4);
    cuStreamBeginCapture_v2(session.stream, CU_STREAM_CAPTURE_MODE_RELAXED);
    cuMemcpyHtoDAsync_v2(a, host, 4, session.stream);
    void *parameters[] = {&a};
    for (int i = 0; i < 3; i++) cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, session.stream, parameters, nullptr);
    CUgraph graph;
    CUgraphExec executable;
    cuStreamEndCapture(session.stream, &graph);
    cuGraphInstantiateWithFlags(&executable, graph, 0);
    for (float value : {10.0f, 20.0f}) {
        *host = value;
        cuGraphLaunch(executable, session.stream);
        expect(session.read(a, 1), {value + 3.0f});
    }
    return cuMemFreeHost(host);
}
CHECK(wait_while_capturing, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "a stream that is captured") {
    Session session;
    cuStreamBeginCapture_v2(session.stream, CU_STREAM_CAPTURE_MODE_GLOBAL);
    CUresult result = cuStreamSynchronize(session.stream);
    CUgraph graph;
    if (cuStreamEndCapture(session.stream, &graph) != CUDA_ERROR_STREAM_CAPTURE_INVALIDATED) wrong("the capture goes on");
    return result;
}
