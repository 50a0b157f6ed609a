package uk.ac.manchester.tornado.api;

import stablediffusion.tornado.simulator.PlanExecution;

import java.util.stream.Collectors;

/** Times in nanoseconds and sizes in bytes of one execution. On the simulator they say what was done, not how fast a device would be. */
public class TornadoProfilerResult {

    private final PlanExecution.Times times;

    TornadoProfilerResult(PlanExecution.Times times) {
        this.times = times;
    }

    public long getTotalTime() {
        return times.total();
    }

    public long getCompileTime() {
        return times.compile();
    }

    public long getDeviceKernelTime() {
        return times.kernels();
    }

    public long getDataTransfersTime() {
        return times.copyIn() + times.copyOut();
    }

    public long getDeviceWriteTime() {
        return times.copyIn();
    }

    public long getDeviceReadTime() {
        return times.copyOut();
    }

    /** A launch takes the simulator no time of its own. */
    public long getKernelDispatchTime() {
        return 0;
    }

    public long getDataTransferDispatchTime() {
        return 0;
    }

    public long getTotalBytesCopyIn() {
        return times.bytesIn();
    }

    public long getTotalBytesCopyOut() {
        return times.bytesOut();
    }

    /** The time of each task, as the real profiler writes it among other things: {@code {"plan": {"graph.task": {"TASK_KERNEL_TIME": "123"}}}}. */
    public String getProfileLog() {
        return times.tasks().entrySet().stream()
                .map(task -> "\"" + task.getKey() + "\": {\"TASK_KERNEL_TIME\": \"" + task.getValue() + "\"}")
                .collect(Collectors.joining(", ", "{\"plan\": {", "}}"));
    }
}
