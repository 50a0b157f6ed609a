package uk.ac.manchester.tornado.api;

import stablediffusion.tornado.simulator.PlanExecution;

import java.util.stream.Collectors;

/** Holds times in nanoseconds and sizes in bytes of one execution. On the simulator, times are those of the simulation, not of a device. */
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

    /** Returns 0: on the simulator, a launch takes no time of its own. */
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

    /**
     * Returns the time of each task, in the form of the real profiler, which writes other figures too:
     * {@code {"plan": {"graph.task": {"TASK_KERNEL_TIME": "123"}}}}.
     */
    public String getProfileLog() {
        return times.tasks().entrySet().stream()
                .map(task -> "\"" + task.getKey() + "\": {\"TASK_KERNEL_TIME\": \"" + task.getValue() + "\"}")
                .collect(Collectors.joining(", ", "{\"plan\": {", "}}"));
    }
}
